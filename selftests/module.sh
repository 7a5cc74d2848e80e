#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded ROUNDS times, with namespaces that were there
# before, with ones that come and go meanwhile, and with requests in flight.

. "$(dirname "$0")/lib/lib.sh"

ROUNDS=${ROUNDS:-100}

[ "${CULVERT_DISPOSABLE:-}" = 1 ] ||
	skip_all "it would unload this machine's module"

reload() {
	local i
	for ((i = 0; i < $1; i++)); do
		rmmod culvert
		insmod "$CULVERT_BUILD/culvert.ko"
	done
}

until_stopped() {
	while [ ! -e "$ARTIFACTS/stop" ]; do
		"$@" >/dev/null 2>&1 || true
	done
}

check "it unloads and loads $ROUNDS times" reload "$ROUNDS"
check_equal "after loading, every namespace has its state, and nothing else is" \
	"net $(live_objects | sed -n 's/^net //p') 0" \
	"$("$OUTPUT/culvert-nl" objects | awk '$2 || $3')"

for i in 1 2 3; do
	node "n$i"
done
check "it unloads and loads with namespaces there" reload 5

# rmmod fails while a request holds the module: try until it does not.
unload_under_load() {
	local i
	for ((i = 0; i < ROUNDS / 5; i++)); do
		busywait rmmod culvert
		insmod "$CULVERT_BUILD/culvert.ko"
	done
}
until_stopped unshare --net true &
passing=$!
until_stopped "$OUTPUT/culvert-nl" counters &
asking=$!
check "it unloads and loads under requests and passing namespaces" \
	unload_under_load
touch "$ARTIFACTS/stop"
wait $passing $asking

check_says "the kernel can load it by its family's name" \
	"^alias: +net-pf-16-proto-16-family-culvert$" \
	modinfo "$CULVERT_BUILD/culvert.ko"

done_testing
