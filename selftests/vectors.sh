#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Known answers: the ESP packets of RFCs and drafts in selftests/vectors are
# opened by the module, and none of them with a bit wrong.

. "$(dirname "$0")/lib/lib.sh"

topology "gw1 192.0.2.1/24 -- 192.0.2.2/24 gw2"

records=0
while read -r verdict rest; do
	case $verdict in
	pass)	pass "$rest"; records=$((records + 1)) ;;
	fail)	fail "${rest%%: *}" "${rest#*: }" ;;
	end)	ended=yes ;;
	*)	diag "$verdict $rest" ;;
	esac
done < <(on gw1 "$LIB/vector-cases.py" 192.0.2.1 192.0.2.2 "$(ns gw2)" 2>&1)
check_equal "all records were tried" "yes 10" "${ended:-no} $records"

done_testing
