#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The list of rules, with packets: the first that matches decides, rules count,
# a list replaces another as a whole and takes nothing from the rules that stay.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

RULES=100000
[ ! -e /proc/lockdep_stats ] || RULES=10000

esp_chain h1 h2
cvt_on gw1 gw2
probes h1 gw1 h2
on gw1 sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
# Something that looks at connections, so that they are tracked.
on gw1 nft -f - <<-'END'
	table inet track {
		chain forward {
			type filter hook forward priority 0
			ct state established counter
		}
	}
END
start_on gw1 events "$LIB/cvt.py" events
wait_log events '^ready$'

# ---------------------------------------------------------------- first match

tunnel inner=4
v4=$N
tunnel inner=6
v6=$N
# What passes as it is has neither the marker nor addresses that it looks for.
clear_to() {
	echo "dev to-${PEER[$1]} local $2 remote $3 proto udp"
}
rules gw2 $v4 $v6 "60 bypass $(clear_to gw2 10.4.0.0/24 10.3.0.0/24)"
to=$(clear_to gw1 10.3.0.0/24 10.4.0.0/24)
mine=("20 discard dev to-gw2 remote 10.2.0.2 proto udp remote-port 21"
	"21 discard dev to-gw2 remote fd02::2 proto udp remote-port 21"
	"22 bypass $to remote-port 22-23"
	"$v4" "$v6"
	"23 discard dev to-gw2 remote 10.2.0.2 proto udp remote-port 24"
	"24 discard $to")
rules gw1 "${mine[@]}"
for node in gw1 gw2; do
	install $node $v4
	install $node $v6
done
p h2 "serve 21; serve 22; serve 23; serve 24"

p h1 send 10.2.0.2 24 5
check_equal "protect before discard: it arrives" got=5 "$(p h2 got 24 5)"
check_equal "the rule behind did not match" 0 "$(rule gw1 23 packets)"
ask h1 marker - >/dev/null
p h1 "marker 00; send 10.4.0.2 22 5; send 10.4.0.2 23 5"
check_equal "bypass: it arrives" "got=5 got=5" "$(p h2 "got 22 5; got 23 5")"
p h1 marker "$MARKER"
ask h1 marker "$MARKER"
discarded=$(count gw1 out-discard)
p h1 "knock a 10.2.0.2 21; knock b fd02::2 21; knock c 10.4.0.2 25"
check_equal "discard: the sender is told, prohibited" \
	3/13/EHOSTUNREACH/10.1.0.1 "$(p h1 error a)"
check_equal "discard: the sender of IPv6 is told" 1/1/EACCES/fd01::1 \
	"$(p h1 error b)"
check_equal "discard: what no rule above covers" 3/13/EHOSTUNREACH/10.3.0.1 \
	"$(p h1 error c)"
check_equal "discarded packets are counted" 3 \
	"$(since gw1 out-discard "$discarded")"

# ---------------------------------------------------------------- hits

hits() {
	echo "$(rule gw1 "$1" packets) packets, $(rule gw1 "$1" flows) flows"
}
check_equal "a discard rule counts" "1 packets, 1 flows" "$(hits 20)"
check_equal "a bypass rule counts" "10 packets, 2 flows" "$(hits 22)"
check_equal "a protect rule counts" "5 packets, 1 flows" "$(hits $v4)"
p h1 "send 10.2.0.2 24 4; send 10.2.0.2 24 4; send 10.2.0.2 24 4"
p h2 got 24 17 >/dev/null
check_equal "packets and flows of it" "17 packets, 4 flows" "$(hits $v4)"
p h1 serve 9
p h2 send 10.1.0.2 9 3
check "packets in count too, and the flow" busywait equals \
	"20 packets, 5 flows" hits $v4
check_equal "a rule that never matched has no last use" "" "$(rule gw1 23 used)"
fresher() {
	[ "$(rule gw1 $v4 used)" -lt "$(rule gw1 22 used)" ]
}
check "the last use is that of the last packet" fresher

# ---------------------------------------------------------------- replacement

p h2 "serve 30"
p h1 "serve 30; begin 10.2.0.2 30 1"
p h2 begin 10.1.0.2 30 1
before=$(rule gw1 $v4 packets)
spi=$(rule gw1 $v4 out-spi)
replace() {
	local i more
	for ((i = 0; i < 50; i++)); do
		more="$((200 + i)) discard dev to-gw2 remote 10.2.0.$((100 + i))"
		if [ $((i % 2)) = 0 ]; then
			rules gw1 "$more" "${mine[@]}"
		else
			rules gw1 $v6 $v4 "$more"
		fi
		rules gw2 $v4 "$more"
	done
	rules gw1 "${mine[@]}"
}
check "50 lists replace each other under traffic" replace
for from in h1 h2; do
	sent=$(p $from end 30)
	check_equal "no packet from $from is lost" "got=${sent#sent=}" \
		"$(p h$((3 - ${from#h})) got 30 "${sent#sent=}")"
done
check_equal "the rule that stayed has its SA" "$spi" "$(rule gw1 $v4 out-spi)"
check "and its counters" test "$(rule gw1 $v4 packets)" -gt "$before"
check_equal "a rule that went and came has lost its SAs" 0 \
	"$(cvt gw2 sas | grep -c "rule-id=$v6 " || true)"
rules gw2 $v4 $v6
install gw2 $v6

check_says "a rule does not change under its id" "a changed rule needs a new id" \
	rules gw1 "$v4 protect dev to-gw2 local 10.1.0.0/24 remote 10.2.0.2"
check_equal "a refused list changes nothing" "$spi" "$(rule gw1 $v4 out-spi)"
check_says "two rules of one list have two ids" "two rules have the same id" \
	rules gw1 $v4 "$v4 ${RULE[$v4,gw1]#* }"
rules gw1 "99 ${RULE[$v4,gw1]#* }" $v6
check_equal "a changed rule, of a new id, has no SAs" "0 0" \
	"$(cvt gw1 sas | grep -cE "rule-id=(99|$v4) " || true) $(rule gw1 99 \
		packets)"
check_says "the old one is unknown" "no rule" cvt gw1 rule-get $v4

# ---------------------------------------------------------------- generations

generation=$(setting gw1 generation)
one="'5 discard dev to-gw2 remote 10.2.0.0/24'"
check_says "a list for another generation is refused" "Stale" \
	cvt gw1 policy "$one" $((generation - 1))
check_equal "the list in force stays" "$generation" "$(setting gw1 generation)"
check_equal "for this one it is taken" "generation=$((generation + 1))" \
	"$(cvt gw1 policy "$one" "$generation")"

cvt gw1 begin
cvt gw1 add 6 discard
check_says "one list at a time is made" "another socket is making a list" \
	on gw1 "$LIB/cvt.py" begin
cvt gw1 abort
# Its socket closes with it.
on gw1 "$LIB/cvt.py" begin
check "a list in the making goes with its socket" cvt gw1 begin
check_says "what it had is gone" "5 discard" \
	sh -c 'echo "$1" | sed -n "s/.*id=\([0-9]*\) action=\([a-z]*\).*/\1 \2/p"' \
	- "$(cvt gw1 rules)"
cvt gw1 abort

# ---------------------------------------------------------------- devices

# Rules are bound to names: to what has the name now.
spare="70 protect dev spare remote 10.9.0.0/24"
rules gw1 "$spare"
# up NAME: a device leads to 10.9.0.0/24.
up() {
	on gw1 ip link set "$1" up
	on gw1 ip route add 10.9.0.0/24 dev "$1"
}
# holds WHAT NUMBER: so many of one more packet there wait.
holds() {
	local n
	n=$(rule gw1 70 held-packets)
	p gw1 knock x 10.9.0.1 9
	check_equal "$1" "$(($2 + n))" "$(rule gw1 70 held-packets)"
}
on gw1 ip link add other type dummy
up other
holds "a rule of a device that is not there covers nothing" 0
on gw1 ip link set other down
on gw1 ip link set other name spare
up spare
holds "a device gets the name: the rule covers it" 1
on gw1 ip link set spare down
on gw1 ip link set spare name other
up other
holds "it loses the name: no more" 0
on gw1 ip link add spare type dummy
on gw1 ip route del 10.9.0.0/24
up spare
holds "a device comes with the name" 1
on gw1 ip link del spare
# What waits for the one that lost the name still does.
check_equal "it goes, with what waited for it" 1 "$(rule gw1 70 held-packets)"
on gw1 ip link add spare type dummy
up spare
holds "another comes" 1
on gw1 ip link del other

# ---------------------------------------------------------------- many

lists=("${RULE[$v4,gw1]}" "${RULE[$v6,gw1]}" \
	"2 discard dev to-gw2 local 10.1.0.0/24")
said=$(on gw1 "$LIB/many-rules.py" $RULES to-gw2 "${lists[@]}")
check_equal "$RULES rules and $((${#lists[@]})) are loaded" \
	$((RULES + ${#lists[@]})) "$(setting gw1 rules)"
diag "$RULES rules, the first time: $said"
install gw1 $v4 "seq 100000"
check "they let traffic through" ask h1 ping 10.2.0.2 100 1472
spi=$(rule gw1 $v4 out-spi)
p h1 begin 10.2.0.2 30 1
said=$(on gw1 "$LIB/many-rules.py" $RULES to-gw2 "${lists[@]}")
sent=$(p h1 end 30)
diag "$RULES rules replaced by themselves: $said"
check_equal "replaced by themselves, no packet is lost" "got=${sent#sent=}" \
	"$(p h2 got 30 "${sent#sent=}")"
check_equal "and the SA stays" "$spi" "$(rule gw1 $v4 out-spi)"
check_equal "the last of them decides for its range" "discard $((1000000 +
	RULES - 1))" "$(cvt gw1 explain out dev to-gw2 10.1.0.2 \
	"$(printf '%d.%d.%d.%d' $(((0x14000000 + (RULES - 1) * 16) >> 24)) \
		$((((RULES - 1) * 16) >> 16)) \
		$(((((RULES - 1) * 16) >> 8) & 255)) \
		$((((RULES - 1) * 16) & 255)))" |
	sed 's/.*verdict=\([a-z]*\).*rule-id=\([0-9]*\).*/\1 \2/')"

done_testing
