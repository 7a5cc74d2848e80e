#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A condition that never comes true.
# expect: it comes true
. "$(dirname "$0")/../lib.sh"
PATIENCE=1
check "it comes true" busywait false
done_testing
