#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmemleak, asked by the test that asks it.
# needs: DEBUG_KMEMLEAK
# expect: kmemleak finds nothing
# expect: unreferenced object
# expect: (size 1024)
set -eu
insmod "$CULVERT_BUILD/test-module/culvert_misbehave.ko" fault=leak
exec "$(dirname "$0")/../../../kmemleak.sh"
