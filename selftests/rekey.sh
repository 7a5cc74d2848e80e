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

# until_end NAME: nothing of what was sent is missing.
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

for node in gw1 gw2; do
	sas=$(cvt $node sas)
	while read -r words; do
		cvt $node sa-del "$(field direction <<<"$words")" \
			"$(field spi <<<"$words")" \
			remote "$(field remote <<<"$words")"
	done <<<"$sas"
done
p h1 begin 10.2.0.2 9 5
p h2 begin 10.1.0.2 9 5
check "SAs are replaced $((ROUNDS / 10)) times by both sides at once" \
	replace $((ROUNDS / 10)) together
nothing_lost "both at once"

check_equal "nothing was dropped" "" \
	"$(for node in gw1 gw2; do
		cvt $node counters | grep -E '^(in|out)-' || true
	done)"

done_testing
