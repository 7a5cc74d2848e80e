#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The netlink contract: good requests, and families N01, N02, N03, N15 and N19 of
# bad ones. Each is refused in words, counted, and changes nothing.

. "$(dirname "$0")/lib/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

while read -r verdict rest; do
	case $verdict in
	pass)	pass "$rest" ;;
	fail)	fail "${rest%%: *}" "${rest#*: }" ;;
	end)	ended=yes ;;
	*)	diag "$verdict $rest" ;;
	esac
done < <(unshare --net python3 "$LIB/netlink-cases.py" 2>&1)
check_equal "all cases ran" yes "${ended:-no}"

# The kernel's own complaints about a malformed attribute stand in front of us.
NETLINKS_OWN='bytes leftover after parsing attributes|has an invalid length'
check_equal "the kernel's log stays silent" "" \
	"$(log_since_begin | grep -vE "$NETLINKS_OWN" || true)"

done_testing
