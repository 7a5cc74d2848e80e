#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What all tests before this one left in memory with no pointer to it.

. "$(dirname "$0")/lib/lib.sh"

KMEMLEAK=/sys/kernel/debug/kmemleak
[ -w "$KMEMLEAK" ] || skip_all "this kernel has no kmemleak"

# kmemleak reports only what is older than 5 seconds (its MSECS_MIN_AGE).
MIN_AGE=6

sleep $MIN_AGE
echo scan >"$KMEMLEAK"
# A pointer may have moved during the scan, out of its sight: what the second
# scan finds again is lost.
echo scan >"$KMEMLEAK"
check_equal "kmemleak finds nothing" "" "$(head -n 60 "$KMEMLEAK")"
echo clear >"$KMEMLEAK"

# The scan's own report in the log has been told above.
LOG_MARK="$LOG_MARK again"
echo "$LOG_MARK" >/dev/kmsg

done_testing
