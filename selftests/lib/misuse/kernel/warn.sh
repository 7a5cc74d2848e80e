#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Any kernel says so.
# expect: the kernel's log is clean
# expect: misbehave.c
. "$(dirname "$0")/../../lib.sh"
insmod "$CULVERT_BUILD/test-module/culvert_misbehave.ko" fault=warn
rmmod culvert_misbehave
done_testing
