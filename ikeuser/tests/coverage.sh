#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# coverage.sh DIR MIN: runs the unit tests of the core that were compiled for gcov
# into DIR, prints for each file of the core how many of its lines they ran, and
# fails if it is less than MIN percent of all.

dir=$1
min=$2

for test in "$dir"/tests/test_ike_*; do
	[ -f "$test" ] && [ -x "$test" ] || continue
	# These two repeat what others do, thousands of times.
	case $test in *_mangle | *_collide) continue ;; esac
	"$test" >"$dir/log" 2>&1 || {
		cat "$dir/log"
		echo "coverage.sh: $test failed" >&2
		exit 1
	}
done

cd "$(dirname "$0")/.." || exit
gcov -n -o "$dir/asan/ike" "$dir"/asan/ike/*.gcda 2>/dev/null |
	awk -v min="$min" -v files="$(ls ike/*.c | wc -l)" '
	/^File / { name = substr($2, 2, length($2) - 2); ours = name ~ /^ike\/.*\.c$/ }
	ours && /^Lines executed/ {
		split($2, percent, ":")
		sub("%", "", percent[2])
		printf "%6.2f %% of %4d lines: %s\n", percent[2], $4, name
		run += percent[2] * $4
		all += $4
		measured++
		ours = 0
	}
	END {
		if (measured != files) {
			printf "%d of %d files were measured\n", measured, files
			exit 1
		}
		printf "%6.2f %% of %4d lines of the core (at least %d %%)\n", run / all, all, min
		exit run / all < min
	}'
