#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink contract: good requests, and families N01, N02, N03, N15 and N19 of
# bad ones. Each is refused in words, counted, and changes nothing.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

tap_cases unshare --net python3 "$LIB/netlink-cases.py"

# The kernel's own complaints about a malformed attribute stand in front of us.
NETLINKS_OWN='bytes leftover after parsing attributes|has an invalid length'
NETLINKS_OWN="$NETLINKS_OWN|nla_.*callbacks suppressed"
check_equal "the kernel's log stays silent" "" \
	"$(log_since_begin | grep -vE "$NETLINKS_OWN" || true)"

done_testing
