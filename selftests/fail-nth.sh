#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Family N17 of bad input: no memory. Each allocation of each request to the
# module fails once.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"
[ -e /proc/self/fail-nth ] || skip_all "a kernel with FAULT_INJECTION is needed"
[ -d /sys/kernel/debug/failslab ] || mount -t debugfs none /sys/kernel/debug ||
	skip_all "debugfs is needed"
[ -d /sys/kernel/debug/failslab ] || skip_all "a kernel with FAILSLAB is needed"

# Silent, and of all allocations, also those that may wait.
for kind in failslab fail_page_alloc; do
	echo 0 >/sys/kernel/debug/$kind/verbose
	echo N >/sys/kernel/debug/$kind/ignore-gfp-wait
done

gateway_alone
tap_cases on gw python3 "$LIB/fail-nth.py" "$@"

done_testing
