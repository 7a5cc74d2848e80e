#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sizes: how long packets are on the wire, how long they may be inside, and what
# becomes of those that are longer. A router stands between the gateways.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

ADDRESS+=([gw2,4]=198.51.100.2 [gw2,6]=2001:db8:1::2)
OUTSIDE=([gw1]=to-r [gw2]=to-r)
topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
	gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.9/24,2001:db8::9/64 \
	r 198.51.100.9/24,2001:db8:1::9/64 == \
	198.51.100.2/24,2001:db8:1::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"
esp_legible h1 10.3.0 fd73: gw1 192.0.2.9 2001:db8::9 10.4.0 fd74:
esp_legible h2 10.4.0 fd74: gw2 198.51.100.9 2001:db8:1::9 10.3.0 fd73:
ip_now
traffic h1 h2
cvt_on gw1 gw2
probes h1 gw1 r gw2 h2
on gw1 sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
start_on gw1 events "$LIB/cvt.py" events
wait_log events '^ready$'

# ---------------------------------------------------------------- the arithmetic

# RFC 4303, in octets, of the tunnel that esp described.
arithmetic() {
	case ${ESP[suite]} in
	aes-gcm-*)	iv=8 icv=${ESP[suite]##*-} block=4 ;;
	chacha20-*|*-gmac)	iv=8 icv=16 block=4 ;;
	aes-cbc-*)	iv=16 icv=$((${ESP[suite]##*-} / 8)) block=16 ;;
	null-*)		iv=0 icv=$((${ESP[suite]##*-} / 8)) block=4 ;;
	esac
	header=20
	[ "${ESP[outer]}" = 4 ] || header=40
	[ "${ESP[encap]}" = none ] || header=$((header + 8))
}

# wire INNER: the outer packet of an inner one.
wire() {
	echo $((header + 8 + iv + ($1 + 2 + block - 1) / block * block + icv))
}

# fits MTU: the longest inner packet.
fits() {
	local inner=$1
	while [ "$(wire $inner)" -gt "$1" ]; do
		inner=$((inner - 1))
	done
	echo $inner
}

# begin_tunnel NAME=VALUE...
begin_tunnel() {
	local marker=$MARKER
	tunnel "$@"
	arithmetic
	mtu=$(fits 1500)
	to=${ADDRESS[h2,${ESP[inner]}]}
	ip_header=28
	[ "$(family "$to")" = 4 ] || ip_header=48
	rules gw1 "$N"
	rules gw2 "$N"
	install gw2 "$N"
	install gw1 "$N"
	esp_is_secret || marker=-
	if [ "$marker" != "${marked:-}" ]; then
		ask h1 marker "$marker"
		ask h2 marker "$marker"
		p h1 marker "${marker/-/00}"
		marked=$marker
	fi
}

# stat NODE WAY NAME
stat() {
	sa "$1" "$2" "$N" sa-get | field "stats.$3"
}

# knock OCTETS-OF-IP [df]
knock() {
	p h1 knock k "$to" 9 $(($1 - ip_header)) ${2:-}
}

told() {
	if [ "$(family "$to")" = 4 ]; then
		echo "3/4/EMSGSIZE/${ADDRESS[h1,${ESP[inner]}]%.*}.1/$1"
	else
		echo "2/0/EMSGSIZE/${ADDRESS[h1,${ESP[inner]}]%2}1/$1"
	fi
}

# told MTU: the ICMP error about a packet that was too big.
told() {
	local net=${NETWORK[gw1,${ESP[inner]}]%/*}
	case $to in
	*:*)	echo "2/0/EMSGSIZE/${net}1/$1" ;;
	*)	echo "3/4/EMSGSIZE/${net%.0}.1/$1" ;;
	esac
}

# ---------------------------------------------------------------- each suite

# sizes_are WORDS...: pings of 100 and 200 octets, the longest inner packet, one
# that is an octet longer.
sizes_are() {
	local d=d ping=d seen
	begin_tunnel "$@"
	# Pings over IPv4 have no DF, packets over IPv6 all have.
	[ "${ESP[outer]}" = 4 ] || d=
	[ "$d${ESP[inner]%n}" = d6 ] || ping=
	p gw1 sniff to-r
	ask h1 ping "$to" 100 200
	p gw1 wire 2 out >/dev/null
	knock "$mtu" df
	p gw1 wire 3 out >/dev/null
	knock $((mtu + 1)) df
	seen=$(p h1 error k)
	check_equal "$*: what is on the wire, what is too long" \
		"$(wire $((100 + ip_header)))$ping\
 $(wire $((200 + ip_header)))$ping $(wire "$mtu")$d, $(told "$mtu")" \
		"$(p gw1 wire 3 out), $seen"
	check_equal "$*: the inner MTU that the SA and explain tell" \
		"$mtu $mtu $(wire "$mtu")" \
		"$(sa gw1 out "$N" sa-get | field inner-mtu) $(cvt gw1 explain out \
			dev to-r "${ADDRESS[h1,${ESP[inner]}]}" "$to" udp 1 9 \
			length "$mtu" |
			sed 's/.*wire-length=\([0-9]*\) inner-mtu=\([0-9]*\).*/\2 \1/')"
}

sizes_are suite=aes-cbc-hmac-sha1-96 key=256
check_equal "-s 100 is 200 octets, -s 200 is 296" "200 296" \
	"$(wire 128) $(wire 228)"
for suite in aes-gcm-16 aes-gcm-12 aes-gcm-8 chacha20-poly1305 null-aes-gmac \
		aes-cbc-hmac-sha2-256-128 aes-cbc-hmac-sha2-384-192 \
		aes-cbc-hmac-sha2-512-256 null-hmac-sha1-96 \
		null-hmac-sha2-256-128 null-hmac-sha2-384-192 \
		null-hmac-sha2-512-256; do
	sizes_are suite=$suite
done
sizes_are encap=udp
sizes_are outer=6
sizes_are inner=6
sizes_are inner=6 outer=6 encap=udp suite=aes-cbc-hmac-sha2-256-128

# ---------------------------------------------------------------- too long

begin_tunnel inner=4
p gw1 sniff to-r
ask h1 ping "$to" $((mtu - 28)) $((mtu - 27)) 1472
check_equal "what has no DF is fragmented before encryption" "0 2 4" \
	"$(stat gw1 out pre-frag-failures) $(stat gw1 out pre-frag-successes)\
 $(stat gw1 out fragments-created)"
check_equal "nothing is fragmented behind it" "" \
	"$(p gw1 wire 5 out | tr ' ' '\n' | grep f || true)"
check_equal "the peer counts fragments" 4 "$(stat gw2 in fragments-in)"
knock 1500 df
p h1 error k >/dev/null
check_equal "what has DF is dropped, and its sender told" "1 1" \
	"$(stat gw1 out pmtus-sent) $(stat gw1 out drop.out-too-big)"

begin_tunnel inner=6
p gw1 sniff to-r
knock 1500 df
check_equal "over IPv6 the sender is told" "$(told "$mtu")" "$(p h1 error k)"

# df HOW OF-A-PACKET-WITHOUT OF-ONE-WITH
df() {
	RULE_WORDS="df $1" begin_tunnel inner=4
	p gw1 sniff to-r
	knock 100
	p gw1 wire 1 out >/dev/null
	knock 100 df
	check_equal "df $1" "$(wire 100)$2 $(wire 100)$3" "$(p gw1 wire 2 out)"
}
df copy "" d
df set d d
df clear "" ""
p gw1 sniff to-r
knock 1500 df
p gw1 wire 2 out >/dev/null
check_equal "df clear: what has DF is fragmented" "1 2 0" \
	"$(stat gw1 out pre-frag-successes) $(stat gw1 out fragments-created)\
 $(stat gw1 out pmtus-sent)"

# ---------------------------------------------------------------- padding

begin_tunnel inner=4
sa gw1 out "$N" sa-set tfc 500
p gw1 sniff to-r
ask h1 ping "$to" 1 50 100 333 472
check_equal "packets padded to 500 octets are of one length" \
	"$(for i in 1 2 3 4 5; do wire 500; done | paste -sd ' ')" \
	"$(p gw1 wire 5 out)"
sa gw1 out "$N" sa-set tfc 0xffffffff
p gw1 sniff to-r
ask h1 ping "$to" 1 900 $((mtu - 28))
check_equal "packets padded to the path MTU are of that" \
	"$(wire "$mtu") $(wire "$mtu") $(wire "$mtu")" "$(p gw1 wire 3 out)"
sa gw1 out "$N" sa-set tfc 0

dummies() {
	p gw1 sniff to-r
	cvt gw1 sa-dummy "$(spi "$N" gw1 out)" 3 128 \
		remote "${ADDRESS[gw2,${ESP[outer]}]}"
	check_equal "dummies, $1, look like others" \
		"$(wire 128) $(wire 128) $(wire 128)" "$(p gw1 wire 3 out | tr -d d)"
	check "they arrive and go no further" busywait equals "3 3" dummy_stats
}
dummy_stats() {
	echo "$(stat gw1 out tfc-sent) $(stat gw2 in tfc-rcvd)"
}
dummies "in a tunnel"
tunnel mode=transport outer=4
arithmetic
rules gw1 "$N"
rules gw2 "$N"
install gw2 "$N"
install gw1 "$N"
dummies "in transport mode"
tunnel mode=transport outer=6 encap=udp
arithmetic
rules gw1 "$N"
rules gw2 "$N"
install gw2 "$N"
install gw1 "$N"
dummies "in transport mode over IPv6"

# ---------------------------------------------------------------- TCP

# clamped NAME=VALUE...: what h1 and h2 see of each other's MSS.
clamped() {
	local headers=40 mine=1460 node
	[ "$(family "$to")" = 4 ] || headers=60 mine=1440
	# A host that was told of the path offers less by itself.
	for node in h1 h2; do
		ip -n "$(ns $node)" -4 route flush cache
		ip -n "$(ns $node)" -6 route flush cache
	done
	p h1 sniff to-gw1
	p h2 sniff to-gw2
	ask h1 tcp "$to" 1000
	check_equal "$1: the MSS is lowered in both directions" \
		"$(($2 - headers)) $mine, $(($2 - headers)) $mine" \
		"$(p h1 syn), $(p h2 syn)"
	check_equal "$1: it is counted" "1 1" \
		"$(stat gw1 out mss-clamped) $(stat gw1 in mss-clamped)"
}
RULE_WORDS=mss-clamp begin_tunnel inner=4
rules gw2 "${RULE[$N,gw2]% mss-clamp}"
clamped "mss-clamp" "$mtu"
RULE_WORDS=mss-clamp begin_tunnel inner=6
rules gw2 "${RULE[$N,gw2]% mss-clamp}"
clamped "mss-clamp, IPv6" "$mtu"

begin_tunnel inner=4
p gw2 gro to-r on
p gw1 sniff to-h1
p h2 sniff to-gw2
ask h1 tcp "$to" 200000
watchers_rest
segments=$(p gw1 seen)
joined=$(p h2 seen)
check "large segments come from the host" \
	test "$(field longest <<<"$segments")" -gt 1500
check "packets through the SA are those of the wire" \
	test "$(sa gw1 out "$N" sa-get | field packets)" -ge \
	$((200000 / (mtu - 40)))
check "what was opened is joined" \
	test "$(field longest <<<"$joined")" -gt "$mtu"

# Room for a trailer is what a packet's length leaves of its memory: in transport
# mode the payload that is padded is less than the packet, by four octets modulo a
# block over IPv4 and by eight over IPv6. Where its end falls depends on all headers.
for outer in 4 6; do
	start_on gw2 segments "$LIB/segments.py" serve 5005
	wait_log segments '^ready$'
	for suite in aes-cbc-hmac-sha1-96 aes-cbc-hmac-sha2-256-128 \
			aes-cbc-hmac-sha2-384-192 aes-cbc-hmac-sha2-512-256; do
		tunnel mode=transport inner=$outer outer=$outer suite=$suite
		rules gw1 "$N"
		rules gw2 "$N"
		install gw2 "$N"
		install gw1 "$N"
		for stamps in 0 1; do
			on gw1 sysctl -qw net.ipv4.tcp_timestamps=$stamps
			check_says "IPv$outer, $suite, timestamps $stamps: segments of all lengths" \
				'^sizes=24$' on gw1 "$LIB/segments.py" send \
				"${ADDRESS[gw2,$outer]}" 5005 320 412 4
		done
	done
	stop segments
done

# ---------------------------------------------------------------- the path

path() {
	local all
	all=$(sa gw1 out "$N" sa-get)
	echo "path $(field path-mtu <<<"$all"), media $(field media-mtu <<<"$all"),\
 inner $(field inner-mtu <<<"$all"), learnt $(field stats.pmtus-rcvd <<<"$all")"
}

ip -n "$(ns r)" link set to-gw2 mtu 1400
ip -n "$(ns gw2)" link set to-r mtu 1400

# learns FAMILY: of the tunnel that was begun.
learns() {
	# Nobody on the path sent these: their SPI, their number.
	knock 1000
	p r frag-needed "${ADDRESS[gw1,$1]}" 1300 \
		$(($(spi "$N" gw1 out) + 1)) 1 \
		"${ADDRESS[gw1,$1]}" "${ADDRESS[gw2,$1]}"
	p r frag-needed "${ADDRESS[gw1,$1]}" 1300 "$(spi "$N" gw1 out)" \
		4000000000 "${ADDRESS[gw1,$1]}" "${ADDRESS[gw2,$1]}"
	knock "$mtu" df
	check "outer IPv$1: a router's smaller link is learnt" busywait equals \
		"path 1400, media 1500, inner $(fits 1400), learnt 1" path
	check "outer IPv$1: user space is told" wait_log events \
		"^sa-event .*spi=$(spi "$N" gw1 out) .*reason=path-mtu path-mtu=1400"
	check "outer IPv$1: it will be forgotten" \
		test "$(sa gw1 out "$N" sa-get | field path-mtu-age)" -gt 0
	mtu=$(fits 1400)
	knock $((mtu + 1)) df
	check_equal "outer IPv$1: the host is told" "$(told "$mtu")" \
		"$(p h1 error k)"
	p gw2 sniff to-r
	knock "$mtu" df
	check_equal "outer IPv$1: what just fits arrives" "$(wire "$mtu")" \
		"$(p gw2 wire 1 in | tr -d d)"
}

# forgets FAMILY: what was learnt.
forgets() {
	on gw1 ip "-$1" route flush cache
	check_equal "outer IPv$1: forgotten with the route" \
		"path 1500, media 1500, inner $(fits 1500), learnt 1" "$(path)"
	on gw1 sysctl -qw "net.ipv$1.route.mtu_expires=1"
	mtu=$(fits 1500)
	knock "$mtu" df
	check "outer IPv$1: learnt again" \
		busywait equals 2 stat gw1 out pmtus-rcvd
	check "outer IPv$1: it ages" busywait equals \
		"path 1500, media 1500, inner $mtu, learnt 2" path
	check_equal "outer IPv$1: and is told to be the route's" 0 \
		"$(sa gw1 out "$N" sa-get | field path-mtu-age)"
	on gw1 sysctl -qw "net.ipv$1.route.mtu_expires=600"
}

RULE_WORDS=mss-clamp begin_tunnel inner=4
rules gw2 "${RULE[$N,gw2]% mss-clamp}"
learns 4
clamped "mss-clamp, on a smaller path" "$mtu"
forgets 4
begin_tunnel inner=6 outer=6
learns 6
forgets 6
begin_tunnel inner=4 encap=udp
knock "$mtu" df
check "ESP in UDP: a router's smaller link is learnt" busywait equals \
	"path 1400, media 1500, inner $(fits 1400), learnt 1" path

done_testing
