#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A check that is not so.
# expect: two is three
. "$(dirname "$0")/../lib.sh"
check "two is three" [ 2 -eq 3 ]
done_testing
