#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh RESULTS PART: one part of the benchmark, in a test machine. Its
# measurements and its words go to the directory RESULTS.

. "$(dirname "$0")/../vm/guest.sh" || exit

# Logs are written to memory: a daemon that waits for the host is not measured.
# Where idle time passes at once, what waits for a busy host's files soon has
# waited for minutes.
export PATIENCE=1000
export BENCH_RESULTS=$1/$2.tsv CULVERT_ARTIFACTS=$FAST/artifacts
cd "$TOP/selftests/bench" || exit
uname -r >"$1/$2.kernel"
"./$2.sh" >$FAST/said 2>&1
status=$?
cat $FAST/said
cp $FAST/said "$1/$2.tap"
[ $status -eq 0 ] || cp -r "$CULVERT_ARTIFACTS" "$1/$2.artifacts"
exit $status
