#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# build.sh KERNEL [MAKE-VARIABLE...]: builds the module and the tests' own module
# for a test machine's kernel, and the user space.

set -eu -o pipefail
. "$(dirname "$0")/env.sh"

kernel=$1
shift
dir=$("$TOP/selftests/vm/kernel.sh" "$kernel")
release=$(basename "$dir"/boot/vmlinuz-*)
release=${release#vmlinuz-}
quiet() {
	make -s --no-print-directory -C "$TOP" "$@" 2>&1 >/dev/null |
		{ grep -v '^Skipping BTF generation' >&2 || true; }
}
quiet module test-module KDIR="$dir/build" OUT="$BUILD/kernel/$release" "$@"
quiet user
quiet -C selftests
"$TOP/selftests/vm/often.sh"
