#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# KASAN.
# needs: KASAN
# expect: the kernel's log is clean
# expect: slab-use-after-free
. "$(dirname "$0")/../../lib.sh"
insmod "$CULVERT_BUILD/test-module/culvert_misbehave.ko" fault=use-after-free
rmmod culvert_misbehave
done_testing
