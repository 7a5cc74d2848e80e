#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# DEBUG_ATOMIC_SLEEP.
# needs: DEBUG_ATOMIC_SLEEP
# expect: the kernel's log is clean
# expect: invalid context
. "$(dirname "$0")/../../lib.sh"
insmod "$CULVERT_BUILD/test-module/culvert_misbehave.ko" fault=sleep-in-rcu
rmmod culvert_misbehave
done_testing
