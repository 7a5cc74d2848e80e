#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# soak.sh DURATION KERNEL...: what takes long. On each kernel first the mutants:
# the module broken on purpose, and the test that must notice; and 200 rounds of
# each kind of end under traffic (stress.sh). Then tests of check.sh, many more
# rounds, again and again until the duration (30s, 10m, 2h; shared between the
# kernels) is over. From two hours for a kernel on IKE has its full rounds as well.
# Ends with a line that counts.

set -eu -o pipefail
. "$(dirname "$0")/vm/env.sh"
cd "$TOP/selftests"

# seconds 10m: 600
seconds() {
	case $1 in
	*[!0-9smh]*|[smh]*|'')
		die "a duration is a number and s, m or h, not '$1'" ;;
	*h)	echo $((${1%h} * 3600)) ;;
	*m)	echo $((${1%m} * 60)) ;;
	*)	echo "${1%s}" ;;
	esac
}

total=$(seconds "$1")
shift
rm -rf "${RESULTS:?}"
for kernel; do
	say "soaking kernel $kernel for $((total / $#)) seconds, after its mutants"
	vm/build.sh "$kernel"
	export QUIET=1
	mutants/build.sh "$kernel"
	vm/boot.sh "$kernel" \
		"$TOP/selftests/vm/guest-soak.sh $kernel $((total / $#))" ||
		mkdir -p "$RESULTS/$kernel/tap"
	[ -e "$RESULTS/$kernel/tap/soak-ended" ] ||
		echo "not ok - the test machine lives to the end" \
			>"$RESULTS/$kernel/tap/machine.tap"
done

lib/summary.sh "$RESULTS"
