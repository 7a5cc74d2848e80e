#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh 6.1|6.12|debug: makes sure that this kernel is in the cache, with
# what building modules for it takes, and prints its directory there:
#
#   boot/vmlinuz-RELEASE  lib/modules/RELEASE  build -> for make -C build M=...
#
# 6.1 and 6.12 are unpacked from Debian's packages, not installed: this machine
# goes on booting what it boots.

set -eu
. "$(dirname "$0")/env.sh"

KERNELS=$CACHE/kernels

# The newest release of a series that Debian offers here, the -amd64 flavour:
# the cloud flavour has no 9p, which the test machines' file system needs.
newest_release() {
	local series=$1 package
	for package in $(apt-cache pkgnames "linux-headers-$series." |
			grep -E "^linux-headers-$series\.[0-9+a-z.-]*-amd64$" |
			grep -vE -e '-(cloud|rt)-' | sort -Vr); do
		if apt-cache show "${package/headers/image}" >/dev/null 2>&1; then
			echo "${package#linux-headers-}"
			return
		fi
	done
}

# Package names have no version in them, so apt picks the one that fits.
headers_packages() {
	apt-cache depends "linux-headers-$1" |
		sed -n 's/^ *Depends: \(linux-\(headers\|kbuild\)-.*\)/\1/p'
}

# Downloads packages and unpacks them into a directory, without installing.
unpack_packages() {
	local into=$1
	shift
	mkdir -p "$into"
	(
		cd "$into"
		apt-get -o APT::Sandbox::User=root download -q "$@" >&2 ||
			die "apt-get could not download $*."
		for deb in *.deb; do
			dpkg-deb -x "$deb" .
			rm "$deb"
		done
	)
}

# The headers name each other by absolute paths below /usr/src.
relocate_headers() {
	local root=$1
	sed -i "s|^include /usr/src/|include $root/usr/src/|" \
		"$root"/usr/src/linux-headers-*-amd64/Makefile
}

get_debian_kernel() {
	local series=$1 release dir

	[ ! -e "$KERNELS/$series" ] || return 0
	command -v apt-get >/dev/null ||
		die "Debian's kernel $series cannot be had here: no apt-get." \
			"Choose others with make check KERNELS=\"...\"."
	release=$(newest_release "$series")
	if [ -z "$release" ]; then
		as_root apt-get update -q >&2 || true
		release=$(newest_release "$series")
	fi
	[ -n "$release" ] ||
		die "this machine's apt sources offer no kernel $series." \
			"On Debian 12 it is in bookworm and bookworm-security." \
			"Choose others with make check KERNELS=\"...\"."

	say "unpacking Debian's kernel $release into $KERNELS (not installing it)"
	dir=$KERNELS/$release
	rm -rf "$dir" "$dir.new"
	# shellcheck disable=SC2046
	unpack_packages "$dir.new" "linux-image-$release" \
		"linux-headers-$release" $(headers_packages "$release")
	mv "$dir.new" "$dir"
	relocate_headers "$dir"
	depmod -b "$dir" "$release"
	ln -sfn "usr/src/linux-headers-$release" "$dir/build"
	ln -sfn "$release" "$KERNELS/$series"
}

mkdir -p "$KERNELS"
case ${1:-} in
6.1|6.12)
	with_lock "kernel-$1" get_debian_kernel "$1"
	realpath "$KERNELS/$1"
	;;
debug)
	"$(dirname "$0")/debug-kernel.sh"
	;;
*)
	die "no kernel '${1:-}': the kernels are 6.1, 6.12 and debug."
	;;
esac
