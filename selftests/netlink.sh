#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink contract: good requests, and families N01, N02, N03, N15 and N19 of
# bad ones. Each is refused in words, counted, and changes nothing.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

tap_cases unshare --net python3 "$LIB/netlink-cases.py"

check_equal "the module says nothing in the kernel's log" "" \
	"$(log_since_begin | grep culvert || true)"

done_testing
