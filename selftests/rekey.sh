#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# SAs are replaced under traffic, ROUNDS times, and not a packet is lost, doubled
# or late. lib/rekey.py says in which order user space must do it.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

[ ! -e /proc/lockdep_stats ] || ROUNDS=${ROUNDS:-100}
ROUNDS=${ROUNDS:-1000}

esp_chain h1 h2
cvt_on gw1 gw2
probes h1 h2

tunnel inner=4
rules gw1 "$N"
rules gw2 "$N"
# What comes before the first pair waits.
cvt gw1 settings-set hold-packets 16384 hold-octets 67108864 hold-total 67108864
cvt gw2 settings-set hold-packets 16384 hold-octets 67108864 hold-total 67108864
p h1 "serve 9; begin 10.2.0.2 9 5"
p h2 "serve 9; begin 10.1.0.2 9 5"

replace() {
	PATIENCE=$PATIENCE "$LIB/rekey.py" "$(ns gw1)" 192.0.2.1 \
		"$(ns gw2)" 192.0.2.2 "$N" "$@"
}

delete_all() {
	local words sas
	sas=$(cvt "$1" sas)
	while read -r words; do
		cvt "$1" sa-del "$(field direction <<<"$words")" \
			"$(field spi <<<"$words")" \
			remote "$(field remote <<<"$words")"
	done <<<"$sas"
}

# nothing_lost NAME: nothing of what was sent is missing.
nothing_lost() {
	local sent from to
	for from in h1 h2; do
		to=h$((3 - ${from#h}))
		sent=$(p $from end 9)
		check_equal "$1: all from $from arrive once and in order" \
			"got=${sent#sent=}" "$(p $to got 9 "${sent#sent=}")"
		check "$1: there was traffic from $from" \
			test "${sent#sent=}" -ge 100
	done
}

check "SAs are replaced $ROUNDS times" replace "$ROUNDS"
nothing_lost "replaced"
check_equal "the last pair is left" 4 \
	$(($(cvt gw1 sas | wc -l) + $(cvt gw2 sas | wc -l)))

delete_all gw1
delete_all gw2
p h1 begin 10.2.0.2 9 5
p h2 begin 10.1.0.2 9 5
check "SAs are replaced $((ROUNDS / 10)) times by both sides at once" \
	replace $((ROUNDS / 10)) together
nothing_lost "both at once"

check_equal "nothing was dropped" "" \
	"$(for node in gw1 gw2; do
		cvt $node counters | grep -E '^(in|out)-' || true
	done)"

# Both ask for the same at once: one of them is told that there is no such SA.
deleted_twice() {
	local words of refused=0
	words="$(field direction <<<"$1") $(field spi <<<"$1")"
	words+=" remote $(field remote <<<"$1")"
	for of in cvt-gw1 other-gw1; do
		tell $of sa-del "$words"
	done
	for of in cvt-gw1 other-gw1; do
		answer $of || refused=$((refused + 1))
	done
	[ $refused = 1 ]
}

carries() {
	cvt "$1" sas | field packets | sort -n | head -n 1 | grep -q '..'
}

deleted_while_packets_fly() {
	local round line sas
	for ((round = 0; round < 10; round++)); do
		replace 1 && busywait carries gw1 || return
		sas=$(cvt gw1 sas)
		while read -r line; do
			deleted_twice "$line" || return
		done <<<"$sas"
		delete_all gw2
	done
}

helper gw1 other-gw1 "$LIB/cvt.py" batch
p h1 begin 10.2.0.2 9 5
p h2 begin 10.1.0.2 9 5
check "N11 SAs are deleted while packets fly, from two sockets" \
	deleted_while_packets_fly
check_equal "N11 nothing of them is left" "" "$(cvt gw1 sas)"
check "N11 the next pair carries packets" replace 1
check "N11 both ways" busywait carries gw2
p h1 end 9 >/dev/null
p h2 end 9 >/dev/null

done_testing
