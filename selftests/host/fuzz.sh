#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# libFuzzer finds nothing in FUZZ_SECONDS with each target, beginning with the
# corpus that is kept. What breaks one stays in build/user/fuzz.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

export FUZZ_SECONDS=${FUZZ_SECONDS:-30} BUILD
command -v clang >/dev/null || skip_all "there is no clang"
# Its runtime is a package of its own.
echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	clang -x c -fsanitize=fuzzer,address,undefined -o /dev/null - 2>/dev/null ||
	skip_all "clang has no libFuzzer here"

said=$(make -s --no-print-directory -j"$(nproc)" -C ikeuser OUT="$BUILD/user" \
	fuzz 2>&1)
check "the targets compile" test $? -eq 0
diag "$said"

one() {
	make -s --no-print-directory -C ikeuser OUT="$BUILD/user" \
		"fuzz-run-$1" >"$BUILD/user/fuzz/$1.log" 2>&1
	echo $? >"$BUILD/user/fuzz/$1.status"
}
export -f one

names=(ikeuser/tests/fuzz/fuzz_*.c)
names=("${names[@]##*/fuzz_}")
names=("${names[@]%.c}")
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one {}'
for name in "${names[@]}"; do
	check_equal "fuzz_$name finds nothing in $FUZZ_SECONDS seconds" 0 \
		"$(cat "$BUILD/user/fuzz/$name.status")"
	diag "$(grep -E '^stat::(number_of_executed_units|new_units_added)|SUMMARY' \
		"$BUILD/user/fuzz/$name.log")"
done

echo "1..$TESTS"
[ $FAILED -eq 0 ]
