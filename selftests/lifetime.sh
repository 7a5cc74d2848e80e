#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An SA counts what it carries, tells when it should be replaced, and ends when
# it must: then packets wait for the next one.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

esp_chain h1 h2
cvt_on gw1 gw2
probes h1 h2
p h2 serve 9
for node in gw1 gw2; do
	start_on $node "events-$node" "$LIB/cvt.py" events
	wait_log "events-$node" '^ready$'
done

# fresh [WORDS-OF-OUT]: a new tunnel, nothing carried yet.
fresh() {
	tunnel inner=4 window=64
	rules gw1 "$N"
	rules gw2 "$N"
	install gw2 "$N"
	install gw1 "$N" "${1:-}"
}

# send COUNT: datagrams in IP packets of 48 octets, and waits for them.
SENT=0
send() {
	p h1 send 10.2.0.2 9 "$1"
	SENT=$((SENT + $1))
	check_equal "${2:-$1 packets arrive}" "got=$SENT" "$(p h2 got 9 $SENT)"
}

# event NODE WAY REASON: the line that it leaves.
event() {
	echo "^sa-event .*direction=$2 spi=$(spi "$N" "$1" "$2") .*reason=$3( |\$)"
}

told() {
	check "$1, $2: $3" wait_log "events-$1" "$(event "$1" "$2" "$3")"
}

# Just that often, so far.
times() {
	check_equal "$1, $2: $3 is told $4 times" "$4" \
		"$(grep -cE "$(event "$1" "$2" "$3")" "$ARTIFACTS/events-$1.log")"
}

# ends NODE WAY: until it is out of the tables.
ends() {
	busywait without "$@"
	check_says "$1: the SA $2 is gone" "there is no such SA" \
		sa "$1" "$2" "$N" sa-get
}

without() {
	! sa "$1" "$2" "$N" sa-get
}

# carried NODE WAY: packets and octets.
carried() {
	local all
	all=$(sa "$1" "$2" "$N" sa-get)
	echo "$(field packets <<<"$all") packets" \
		"$(field octets <<<"$all") octets"
}

# ---------------------------------------------------------------- counting

fresh
check_equal "an SA in begins with sequence 0 received" 0,1 \
	"$(sa gw2 in "$N" sa-get | field replay-bitmap)"
check_equal "an unused SA has no last use" "" \
	"$(sa gw1 out "$N" sa-get | field used)"
send 5
check_equal "5 packets out" "5 packets 240 octets" "$(carried gw1 out)"
check_equal "5 packets in" "5 packets 240 octets" "$(carried gw2 in)"
check_equal "the anti-replay bitmap has 0x3F after 5 packets" 0,63 \
	"$(sa gw2 in "$N" sa-get | field replay-bitmap)"
check_equal "the highest sequence number is 5" "5 5" \
	"$(sa gw2 in "$N" sa-get | field sequence)\
 $(sa gw1 out "$N" sa-get | field sequence)"
all=$(sa gw1 out "$N" sa-get)
check "the last use is not older than the SA" \
	test "$(field used <<<"$all")" -le "$(field age <<<"$all")"
older() {
	at_least $((all + 1000)) sa_age
}
sa_age() {
	sa gw1 out "$N" sa-get | field age
}
all=$(sa_age)
check "it grows older by milliseconds" busywait older

# ---------------------------------------------------------------- packets

fresh "soft-packets 10 hard-packets 20"
send 9
times gw1 out soft-packets 0
send 1
told gw1 out soft-packets
send 10 "the packets that it may carry arrive"
times gw1 out hard-packets 0
p h1 send 10.2.0.2 9 1
told gw1 out hard-packets
check "the packet too many waits" busywait equals 1 rule gw1 "$N" held-packets
check "the rule is without an SA" busywait equals "" rule gw1 "$N" out-spi
ends gw1 out
p h1 send 10.2.0.2 9 3
check "and those that follow" busywait equals 4 rule gw1 "$N" held-packets
check "and ask" wait_log events-gw1 "^acquire rule-id=$N "
times gw1 out soft-packets 1
times gw1 out hard-packets 1
cvt gw1 sa-add "${SA[$N,gw1,out]} seq 20"
SENT=$((SENT + 4))
check_equal "all of them leave with the next SA" "got=$SENT" \
	"$(p h2 got 9 $SENT)"

# ---------------------------------------------------------------- octets

# Datagrams that never came have no number that is waited for.
p h2 serve 10
again() {
	p h1 send 10.2.0.2 10 "$1"
	MORE=$((${MORE:-0} + $1))
	check_equal "$1 packets arrive" "got=$MORE" "$(p h2 got 10 $MORE)"
}

fresh
sa gw2 in "$N" sa-set soft-octets 240 hard-octets 480
again 4
times gw2 in soft-octets 0
again 1
told gw2 in soft-octets
again 5
times gw2 in hard-octets 0
expired=$(count gw2 in-expired)
unknown=$(count gw2 in-spi-unknown)
p h1 send 10.2.0.2 11 1
told gw2 in hard-octets
ends gw2 in
check_equal "the packet too many is counted" 1 \
	"$(since gw2 in-expired "$expired")"
p h1 send 10.2.0.2 11 3
check "what comes then has no SA" busywait equals 3 since gw2 in-spi-unknown \
	"$unknown"
times gw2 in soft-octets 1
times gw2 in hard-octets 1

fresh "soft-octets 96 hard-octets 144"
again 3
p h1 send 10.2.0.2 11 1
told gw1 out soft-octets
told gw1 out hard-octets
ends gw1 out

# ---------------------------------------------------------------- seconds

fresh "soft-seconds 1 hard-seconds 3"
sa gw2 in "$N" sa-set hard-seconds 2
again 1
told gw1 out soft-seconds
told gw2 in hard-seconds
told gw1 out hard-seconds
ends gw1 out
ends gw2 in
times gw1 out soft-seconds 1
times gw1 out hard-seconds 1
times gw2 in soft-seconds 0

fresh "idle-seconds 1"
sa gw2 in "$N" sa-set idle-seconds 36028797018963968
again 1
told gw1 out idle
again 1
check "idle is told again after it was used" wait_log events-gw1 \
	"$(event gw1 out idle)" 2
again 1
check "and again" wait_log events-gw1 "$(event gw1 out idle)" 3
times gw2 in idle 0
times gw1 out soft-seconds 0

# ---------------------------------------------------------------- sequence

fresh "ceiling 32"
again 30
times gw1 out sequence-near 0
again 1
told gw1 out sequence-near
again 1
dropped=$(count gw1 out-sequence)
p h1 send 10.2.0.2 11 2
told gw1 out sequence-end
check_equal "without numbers nothing is sent" 2 \
	"$(since gw1 out-sequence "$dropped")"
times gw1 out sequence-near 1
times gw1 out sequence-end 1
check_says "the ceiling is not lowered" "raised, not lowered" \
	sa gw1 out "$N" sa-set ceiling 31
sa gw1 out "$N" sa-set ceiling 100
again 10
check_says "the sequence number is not lowered" "raised, not lowered" \
	sa gw1 out "$N" sa-set seq 1
sa gw1 out "$N" sa-set seq 90
again 1
check_equal "a raised sequence number is the next one's" "91 91" \
	"$(sa gw1 out "$N" sa-get | field sequence)\
 $(sa gw2 in "$N" sa-get | field sequence)"
check_equal "numbers that were skipped are no packets" \
	"43 packets $((43 * 48)) octets" "$(carried gw1 out)"

# ---------------------------------------------------------------- under way

# It ends while packets come: from the first that it could not carry on they
# wait for the next, in their order.
cvt gw1 settings-set hold-packets 16384 hold-octets 67108864 hold-total 67108864
p h2 serve 12
fresh "hard-packets 100"
p h1 begin 10.2.0.2 12 1
told gw1 out hard-packets
ends gw1 out
busywait at_least 10 rule gw1 "$N" held-packets
cvt gw1 sa-add "${SA[$N,gw1,out]} seq 1000"
p h2 got 12 150 >/dev/null
sent=$(p h1 end 12)
check_equal "what an SA could not carry any more waited for the next" \
	"got=${sent#sent=}" "$(p h2 got 12 "${sent#sent=}")"

done_testing
