#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lockdep, which then switches itself off.
# needs: PROVE_LOCKING
# expect: the kernel's log is clean
# expect: possible circular locking
. "$(dirname "$0")/../../lib.sh"
insmod "$CULVERT_BUILD/test-module/culvert_misbehave.ko" fault=inversion
rmmod culvert_misbehave
done_testing
