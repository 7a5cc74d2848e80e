#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvert beside other things that a gateway does: ICMP errors on the way
# through, fragments, its own traffic, XFRM and WireGuard to another peer, a hub
# between spokes, a rule that protects everything. The picture is in
# lib/neighbours.sh.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/neighbours.sh"

gateways gw1 gw2 gw3
cvt_on gw1 gw2 gw3
drivers h1 h2 h3 isp inet gw1 gw2 gw3
traffic h1 h2 gw1

LOCAL_1="$(protect 10 10.1.0.0/24 10.2.0.0/24 mode tunnel) $(protect 11 fd01::/64 fd02::/64)"
LOCAL_2="$(protect 10 10.2.0.0/24 10.1.0.0/24) $(protect 11 fd02::/64 fd01::/64)"
BEHIND_1="$(protect 12 10.1.0.0/24 10.22.0.0/24) $(protect 13 fd01::/64 fd22::/64)"
BEHIND_2="$(protect 12 10.22.0.0/24 10.1.0.0/24) $(protect 13 fd22::/64 fd01::/64)"

# --- ICMP errors. The network behind h2 alone is protected, so that h2 itself
# lies outside the selectors.

cvt gw1 policy "'$BEHIND_1 $(protect 14 10.1.0.0/24 10.77.0.0/24)'" >/dev/null
cvt gw2 policy "'$BEHIND_2'" >/dev/null
check "SAs" pair 12 gw1 12 gw2
check "SAs, IPv6" pair 13 gw1 13 gw2 6
ip_later h2 route add unreachable 10.22.0.128/25
ip_later h2 route add unreachable fd22::8000/113
ip_later h2 link set to-h22 mtu 1300
ip_later h22 link set to-h2 mtu 1300
ip_now

check_equal "port unreachable, of a host" "type=3 code=3 from=10.22.0.2 info=0" \
	"$(ask n-h1 error 10.22.0.2 30)"
check_equal "host unreachable, of a router behind the peer" \
	"type=3 code=1 from=10.2.0.2 info=0" "$(ask n-h1 error 10.22.0.200 30)"
check_equal "fragmentation needed, of a router behind the peer" \
	"type=3 code=4 from=10.2.0.2 info=1300" \
	"$(ask n-h1 error 10.22.0.2 1290 df)"
check_equal "time exceeded, of the own gateway" \
	"type=11 code=0 from=10.1.0.1 info=0" "$(ask n-h1 error 10.22.0.2 30 ttl 1)"
check_equal "time exceeded, of the peer" \
	"type=11 code=0 from=203.0.113.2 info=0" \
	"$(ask n-h1 error 10.22.0.2 30 ttl 2)"
check_equal "time exceeded, of a router behind the peer" \
	"type=11 code=0 from=10.2.0.2 info=0" "$(ask n-h1 error 10.22.0.2 30 ttl 3)"
check_equal "fragmentation needed, of the own gateway" \
	"type=3 code=4 from=10.1.0.1" \
	"$(ask n-h1 error 10.22.0.2 1460 df | sed 's/ info=.*//')"

check_equal "port unreachable, of an IPv6 host" "type=1 code=4 from=fd22::2 info=0" \
	"$(ask n-h1 error fd22::2 30)"
check_equal "no route, of a router behind the peer" \
	"type=1 code=0 from=fd02::2 info=0" "$(ask n-h1 error fd22::8000 30)"
check_equal "packet too big, of a router behind the peer" \
	"type=2 code=0 from=fd02::2 info=1300" \
	"$(ask n-h1 error fd22::2 1270 df)"
check_equal "hop limit exceeded, of the peer" \
	"type=3 code=0 from=2001:db8:2::2 info=0" \
	"$(ask n-h1 error fd22::2 30 ttl 2)"
check_equal "hop limit exceeded, of a router behind the peer" \
	"type=3 code=0 from=fd02::2 info=0" "$(ask n-h1 error fd22::2 30 ttl 3)"

# No SA, and there will be none.
tell n-h1 error 10.77.0.1 30
failed_one() {
	cvt gw1 rule-get 14 | grep -q 'held-packets=1' && cvt gw1 rule-fail 14
}
check "a packet waits in vain" busywait failed_one
check_equal "its sender is told: host unreachable" \
	"type=3 code=1 from=10.1.0.1 info=0" "$(answer n-h1)"
check_counter "no error was invalid" 0 gw1 invalid
check_counter "on either side" 0 gw2 invalid

# --- fragments: one half through the tunnel, the other in clear text

cvt gw1 policy "'$LOCAL_1'" >/dev/null
cvt gw2 policy "'$LOCAL_2'" >/dev/null
check "SAs for the networks" pair 10 gw1 10 gw2
check "IPv6" pair 11 gw1 11 gw2 6
random_hex 32
KEY=$REPLY
cvt gw1 sa-add in 900 rule 10 mode tunnel local 192.0.2.1 remote 203.0.113.2 \
	suite null-hmac-sha2-256-128 integ-key "$KEY"
cvt gw1 sa-add in 901 rule 11 mode tunnel local 2001:db8:1::1 \
	remote 2001:db8:2::2 suite null-hmac-sha2-256-128 integ-key "$KEY"
ask n-h1 inbox 78
seq=0
# sealed PACKET: the words that send it in ESP.
sealed() {
	seq=$((seq + 1))
	case $1 in
	*:*)	REPLY="esp 901 $KEY $seq 2001:db8:2::2 2001:db8:1::1 $1" ;;
	*)	REPLY="esp 900 $KEY $seq 203.0.113.2 192.0.2.1 $1" ;;
	esac
}
# fragments ENDS ID FIRST LAST: each "sealed" or "clear".
fragments() {
	local words part n=0
	for part in first last; do
		n=$((n + 1))
		words="$1,$2,$2-$3-$4,$part"
		if [ "${*:$((n + 2)):1}" = sealed ]; then
			sealed "$words"
		else
			REPLY="clear $words"
		fi
		ask n-isp "$REPLY" || return
	done
}
for ends in 10.2.0.99,10.1.0.99 fd02::99,fd01::99; do
	before=$(cvt gw1 counter in-clear)
	fragments $ends 1 sealed sealed
	check_equal "$ends: tunnelled fragments arrive" 1-sealed-sealed \
		"$(ask n-h1 taken 78 1)"
	fragments $ends 2 sealed clear
	fragments $ends 3 clear sealed
	fragments $ends 4 clear clear
	clear_dropped() {
		[ "$(cvt gw1 counter in-clear)" -ge $((before + 4)) ]
	}
	check "$ends: those in clear text are dropped" busywait clear_dropped
	sealed "$ends,5,whole"
	ask n-isp "$REPLY"
	check_equal "$ends: they are not joined to tunnelled ones" whole \
		"$(ask n-h1 taken 78 1)"
	# Which wait for their own.
	sealed "$ends,2,2-sealed-clear,last"
	ask n-isp "$REPLY"
	sealed "$ends,3,3-clear-sealed,first"
	ask n-isp "$REPLY"
	check_equal "$ends: which are still waiting for theirs" \
		"2-sealed-clear 3-clear-sealed" "$(ask n-h1 taken 78 2)"
done

# ESP that is for somebody else is what it is: clear text, whatever its SPI.
before=$(cvt gw1 counter in-clear)
ask n-isp "esp 900 $KEY 999 10.2.0.99 10.1.0.99 10.2.0.99,10.1.0.99,9,inner"
check "ESP to a protected host must be tunnelled too" \
	[ "$(cvt gw1 counter in-clear)" = $((before + 1)) ]

# --- the gateway's own traffic

check "what the gateway sends itself is protected" ask gw1 \
	"ping 10.2.0.2 10 1400 3000; udp 10.2.0.2 100 1000; tcp 10.2.0.2 100000;" \
	"ping fd02::2 10 1300 3000; udp fd02::2 100 1000; tcp fd02::2 100000"
check "and what is sent to it" ask h2 "ping 10.1.0.1 10 1400 3000; ping fd01::1 10 3000"

# --- XFRM and WireGuard to another peer at the same time

xfrm_to() {
	local peer=$1 here=$2 there=$3 mine=$4 theirs=$5
	echo "xfrm state add src $here dst $there proto esp spi $6 reqid 1
		mode tunnel aead rfc4106(gcm(aes)) 0x$KEY20 128
	xfrm state add src $there dst $here proto esp spi $7 reqid 1
		mode tunnel aead rfc4106(gcm(aes)) 0x$KEY20 128
	xfrm policy add src $mine dst $theirs dir out tmpl src $here
		dst $there proto esp reqid 1 mode tunnel
	xfrm policy add src $theirs dst $mine dir in tmpl src $there
		dst $here proto esp reqid 1 mode tunnel
	xfrm policy add src $theirs dst $mine dir fwd tmpl src $there
		dst $here proto esp reqid 1 mode tunnel" |
		sed -z 's/\n\t\t/ /g' | ip -n "$(ns "$peer")" -batch -
}
random_hex 20
KEY20=$REPLY
check "XFRM between two gateways" xfrm_to gw1 192.0.2.1 198.18.3.3 10.1.0.0/24 10.9.0.0/24 0x700 0x701
check "and on the other" xfrm_to gw3 198.18.3.3 192.0.2.1 10.9.0.0/24 10.1.0.0/24 0x701 0x700
on gw3 nft add rule inet fw more ip daddr 10.9.0.2 accept

wireguard() {
	local gw key_gw1 key_gw3
	key_gw1=$(wg genkey)
	key_gw3=$(wg genkey)
	for gw in gw1 gw3; do
		ip -n "$(ns $gw)" link add wg0 type wireguard || return
	done
	on gw1 wg set wg0 listen-port 51820 private-key <(echo "$key_gw1") \
		peer "$(wg pubkey <<<"$key_gw3")" allowed-ips 10.66.0.0/24 \
		endpoint 198.18.3.3:51820 || return
	on gw3 wg set wg0 listen-port 51820 private-key <(echo "$key_gw3") \
		peer "$(wg pubkey <<<"$key_gw1")" \
		allowed-ips 10.66.0.0/24,10.1.0.0/24 \
		endpoint 192.0.2.1:51820 || return
	ip_later gw1 addr add 10.66.0.1/24 dev wg0
	ip_later gw3 addr add 10.66.0.2/24 dev wg0
	ip_later gw1 link set wg0 up
	ip_later gw3 link set wg0 up
	ip_now
}
check "WireGuard between them" wireguard
three() {
	ask n-h1 "say c 3; say x 3; say ct 3; say xt 3"
	ask n-gw1 "say w 3; say wt 3"
}
check "three kinds of tunnels carry flows" ask n-h1 \
	"open c udp 10.2.0.99; open ct tcp 10.2.0.99;" \
	"open x udp 10.9.0.2; open xt tcp 10.9.0.2"
check "the gateway's in WireGuard" ask n-gw1 \
	"open w udp 10.66.0.2; open wt tcp 10.66.0.2"
check "all at once" three
check_equal "XFRM saw no error" "" "$(on gw1 awk '$2' /proc/net/xfrm_stat)"
check "XFRM's SPIs are not culvert's" [ "$(cvt gw1 counter in-spi-unknown)" -gt 0 ]

# --- a hub: from spoke to spoke, in by one SA and out by another

ip -n "$(ns gw1)" xfrm policy flush
ip -n "$(ns gw3)" xfrm policy flush
ip -n "$(ns gw1)" xfrm state flush
ip -n "$(ns gw3)" xfrm state flush
cvt gw1 policy "'$LOCAL_1 $(protect 20 10.1.0.0/24 10.9.0.0/24)
	$(protect 21 fd01::/64 fd09::/64)'" >/dev/null
cvt gw2 policy "'$LOCAL_2 $(protect 20 10.9.0.0/24 10.1.0.0/24)
	$(protect 21 fd09::/64 fd01::/64) $(protect 22 10.1.0.0/24 10.9.0.0/24)
	$(protect 23 fd01::/64 fd09::/64)'" >/dev/null
cvt gw3 policy "'$(protect 22 10.9.0.0/24 10.1.0.0/24)
	$(protect 23 fd09::/64 fd01::/64)'" >/dev/null
on gw2 nft "add rule inet fw more ip daddr 10.9.0.2 accept
	add rule inet fw more ip6 daddr fd09::2 accept"
on gw3 nft add rule inet fw more ip6 daddr fd09::2 accept
check "SAs of one spoke" pair 20 gw1 20 gw2
check "and of the other" pair 22 gw2 22 gw3
check "IPv6" pair 21 gw1 21 gw2 6
check "IPv6 of the other" pair 23 gw2 23 gw3 6
check "spokes reach each other through the hub" ask n-h1 \
	"open s udp 10.9.0.2; say s 3; open st tcp 10.9.0.2; say st 3;" \
	"open si icmp 10.9.0.2; say si 3;" \
	"open s6 udp fd09::2; say s6 3; open s6t tcp fd09::2; say s6t 3"
check_counter "strict reverse path filters have no complaint" 0 gw2 spoofed

# Where the hub's routes say that both are on its link, it may tell the one of the
# other: not in clear text, as the watchers see.
ip_later gw2 route replace 10.1.0.0/24 dev to-isp
ip_later gw2 route replace 10.9.0.0/24 dev to-isp
ip_later gw2 route replace fd01::/64 dev to-isp
ip_later gw2 route replace fd09::/64 dev to-isp
ip_now
check "the way out is the way in" ask n-h1 "say s 3; say st 3; say s6 3; say s6t 3"
redirects() {
	on gw2 awk '$1 == "IcmpMsg:" { for (i = 2; i <= NF; i++)
		if (!named[i]) named[i] = $i
		else if (named[i] == "OutType5") print $i }' /proc/net/snmp
}
check "the hub sends redirects" [ "$(redirects)" -gt 0 ]
defaults gw2 203.0.113.254 2001:db8:2::fe
for net in 10.1.0.0/24 10.9.0.0/24 fd01::/64 fd09::/64; do
	ip_later gw2 route del $net dev to-isp
done
ip_now

# --- everything is protected

TO_1_ALL="$(protect 30 0.0.0.0/0 10.1.0.0/24) $(protect 31 ::/0 fd01::/64)"
cvt gw2 policy "'$TO_1_ALL'" >/dev/null
cvt gw1 policy "'1 bypass dev to-isp proto udp local-port 500;
	2 bypass dev to-isp proto udp local-port 4500;
	3 bypass dev to-isp proto udp local-port 51820;
	$(protect 30 0.0.0.0/0 0.0.0.0/0) $(protect 31 ::/0 ::/0)'" >/dev/null
check "SAs for everything" pair 30 gw1 30 gw2
check "for IPv6" pair 31 gw1 31 gw2 6
on isp nft -f - <<'END'
table inet everything {
	counter clear { }
	chain pre {
		type filter hook prerouting priority raw
		iifname "to-gw1" meta l4proto esp accept
		iifname "to-gw1" udp dport { 500, 51820 } accept
		iifname "to-gw1" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept
		iifname "to-gw1" counter name clear
	}
}
END
on gw2 nft "add rule inet fw more ip daddr 198.51.100.2 accept
	add rule inet fw more ip6 daddr 2001:db8:4::2 accept"
check "the Internet is reached through the peer" ask n-h1 \
	"open i udp 198.51.100.2; say i 3; open it tcp 198.51.100.2; say it 3;" \
	"open i6 udp 2001:db8:4::2; say i6 3; open i6t tcp 2001:db8:4::2; say i6t 3"
ip -n "$(ns gw1)" neigh flush dev to-isp
ip -n "$(ns isp)" neigh flush dev to-gw1
check "addresses are resolved" ask n-h1 "say i 3; say i6 3"
check "IKE passes by" ask n-gw1 "open ike udp 203.0.113.2 sport 500 port 500; shout ike"
check "WireGuard too" ask n-gw1 "say w 3"
# The path of ESP becomes narrower.
ip -n "$(ns isp)" link set to-gw2 mtu 1400
# The first one teaches the gateway, the next its sender.
narrow() {
	ask n-h1 "error 198.51.100.2 1360 df again"
}
check_says "its path MTU is learnt" "type=3 code=4 from=10.1.0.1" narrow
check_counter "nothing of it leaves in clear text" 0 isp clear everything

# Split: what a rule before lets by is translated, and its answers come back; what
# it discards is gone, though translated it would be somebody else's.
cvt gw1 policy "'1 bypass dev to-isp proto udp local-port 500;
	2 bypass dev to-isp proto udp local-port 4500;
	3 bypass dev to-isp proto udp local-port 51820;
	4 bypass dev to-isp local 10.1.0.98;
	5 discard dev to-isp local 10.1.0.96;
	6 bypass dev to-isp local 192.0.2.1 remote 198.51.100.2;
	$(protect 30 0.0.0.0/0 0.0.0.0/0) $(protect 31 ::/0 ::/0)'" >/dev/null
check "a host that is let by reaches the Internet" ask n-h1 \
	"open b udp 198.51.100.2 from 10.1.0.98; say b 3;" \
	"open bt tcp 198.51.100.2 from 10.1.0.98; say bt 3;" \
	"open bi icmp 198.51.100.2 from 10.1.0.98; say bi 3"
check "translated" [ "$(connections gw1 \
	'src=10.1.0.98 dst=198.51.100.2 .*dst=192.0.2.1 ')" -ge 3 ]
nft_counter isp clear everything
before=$REPLY
discarded=$(cvt gw1 counter out-discard)
ask n-h1 "open d udp 198.51.100.2 from 10.1.0.96; shout d 3" || true
gone() {
	[ "$(cvt gw1 counter out-discard)" -gt "$discarded" ]
}
check "what a rule discards is discarded before it is translated" busywait gone
check_counter "and does not leave" "$before" isp clear everything

diag "$(cvt gw1 sas | tr ' ' '\n' | grep -E '^(spi|rule-id|path-mtu|stats.pmtus)' |
	paste -sd ' ')"
for gw in gw1 gw2 gw3; do
	diag "$gw" "$(cvt $gw counters)"
done
done_testing
