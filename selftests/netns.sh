#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Network namespaces come and go with the module loaded, ROUNDS of them, and it
# keeps nothing of them.

. "$(dirname "$0")/lib/lib.sh"

ROUNDS=${ROUNDS:-100}

alive() {
	live_objects | sed -n 's/^net //p'
}

before=$(alive)
for i in 1 2 3 4 5; do
	node "n$i"
done
check_equal "each namespace has its state" $((before + 5)) "$(alive)"

# A namespace for the time of one command; every fourth asks the module.
come_and_go() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		if [ $((i % 4)) -eq 0 ]; then
			unshare --net "$OUTPUT/culvert-nl" counters >/dev/null
		else
			unshare --net true
		fi
	done
}
check "$ROUNDS namespaces come and go" come_and_go

# One that goes while it is being asked.
ask_forever() {
	while on n1 "$OUTPUT/culvert-nl" counters >/dev/null; do
		:
	done
}
ask_forever 2>/dev/null &
asker=$!
ip netns del "$(ns n1)"
NAMESPACES=${NAMESPACES/ n1/}
wait $asker || true
pass "a namespace goes while it is asked"

done_testing
