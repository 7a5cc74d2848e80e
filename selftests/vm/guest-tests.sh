#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest-tests.sh KERNEL TEST...: runs tests in a test machine. Their TAP and the
# artifacts of those that fail go to build/results/KERNEL.

. "$(dirname "$0")/guest.sh" || exit

results=$RESULTS/$1
shift
export CULVERT_ARTIFACTS=$results/artifacts TAP_DIR=$results/tap
mkdir -p "$TAP_DIR"

cd "$TOP/selftests" || exit
prove --timer --exec "bash lib/tap-exec.sh" "${@/#/./}"
