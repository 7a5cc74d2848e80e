#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# mutants/build.sh KERNEL: builds the module for that kernel once for each patch
# of this directory, with the patch.

set -eu
. "$(dirname "$0")/../vm/env.sh"

dir=$("$TOP/selftests/vm/kernel.sh" "$1" 2>/dev/null)
release=$(basename "$dir"/boot/vmlinuz-*)
release=${release#vmlinuz-}

for patch in "$TOP"/selftests/mutants/*.patch; do
	mutant=$(basename "$patch" .patch)
	source=$BUILD/mutants/$mutant
	rm -rf "$source"
	mkdir -p "$source"
	cp -r "$TOP"/{Makefile,Kbuild,kmod,uapi} "$source/"
	patch -s -p1 -d "$source" <"$patch"
	# What the compiler thinks of broken code does not matter.
	make -s --no-print-directory -C "$source" module KDIR="$dir/build" \
		OUT="$BUILD/kernel/$release/mutants/$mutant" \
		>"$source/log" 2>&1 || {
		cat "$source/log" >&2
		die "the mutant $mutant does not build."
	}
done
