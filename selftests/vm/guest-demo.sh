#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration, in the test machine. Each step shows what is typed and what
# comes back; a promise at the end of a step is checked.

set -eu
TOP=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin:$TOP/build/user:$TOP/build/selftests
MODULE=$TOP/build/kernel/$(uname -r)/culvert.ko
LOG=$(mktemp)
PATIENCE=60
KEPT=0
BROKEN=0

step() {
	printf '\n== %s\n' "$*"
}

type_in() {
	printf '\n# %s\n' "$*"
	"$@" 2>&1 || true
}

promise() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		KEPT=$((KEPT + 1))
		printf '   [kept]   %s\n' "$what"
	else
		BROKEN=$((BROKEN + 1))
		printf '   [BROKEN] %s\n' "$what"
	fi
}

says() {
	local pattern=$1
	shift
	{ "$@" 2>&1 || true; } | grep -qE -- "$pattern"
}

until_logged() {
	local end=$((SECONDS + PATIENCE))
	until [ "$(grep -cE -- "$1" "$LOG")" -ge "$2" ]; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

printf '\nLinux %s, a machine of its own with your files to read.\n' "$(uname -r)"

step "The daemon starts first. There is no module yet; it says so, and waits."
culvertd >"$LOG" 2>&1 &
daemon=$!
promise "the daemon waits for the module" until_logged 'waiting for the kernel' 1
cat "$LOG"

step "The module is loaded. The daemon hears of it from the kernel."
type_in insmod "$MODULE"
promise "the daemon finds the module" until_logged 'capabilities:' 1
tail -n 1 "$LOG"

step "What the module says of itself, over generic netlink."
type_in culvertd --check
promise "it is the version of this checkout" \
	says "culvert $(modinfo -F version "$MODULE")$" culvertd --check

step "A network namespace has counters of its own, and so does the next."
ip netns add site1
type_in ip netns exec site1 culvertd --check
promise "nobody has asked in site1 but us" \
	says 'netlink-requests +5$' ip netns exec site1 culvertd --check
ip netns del site1

step "A request that makes no sense is refused in words, and counted."
type_in culvert-nl send 2 0
type_in culvert-nl send 2 0 1=63000000
type_in culvert-nl send 2 0 1=00000000 1=00000000
promise "the attribute is named" says "attribute 'id' is missing" \
	culvert-nl send 2 0
promise "refused requests are counted" \
	says 'netlink-refused +[1-9]' culvertd --check

step "The module is replaced under the daemon."
type_in rmmod culvert
promise "the daemon notices" until_logged 'is gone' 1
type_in insmod "$MODULE"
promise "and finds the new one" until_logged 'capabilities:' 2
tail -n 2 "$LOG"

step "The daemon is stopped."
kill -TERM $daemon
promise "it ends well" wait $daemon
tail -n 1 "$LOG"
promise "the kernel's log has no complaint" \
	sh -c '! dmesg | grep -qE "\bBUG|WARNING:|Oops|object leak"'

printf '\n%s promises kept, %s broken.\n' $KEPT $BROKEN
[ $BROKEN -eq 0 ]
