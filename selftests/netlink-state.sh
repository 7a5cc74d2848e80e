#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink contract, all that has state: families N01 to N22 of bad requests
# about settings, rules and SAs. Each is refused in words, counted, and changes
# nothing; and many at once, dumps in between, listeners that do not listen.
# N02 is in netlink.sh, N17 in fail-nth.sh, N18 in netlink-fuzz.sh.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

gateway_alone
tap_cases on gw python3 "$LIB/netlink-state-cases.py" "$@"

check_equal "the module says nothing in the kernel's log" "" \
	"$(log_since_begin | grep culvert || true)"

done_testing
