#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# summary.sh DIRECTORY: names what failed in all the TAP below it, and closes with
# the line that counts. Fails if anything failed, or if nothing was tried.

set -u
cd "$1" || exit

# A test's own comments and those of the tests that it runs begin with '#'.
taps=$(find . -name '*.tap' | sort)
count() {
	# shellcheck disable=SC2086
	cat /dev/null $taps | grep -cE "$1" || true
}

# shellcheck disable=SC2086
failures=$(grep -E '^not ok' /dev/null $taps)
[ -z "$failures" ] || {
	echo
	echo "Failed; the whole story stands in $1:"
	sed -E 's|^\./|  |; s|\.tap:not ok|:|' <<<"$failures"
	echo
}
skipped=$(count '^(ok .*|1\.\.0 )# SKIP')
passed=$(($(count '^ok ') - $(count '^ok .*# SKIP')))
failed=$(count '^not ok')
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
