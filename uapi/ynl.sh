#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Regenerates from culvert.yaml all that is generated from it, in this checkout
# or, with --check, beside it: then it shows the difference and fails on one.
#
# The generators are the kernel's own, from Debian's linux-source-6.12. They
# expect a kernel tree: the specification among the others, the schemas one
# level up, and a MAINTAINERS file at the top, for which ynl-gen-c.py looks in
# the parent directories without end.

set -eu
. "$(dirname "$0")/../selftests/vm/env.sh"

PYTHON=/usr/bin/python3
SPEC=Documentation/netlink/specs/culvert.yaml
SOURCE=$("$TOP/selftests/vm/source.sh")
GENERATED="uapi/linux/culvert.h kmod/netlink-gen.h kmod/netlink-gen.c
	ikeuser/daemon/contract-gen.h ikeuser/daemon/contract-gen.c
	docs/netlink.rst"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree/tools/net" "$tree/${SPEC%/*}"
touch "$tree/MAINTAINERS"
cp "$SOURCE"/Documentation/netlink/*.yaml "$tree/Documentation/netlink/"
cp -r "$SOURCE/tools/net/ynl" "$tree/tools/net/"
cp "$TOP/uapi/culvert.yaml" "$tree/$SPEC"

generate() {
	local into=$1 file
	for file in $GENERATED; do
		mkdir -p "$into/${file%/*}"
	done
	(
		cd "$tree"
		ynl() { timeout 60 "$PYTHON" tools/net/ynl/ynl-gen-c.py \
			--spec "$SPEC" "$@"; }
		ynl --mode uapi --header -o "$into/uapi/linux/culvert.h"
		ynl --mode kernel --header -o "$into/kmod/netlink-gen.h"
		ynl --mode kernel --source -o "$into/kmod/netlink-gen.c"
		# Meant for a family that it would have generated too, which
		# it does not for a legacy one: nobody could use it.
		sed -i '/^$/N;/\nstatic const struct genl_multicast_group/,/^};/d' \
			"$into/kmod/netlink-gen.c"
		"$PYTHON" tools/net/ynl/ynl-gen-rst.py -i "$SPEC" \
			-o "$into/docs/netlink.rst"
	)
	"$PYTHON" "$TOP/uapi/names.py" "$TOP/uapi/culvert.yaml" header \
		>"$into/ikeuser/daemon/contract-gen.h"
	"$PYTHON" "$TOP/uapi/names.py" "$TOP/uapi/culvert.yaml" source \
		>"$into/ikeuser/daemon/contract-gen.c"
}

if [ "${1:-}" != --check ]; then
	generate "$TOP"
	exit
fi

generate "$tree/fresh"
differs=0
for file in $GENERATED; do
	diff -u "$TOP/$file" "$tree/fresh/$file" || differs=1
done
[ $differs -eq 0 ] ||
	die "generated files differ from what uapi/culvert.yaml says:" \
		"run 'make ynl' and commit the result."
