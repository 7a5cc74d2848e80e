#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh RESULTS PART: one part of the benchmark, in a test machine. Its
# measurements and its words go to the directory RESULTS.

. "$(dirname "$0")/../vm/guest.sh" || exit

export BENCH_RESULTS=$1/$2.tsv CULVERT_ARTIFACTS=$1/artifacts
cd "$TOP/selftests/bench" || exit
uname -r >"$1/$2.kernel"
# Where its output may be written anew.
"./$2.sh" >/tmp/said 2>&1
status=$?
cat /tmp/said
cp /tmp/said "$1/$2.tap"
exit $status
