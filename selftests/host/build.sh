#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module builds for each kernel of KERNELS and each one that is installed
# here, from 6.1 on, without a word from the compiler (W=1) or from sparse.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

# Messages about this machine, not about the source.
NOT_OURS='^Skipping BTF generation|^warning: the compiler differs'
NOT_OURS="$NOT_OURS|^  (The kernel was|You are using)"

builds_silently() {
	local kdir=$1 out=$2 said
	rm -rf "$out"
	said=$(make -s --no-print-directory module test-module \
		KDIR="$kdir" OUT="$out" W=1 C=2 CF=-D__CHECK_ENDIAN__ 2>&1)
	[ -e "$out/culvert.ko" ] || { echo "$said"; return 1; }
	said=$(grep -vE "$NOT_OURS" <<<"$said" | grep -vx "$out/culvert.ko")
	[ -z "$said" ] || { echo "$said"; return 1; }
}

for kernel in $KERNELS; do
	dir=$(selftests/vm/kernel.sh "$kernel" 2>/dev/null)
	release=$(basename "$dir"/boot/vmlinuz-*)
	check "culvert.ko for ${release#vmlinuz-}: no warning, W=1 and sparse" \
		builds_silently "$dir/build" "$BUILD/kernel/${release#vmlinuz-}"
done

for kdir in /lib/modules/*/build; do
	release=$(basename "$(dirname "$kdir")")
	[ -e "$kdir/Makefile" ] || continue
	[ "$(printf '%s\n' 6.1 "$release" | sort -V | head -n 1)" = 6.1 ] ||
		continue
	check "culvert.ko for the installed $release: no warning" \
		builds_silently "$kdir" "$BUILD/installed/$release"
done

# Its complaints about X-macros, the tables of names, are not for these sources.
checkpatch() {
	find kmod -maxdepth 1 -name '*.[ch]' ! -name '*-gen.*' -exec \
		perl "$(selftests/vm/source.sh)/scripts/checkpatch.pl" \
		--no-tree --terse --no-summary --strict --show-types \
		--ignore COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_ARG_UNUSED \
		--ignore BRACKET_SPACE --file {} +
}
check "checkpatch has nothing to say of the module" checkpatch

check_equal "no .c file asks for the kernel's version" "" \
	"$(grep -ln 'LINUX_VERSION_CODE\|KERNEL_VERSION' kmod/*.c)"

mutants_apply() {
	local patch bad=0
	for patch in selftests/mutants/*.patch; do
		patch --dry-run --silent --fuzz=0 -p1 <"$patch" || {
			echo "in $patch"
			bad=1
		}
	done
	return $bad
}
check "every mutant applies to this source" mutants_apply

check "shellcheck has nothing to say of the scripts" \
	shellcheck --severity=warning --shell=bash \
		--exclude=SC1090,SC1091,SC2034,SC2155 \
		.ci/run selftests/*.sh selftests/*/*.sh uapi/*.sh

echo "1..$TESTS"
[ $FAILED -eq 0 ]
