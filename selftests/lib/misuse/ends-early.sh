#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A test that forgets to say that it is at its end.
# expect: the test runs to its end
. "$(dirname "$0")/../lib.sh"
pass "something"
