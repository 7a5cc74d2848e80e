#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh KERNEL...: all that must hold of this checkout. First what this
# machine can tell (the contract, the build, the unit tests), then the selftests
# in a test machine for each kernel, booted once. Ends with a line that counts.

set -eu -o pipefail
. "$(dirname "$0")/vm/env.sh"
cd "$TOP/selftests"

run_prove() {
	TAP_DIR=$1/tap
	export TAP_DIR
	shift
	mkdir -p "$TAP_DIR"
	prove --timer --exec "bash lib/tap-exec.sh" "$@"
}

# A test machine that died left tests unfinished or not begun.
account_for_all() {
	local tap=$1/tap test
	shift
	mkdir -p "$tap"
	for test; do
		grep -qs '^1\.\.' "$tap/$test.tap" ||
			echo "not ok - $test finishes" >>"$tap/$test.tap"
	done
}

rm -rf "${RESULTS:?}"
for kernel; do
	vm/kernel.sh "$kernel" >/dev/null
done

say "checking on this machine"
# shellcheck disable=SC2086
make -s --no-print-directory -C ../ikeuser all tests
CMOCKA_MESSAGE_OUTPUT=TAP KERNELS="$*" \
	run_prove "$RESULTS/host" ./host/*.sh "$BUILD"/user/tests/test_* || true

read -ra tests < <(make -s --no-print-directory list)
for kernel; do
	say "checking on kernel $kernel, in a test machine"
	if vm/build.sh "$kernel"; then
		vm/boot.sh "$kernel" \
			"$TOP/selftests/vm/guest-tests.sh $kernel ${tests[*]}" ||
			true
	fi
	account_for_all "$RESULTS/$kernel" "${tests[@]}"
done

lib/summary.sh "$RESULTS"
