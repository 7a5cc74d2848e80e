#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# run-tests.sh TEST...: runs them one after the other and tells it as kselftest
# does: TAP 13, a line for each test, its own output as comments above.

set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

echo "TAP version 13"
echo "1..$#"
n=0
failed=0
for test; do
	n=$((n + 1))
	echo "# selftests: culvert: $test"
	output=$(mktemp)
	if lib/tap-exec.sh "./$test" | tee "$output" | sed 's/^/# /'; then
		reason=$(sed -n 's/^1\.\.0 # SKIP/ # SKIP/p' "$output")
		echo "ok $n selftests: culvert: $test$reason"
	else
		failed=$((failed + 1))
		echo "not ok $n selftests: culvert: $test"
	fi
	rm -f "$output"
done
echo "# $((n - failed)) of $n tests passed or skipped, $failed failed"
[ $failed -eq 0 ]
