#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes sure that the source of Debian's kernel 6.12 is unpacked in the cache
# and prints its directory, whose name has the package's version. The debug
# kernel is built from it, and the YNL tools that read the netlink contract
# are in it.

set -eu
. "$(dirname "$0")/env.sh"

PACKAGE=linux-source-6.12

get_source() {
	local version new

	[ ! -e "$CACHE/$PACKAGE" ] || return 0
	command -v apt-get >/dev/null ||
		die "Debian's $PACKAGE cannot be had here: no apt-get." \
			"The debug kernel and 'make ynl' need it."
	apt-cache show "$PACKAGE" >/dev/null 2>&1 ||
		as_root apt-get update -q >&2

	say "unpacking Debian's $PACKAGE into $CACHE (150 MB to fetch," \
		"1.7 GB on disk)"
	new=$CACHE/$PACKAGE.new
	rm -rf "$new"
	mkdir -p "$new"
	(
		cd "$new"
		apt-get -o APT::Sandbox::User=root download -q "$PACKAGE" >&2 ||
			die "apt-get could not download $PACKAGE."
		dpkg-deb --fsys-tarfile ./*.deb |
			tar -xO "./usr/src/$PACKAGE.tar.xz" |
			tar -xJ --strip-components=1
	)
	version=$(dpkg-deb -f "$new"/*.deb Version)
	rm "$new"/*.deb
	rm -rf "$CACHE/${PACKAGE}_$version"
	mv "$new" "$CACHE/${PACKAGE}_$version"
	ln -sfn "${PACKAGE}_$version" "$CACHE/$PACKAGE"
}

with_lock source get_source
realpath "$CACHE/$PACKAGE"
