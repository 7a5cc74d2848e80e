#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test library notices what it promises to notice: a test that does one
# thing wrong fails, and fails for that reason.

cd "$(dirname "$0")" || exit
. lib/tap.sh
. lib/misuse.sh

[ "$(id -u)" -eq 0 ] || skip_all "root is needed"
[ -e /sys/module/culvert ] ||
	skip_all "the module is not loaded: insmod culvert.ko"

CULVERT_ARTIFACTS=$(mktemp -d)
export CULVERT_ARTIFACTS
for file in lib/misuse/*.sh; do
	misuse "$file"
done
rm -rf "$CULVERT_ARTIFACTS"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
