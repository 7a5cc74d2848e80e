#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tap-exec.sh TEST: runs one test as prove and run_tests want it: within its
# time (TEST_TIMEOUT, or that of the settings), its TAP complete whatever happened,
# kept in TAP_DIR if that is set. Exit 4, kselftest's skip, becomes a TAP skip with
# exit 0; what cmocka writes for a skipped test becomes one too.

set -u
test=$1
name=$(basename "$test")
settings=$(dirname "$0")/../settings
timeout=${TEST_TIMEOUT:-$(sed -n 's/^timeout=//p' "$settings")}
tap=${TAP_DIR:+$TAP_DIR/$name.tap}
[ -n "$tap" ] || tap=$(mktemp)

timeout --kill-after=30 "$timeout" "$test" |
	sed -uE 's/^not (ok [0-9]+ # SKIP )/\1/' | tee "$tap"
status=${PIPESTATUS[0]}

# A test that was killed left no plan.
if ! grep -q '^1\.\.' "$tap"; then
	n=$(($(grep -cE '^(not )?ok ' "$tap") + 1))
	{
		echo "not ok $n - $name finishes"
		echo "# exit status $status (124: not within $timeout seconds)"
		echo "1..$n"
	} | tee -a "$tap"
	[ "$status" -ne 0 ] || status=1
fi
[ -n "${TAP_DIR:-}" ] || rm -f "$tap"
[ "$status" -ne 4 ] || status=0
exit "$status"
