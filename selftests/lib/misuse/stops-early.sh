#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A command outside a check fails.
# expect: the test runs to its end
# expect: in line 7
. "$(dirname "$0")/../lib.sh"
false
done_testing
