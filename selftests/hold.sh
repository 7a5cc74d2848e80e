#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets wait for an SA: none is lost, none overtakes another, they take no more
# room than they may, and when there will be no SA their senders learn it.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

FLOOD=100000
[ ! -e /proc/lockdep_stats ] || FLOOD=10000

esp_chain h1 h2
cvt_on gw1 gw2
probes h1 gw1 h2
# Each sender is told, not one in a second.
on gw1 sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
	net.ipv4.icmp_msgs_per_sec=100000 2>/dev/null || true
start_on gw1 events "$LIB/cvt.py" events
wait_log events '^ready$'
on gw1 ip link add spare type dummy
on gw1 ip link set spare up
on gw1 ip route add 10.9.0.0/24 dev spare

tunnel inner=4
v4=$N
tunnel inner=6
v6=$N
# The gateway's own packets.
tunnel inner=4
own=$N
narrow() {
	RULE[$own,$1]="$own protect dev to-${PEER[$1]} local $2 remote $3"
}
narrow gw1 192.0.2.1 10.2.0.0/24
narrow gw2 10.2.0.0/24 192.0.2.1
spare="50 protect dev spare remote 10.9.0.0/24"
for node in gw1 gw2; do
	rules $node $v4 $v6 $own "$spare"
done
for n in $v4 $v6 $own; do
	install gw2 $n
done
p h2 "serve 9; serve 10; serve 11"

# ---------------------------------------------------------------- a late answer

on h1 ping -c 5 -i 0.3 -W "$PATIENCE" -p "$MARKER" 10.2.0.2 \
	>"$ARTIFACTS/ping.log" 2>&1 &
ping=$!
tell h1 tcp 10.2.0.2 20000
p h1 send 10.2.0.2 9 100
p gw1 send 10.2.0.2 10 20
wait_log events "^acquire rule-id=$v4 count=2 "
sleep 1
check_equal "one acquire, and one more while it is unanswered" "1 1" \
	"$(grep -c "^acquire rule-id=$v4 count=1 " "$ARTIFACTS/events.log") \
$(grep -c "^acquire rule-id=$v4 count=2 " "$ARTIFACTS/events.log")"
told_of_them_all() {
	[ "$(rule gw1 $v4 acquires)" = \
		"$(grep -c "^acquire rule-id=$v4 " "$ARTIFACTS/events.log")" ]
}
check "the rule says how many were sent" busywait told_of_them_all
check_says "the acquire shows the packet" \
	"^acquire rule-id=$v4 count=1 .*from=10.1.0.2 to=10.2.0.2" \
	cat "$ARTIFACTS/events.log"
check "the gateway's own packets ask for their rule" \
	wait_log events "^acquire rule-id=$own count=1 "

install gw1 $v4
wait $ping || true
check_says "5 of 5 pings survive an answer that is 3 seconds late" \
	"5 packets transmitted, 5 received" cat "$ARTIFACTS/ping.log"
check "a TCP connection survives it" answer h1
check_equal "numbered datagrams survive it, in their order" got=100 \
	"$(p h2 got 9 100)"
install gw1 $own
check_equal "so do the gateway's own" got=20 "$(p h2 got 10 20)"
check_equal "no acquire is left" 0 "$(rule gw1 $v4 acquires)"

# ---------------------------------------------------------------- in order

cvt gw1 settings-set hold-packets 16384 hold-octets 67108864 \
	hold-total 134217728
overtakes() {
	local i sent
	for i in 1 2 3 4 5; do
		closed gw1 $v4
		p h1 send 10.2.0.2 11 300
		p h1 begin 10.2.0.2 11 0
		busywait at_least 400 rule gw1 $v4 held-packets
		opened gw1 $v4
		sent=$(p h1 end 11)
	done
	check_equal "fresh packets do not overtake those that are released" \
		"got=${sent#sent=}" "$(p h2 got 11 "${sent#sent=}")"
}
overtakes
busywait equals 0 setting gw1 held-packets

# ---------------------------------------------------------------- caps

# All that began to wait was released or dropped for one of the reasons.
balance() {
	local counters held
	counters=$(cvt gw1 counters)
	held=$(field hold-held <<<"$counters")
	echo "$(field hold-held <<<"$counters") = $(awk -F= \
		'/^hold-released=|^out-hold-/ { n += $2 } END { print n }' \
		<<<"$counters")"
}

# flood NUMBER ADDRESS [SPREAD]: until so many more began to wait. Says the most
# octets and packets that were seen to wait meanwhile.
flood() {
	local held all octets=0 packets=0 n
	held=$(count gw1 hold-held)
	while [ "$(since gw1 hold-held "$held")" -lt "$1" ]; do
		tell probe-h1 flood "$2" 12 $(($1 / 10))${3:-}
		while :; do
			all=$(cvt gw1 settings)
			n=$(field held-octets <<<"$all")
			[ "$n" -le "$octets" ] || octets=$n
			n=$(field held-packets <<<"$all")
			[ "$n" -le "$packets" ] || packets=$n
			unanswered probe-h1 || break
		done
		answer probe-h1
	done
	echo "octets=$octets packets=$packets"
}

unanswered() {
	! read -r -t 0 -u "${ANSWER_FD[$1]}"
}

# Segments are made at the sender: as many packets as datagrams.
ip -n "$(ns h1)" link set to-gw1 gso_max_segs 1
install gw1 $v6
closed gw1 $v4
cvt gw1 settings-set hold-packets 256 hold-octets 1048576 hold-total 16777216
full=$(count gw1 out-hold-full)
tell h1 ping fd02::2 10 20 30 40 50 60
seen=$(flood $FLOOD 10.2.0.2)
check_equal "a flood of $FLOOD: 256 packets wait" 256 \
	"$(setting gw1 held-packets)"
# A packet comes in before the oldest goes.
check "there were never more" test "$(field packets <<<"$seen")" -le 257
check "it stays within the octets of a rule" \
	test "$(field octets <<<"$seen")" -le 1048576
check "what was too much is counted" at_least $((FLOOD - 256)) \
	since gw1 out-hold-full "$full"
check "another tunnel does not suffer" answer h1
check "nor later" ask h1 ping fd02::2 1 2 3
released=$(count gw1 hold-released)
opened gw1 $v4
check_equal "the youngest that waited are released" 256 \
	"$(since gw1 hold-released "$released")"
check "the tunnel works then" ask h1 ping 10.2.0.2 1 2 3
check_equal "held = released + dropped" "$(balance | sed 's/\(.*\) = .*/\1 = \1/')" \
	"$(balance)"

# It comes faster than one processor can release it.
watchers_rest
closed gw1 $v4
p h1 pour 10.2.0.2 12
busywait equals 256 setting gw1 held-packets
check "an SA is installed though a flood goes on" opened gw1 $v4
p h1 end 12 >/dev/null
busywait equals 0 setting gw1 held-packets
watchers_rest

closed gw1 $v4
cvt gw1 settings-set hold-octets 20000
check "hold-octets is kept" test "$(flood 1000 10.2.0.2 | field octets)" -le 20000
opened gw1 $v4

# The oldest go first.
closed gw1 $v4
cvt gw1 settings-set hold-octets 1048576 hold-packets 10
p h2 "serve 13"
p h1 send 10.2.0.2 13 30
opened gw1 $v4
p h1 send 10.2.0.2 13 1
check_equal "the oldest make room" got=11 "$(p h2 got 13 11)"

# 32 rules that nobody answers, and one more.
cvt gw1 settings-set hold-packets 256 hold-total 200000
many=()
for i in {1..32}; do
	many+=("$((100 + i)) protect dev to-gw2 remote 10.2.0.$((100 + i))")
done
rules gw1 "${many[@]}" "140 protect dev to-gw2 remote 10.2.0.140" \
	$v4 $v6 $own "$spare"
seen=$(flood 3200 10.2.0.101 /32)
# A packet comes in before it is weighed.
check "hold-total is kept" test "$(field octets <<<"$seen")" -le 202304
check "what was too much together is counted" at_least 1 \
	count gw1 out-hold-total
p h1 knock last 10.2.0.140 9
check "a rule asks for its SA though others fill hold-total" \
	wait_log events "^acquire rule-id=140 "
purged=$(count gw1 out-hold-purged)
held=$(setting gw1 held-packets)
rules gw1 $v4 $v6 $own "$spare"
check_equal "held packets go with their rule" "0 $held" \
	"$(setting gw1 held-packets) $(since gw1 out-hold-purged "$purged")"

# ---------------------------------------------------------------- no SA

# Senders of both families, local and not, learn it.
for n in $v4 $v6 $own; do
	closed gw1 $n
done
cvt gw1 settings-set hold-age 30000 hold-total 16777216 acquire-interval 5000
knock() {
	p h1 "knock a 10.2.0.2 9; knock b fd02::2 9; dial c 10.2.0.2 9"
	p gw1 "knock a 10.2.0.2 9; dial b 10.2.0.2 9"
	busywait at_least 5 setting gw1 held-packets
}
told() {
	check_equal "$1: a sender is told" "3/1/EHOSTUNREACH/10.1.0.1" \
		"$(p h1 error a)"
	check_equal "$1: a sender of IPv6 is told" \
		"1/3/EHOSTUNREACH/fd01::1" "$(p h1 error b)"
	check_equal "$1: connecting ends" EHOSTUNREACH "$(p h1 error c)"
	check_says "$1: a local sender is told" "^3/1/EHOSTUNREACH/" \
		p gw1 error a
	check_equal "$1: connecting from the gateway ends" EHOSTUNREACH \
		"$(p gw1 error b)"
}
expired=$(count gw1 out-hold-expired)
knock
cvt gw1 settings-set hold-age 100
busywait equals 0 setting gw1 held-packets
told "hold-age"
check "what was too old is counted" at_least 5 \
	since gw1 out-hold-expired "$expired"
cvt gw1 settings-set hold-age 600000

failed=$(count gw1 out-hold-failed)
knock
for n in $v4 $v6 $own; do
	cvt gw1 rule-fail $n
done
told "rule-fail"
check "what failed is counted" at_least 5 since gw1 out-hold-failed "$failed"

# acquire-interval counts from the last one sent.
cvt gw1 settings-set acquire-interval 10 hold-age 600000
cvt gw1 rule-fail $v4
p h1 knock a 10.2.0.2 9
busywait at_least 1 rule gw1 $v4 acquires
cvt gw1 settings-set acquire-interval 8000
n=$(rule gw1 $v4 acquires)
busywait at_least $((n + 1)) rule gw1 $v4 acquires
cvt gw1 rule-fail $v4
p h1 knock a 10.2.0.2 9
check_equal "after rule-fail, the next packet waits without an acquire" "1 0" \
	"$(rule gw1 $v4 held-packets) $(rule gw1 $v4 acquires)"
check "until acquire-interval is over" busywait equals 1 rule gw1 $v4 acquires
opened gw1 $v4

# ---------------------------------------------------------------- what goes

# What waits with a packet and goes.
purged=$(count gw1 out-hold-purged)
p gw1 "knock a 10.9.0.1 9; knock b 10.9.0.2 9"
busywait equals 2 rule gw1 50 held-packets
on gw1 ip link del spare
check_equal "held packets go with their device" "0 2" \
	"$(rule gw1 50 held-packets) $(since gw1 out-hold-purged "$purged")"

check_equal "the histogram of hold times has all that were released" \
	"$(count gw1 hold-released)" \
	"$(setting gw1 hold-time | tr , '\n' | awk '{ n += $1 } END { print n }')"
check_equal "held = released + dropped, in the end" \
	"$(balance | sed 's/\(.*\) = .*/\1 = \1/')" "$(balance)"

# With the namespace, which ends next: the library counts objects.
closed gw1 $v4
p h1 send 10.2.0.2 9 10
check "packets wait when the namespace ends" busywait at_least 10 \
	setting gw1 held-packets

done_testing
