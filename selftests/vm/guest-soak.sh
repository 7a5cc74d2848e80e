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
# All rounds of what the check has few of, where there is time for them.
if [ "$duration" -ge 7200 ]; then
	export TEST_TIMEOUT=14400
	ROUNDS=100 run_prove weather ./ike-weather.sh
	ROUNDS=50 run_prove strongswan ./strongswan-life.sh
	ROUNDS=200 run_prove life ./ike-life.sh
	KILLS=12 run_prove restart ./restart.sh
	unset TEST_TIMEOUT
fi
round=0
while [ $SECONDS -lt $end ]; do
	round=$((round + 1))
	ROUNDS=300 run_prove "round-$round" ./netlink.sh ./daemon.sh \
		./topology.sh ./netns.sh ./rekey.sh ./module.sh ./kmemleak.sh
done
touch "$results/tap/soak-ended"
