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

# The kernel's own complaints about a malformed attribute stand in front of us;
# it also says once what ciphers it has no self-test for.
NOT_OURS='bytes leftover after parsing attributes|has an invalid length'
NOT_OURS="$NOT_OURS|alg: No test for|nla_.*callbacks suppressed"
check_equal "the kernel's log stays silent" "" \
	"$(log_since_begin | grep -vE "$NOT_OURS" || true)"

done_testing
