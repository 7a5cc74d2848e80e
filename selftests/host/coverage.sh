#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The unit tests run nearly all lines of the core of IKEv2.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

said=$(make -s --no-print-directory -C ikeuser OUT="$BUILD/user" coverage 2>&1)
check "the unit tests run enough lines of the core" test $? -eq 0
diag "$said"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
