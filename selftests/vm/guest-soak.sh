#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest-soak.sh KERNEL SECONDS: the long run, in a test machine; see soak.sh.

. "$(dirname "$0")/guest.sh" || exit

results=$RESULTS/$1
duration=$2
mkdir -p "$results/tap"
export CULVERT_ARTIFACTS=$results/artifacts

cd "$TOP/selftests" || exit
run_prove() {
	export TAP_DIR=$results/tap/$1
	shift
	mkdir -p "$TAP_DIR"
	prove --timer --exec "bash lib/tap-exec.sh" "$@"
}

run_prove mutants ./mutants/mutants.sh
ROUNDS=200 TEST_TIMEOUT=14400 run_prove stress ./stress.sh
end=$((SECONDS + duration))
round=0
while [ $SECONDS -lt $end ]; do
	round=$((round + 1))
	ROUNDS=300 run_prove "round-$round" ./netlink.sh ./daemon.sh \
		./topology.sh ./netns.sh ./rekey.sh ./module.sh ./kmemleak.sh
done
touch "$results/tap/soak-ended"
