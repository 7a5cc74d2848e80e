#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# DKMS builds the module from dist/dkms.conf, in a tree of its own. In a mount
# namespace, so that the key that DKMS makes to sign with is not left here.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

version=$(sed -n 's/^CULVERT_VERSION := //p' Kbuild)
check_equal "dkms.conf has the version of Kbuild" "$version" \
	"$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dist/dkms.conf)"

tree=$(mktemp -d)
export tree
dkms_build() {
	local dir release
	dir=$(selftests/vm/kernel.sh "$1" 2>/dev/null)
	release=$(basename "$dir"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	mkdir -p "$tree/dkms"
	unshare --mount bash -euc '
		mkdir -p /var/lib/dkms
		mount -t tmpfs none /var/lib/dkms
		make -s --no-print-directory dkms DKMS_SOURCES="$tree" \
			DKMS="dkms build --dkmstree $tree/dkms --sourcetree $tree \
				-k $1 --kernelsourcedir $2"
		find "$tree/dkms" -name "culvert.ko*" | grep -q .
	' - "$release" "$dir/build"
}
for kernel in $KERNELS; do
	if [ "$kernel" = debug ]; then
		continue
	elif [ "$(id -u)" -ne 0 ]; then
		skip "DKMS builds culvert.ko for $kernel" "root is needed"
	else
		check "DKMS builds culvert.ko for $kernel" dkms_build "$kernel"
		rm -rf "$tree/dkms"
	fi
done
rm -rf "$tree"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
