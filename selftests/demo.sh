#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# demo.sh KERNEL: shows culvert at work in a virtual machine, step by step, and
# fails if a step does.

set -eu
. "$(dirname "$0")/vm/env.sh"

kernel=$1
say "building for kernel $kernel"
"$TOP/selftests/vm/build.sh" "$kernel"
export QUIET=1
say "booting a virtual machine (20 seconds to two minutes)"
exec "$TOP/selftests/vm/boot.sh" "$kernel" "$TOP/selftests/vm/guest-demo.sh"
