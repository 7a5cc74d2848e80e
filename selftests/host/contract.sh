#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is generated from uapi/culvert.yaml is what is committed.

cd "$(dirname "$0")/../.." || exit
. selftests/lib/tap.sh

check "generated files are those of uapi/culvert.yaml" uapi/ynl.sh --check

echo "1..$TESTS"
[ $FAILED -eq 0 ]
