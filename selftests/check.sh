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

check_kernel() {
	local kernel=$1
	shift
	vm/boot.sh "$kernel" "$TOP/selftests/vm/guest-tests.sh $kernel $*" 2>&1 |
		sed -u "s/^/[$kernel] /" || true
	account_for_all "$RESULTS/$kernel" "$@"
}

rm -rf "${RESULTS:?}"
for kernel; do
	vm/kernel.sh "$kernel" >/dev/null
done
export QUIET=1

say "checking on this machine"
make -s --no-print-directory -C ../ikeuser all tests
# Where install.sh puts what python's tests need and the distribution lacks.
for packages in "$CACHE"/venv/lib/python3*/site-packages; do
	export PYTHONPATH=$packages${PYTHONPATH:+:$PYTHONPATH}
done
CMOCKA_MESSAGE_OUTPUT=TAP KERNELS="$*" \
	run_prove "$RESULTS/host" -j "$(nproc)" ./host/*.sh \
	"$BUILD"/user/tests/test_* || true

# A test machine has two processors where there are cores for all of them. Where
# there are not, only that of the debug kernel has, whose matter races are, and
# no more machines run at once than have their cores: a processor that does not
# run may hold the lock that another waits for.
cores=$(nproc)
processors() {
	if [ "$1" = debug ] || [ $((2 * kernels)) -le "$cores" ]; then
		echo 2
	else
		echo 1
	fi
}

say "checking in test machines: $*"
kernels=$#
busy=0
declare -A machines=()
# The debug kernel is the slowest, so it starts first.
for kernel in $(printf '%s\n' "$@" | sort -r); do
	read -ra tests < <(make -s --no-print-directory list KERNEL="$kernel")
	if vm/build.sh "$kernel"; then
		cpus=$(processors "$kernel")
		while [ $busy -gt 0 ] && [ $((busy + cpus)) -gt "$cores" ]; do
			wait -n -p ended
			busy=$((busy - machines[$ended]))
		done
		CPUS=$cpus check_kernel "$kernel" "${tests[@]}" &
		machines[$!]=$cpus
		busy=$((busy + cpus))
	else
		account_for_all "$RESULTS/$kernel" "${tests[@]}"
	fi
done
wait

lib/summary.sh "$RESULTS"
