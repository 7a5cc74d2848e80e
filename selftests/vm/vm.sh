#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm.sh KERNEL [TEST...]: builds all, boots a test machine, and runs the tests in
# it, or gives a shell.

set -eu
. "$(dirname "$0")/env.sh"

kernel=$1
shift
"$TOP/selftests/vm/build.sh" "$kernel"
export QUIET=1
rm -rf "${RESULTS:?}/$kernel"
if [ $# -eq 0 ]; then
	exec "$TOP/selftests/vm/boot.sh" "$kernel"
fi
exec "$TOP/selftests/vm/boot.sh" "$kernel" \
	"$TOP/selftests/vm/guest-tests.sh $kernel $*"
