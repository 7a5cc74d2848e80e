#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packs build/often.tar: the programs that tests start often, with their
# libraries. A test machine's file system comes through 9p without a cache, so a
# program is read anew each time it starts; unpacked into memory, it starts in
# half the time. Packed here, because looking for the libraries is what takes
# longest there.

set -eu
. "$(dirname "$0")/env.sh"

OFTEN="awk basename bash cat chmod cp cut dirname dmesg env grep head insmod ip
	mktemp nsenter od ping rm rmmod sed setpriv sh sleep sort tail tee timeout touch tr
	true uname unshare xargs"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
mkdir "$tree/bin" "$tree/lib" "$tree/user"

for program in $OFTEN; do
	cp -L "$(type -P "$program")" "$tree/bin/"
done
cp -r "$BUILD/selftests" "$tree/"
cp "$BUILD/user/culvertd" "$BUILD/user/culvert" "$tree/user/"
# Of what is static, it says so on standard error.
ldd "$tree"/bin/* "$tree"/selftests/* "$tree"/user/* 2>/dev/null |
	grep -o '/[^ ]*\.so[^ ]*' | sort -u | xargs -I{} cp -L {} "$tree/lib/"

tar -C "$tree" -cf "$BUILD/often.tar.new" .
mv "$BUILD/often.tar.new" "$BUILD/often.tar"
