#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvert beside the rest of a gateway's firewall: masquerade, stateful filters,
# DNAT, flowtables, flows that were there before, notrack, strict reverse path
# filters. The picture is in lib/neighbours.sh.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/neighbours.sh"

gateways gw1 gw2
cvt_on gw1 gw2
drivers h1 h2 inet
traffic h1 h2

TO_2="$(protect 10 10.1.0.0/24 10.2.0.0/24) $(protect 11 fd01::/64 fd02::/64)"
TO_1="$(protect 10 10.2.0.0/24 10.1.0.0/24 mark 7) $(protect 11 fd02::/64 fd01::/64)"

# --- before there are rules: flows that are translated, or in a flowtable

on gw1 nft -f - <<'END'
table inet ft {
	flowtable f {
		hook ingress priority 0
		devices = { "to-h1", "to-isp" }
	}
	chain forward {
		type filter hook forward priority 10
		ip daddr { 10.2.0.96, 10.2.0.97 } ct state established flow add @f
		ip saddr { 10.2.0.96, 10.2.0.97 } ct state established flow add @f
		ip6 daddr { fd02::96, fd02::97 } ct state established flow add @f
		ip6 saddr { fd02::96, fd02::97 } ct state established flow add @f
	}
}
END
# What leaves in clear text is counted where it leaves.
on gw1 nft -f - <<'END'
table netdev out {
	counter clear { }
	chain out {
		type filter hook egress device "to-isp" priority 0
		ip daddr 10.2.0.0/24 counter name clear
		ip6 daddr fd02::/64 counter name clear
	}
}
END
on gw2 nft "add rule inet fw more ip daddr { 10.2.0.96, 10.2.0.98 } accept
	add rule inet fw more ip6 daddr { fd02::96, fd02::98 } accept"

clear_out() {
	while read -r word REPLY _; do
		[ "$word" != packets ] || return 0
	done < <(on gw1 nft list counter netdev out clear)
}

OLD="udp4 icmp4 udp6 icmp6 flow4 flow6 kept4 kept6 keptt4"
open_old() {
	ask n-h1 "open udp4 udp 10.2.0.99; open icmp4 icmp 10.2.0.99;" \
		"open udp6 udp fd02::99; open icmp6 icmp fd02::99;" \
		"open flow4 udp 10.2.0.96; open flow6 udp fd02::96;" \
		"open kept4 udp 10.2.0.97 from 10.1.0.97;" \
		"open kept6 udp fd02::97 from fd01::97;" \
		"open keptt4 tcp 10.2.0.97 from 10.1.0.97"
}
all_old() {
	local name line=
	for name in $OLD; do
		line+="$1 $name ${2:-};"
	done
	ask n-h1 "$line"
}
check "flows before there are rules" open_old
check "they are answered" all_old say 3
# The words of a flowtable's flows.
offloaded() {
	[ "$(connections gw1 "OFFLOAD")" = "$1" ]
}
check "those of the flowtable are in it" busywait offloaded 5
check "the translated ones are translated" \
	[ "$(connections gw1 'dst=10.2.0.99 .*dst=192.0.2.1 ')" = 2 ]

# --- a rule comes while they run

check "the peer has rules" cvt gw2 policy "'$TO_1'"
streams() {
	all_old stream && cvt gw1 policy "'$TO_2'" >/dev/null && clear_out
}
check "rules come while flows run" streams
clear_out
before=$REPLY
check "SAs" pair 10 gw1 10 gw2
check "SAs, IPv6" pair 11 gw1 11 gw2 6
hushed=$(all_old still && all_old hush) || true
check_equal "each of the flows is answered in the tunnel" 9 \
	"$(grep -c sent <<<"$hushed")"
diag "$hushed"
clear_out
check_equal "no packet left in clear text behind the commit" "$before" "$REPLY"
check_equal "no connection of theirs is translated, or in the flowtable" 0 \
	"$(connections gw1 'dst=10[.]2[.]0[.]9[679] .*(dst=192.0.2.1 |OFFLOAD)')"
lost=$(awk -F'[= ]' '{ lost += $2 - $4 } END { print lost + 0 }' <<<"$hushed")
stale=$(cvt gw1 counter out-nat-stale)
diag "lost on the way: $lost, out-nat-stale: $stale"
check "the counters say what was dropped" [ "$stale" -le "$lost" ]
check "they go on" all_old say 3
check_equal "and stay out of the flowtable" 0 "$(connections gw1 OFFLOAD)"
all_old close

# --- masquerade and a stateful filter, on both gateways

both_reach() {
	ask h1 "ping 10.2.0.2 10 1400 3000; udp 10.2.0.2 100 1000;" \
		"tcp 10.2.0.2 100000; ping fd02::2 10 1300;" \
		"udp fd02::2 100; tcp fd02::2 100000"
}
check "flows from inside are answered through the tunnel" both_reach
check_counter "no answer is invalid" 0 gw1 invalid
check_counter "nor on the other side" 0 gw2 invalid
check_counter "strict reverse path filters have no complaint" 0 gw1 spoofed
# A new one from the tunnel is the filter's to refuse, or to allow.
nft_counter gw1 refused
before=$REPLY
ask n-h2 "open knock udp 10.1.0.2; shout knock; open knock6 udp fd01::2; shout knock6"
check "the filter refuses a new flow from the tunnel" \
	busywait counter_is $((before + 2)) gw1 refused
check "it allows the one that it has a rule for" \
	ask n-h2 "open ok udp 10.1.0.99; say ok 3; open ok6 udp fd01::99; say ok6 3"
check "a TCP connection too" ask n-h2 "open okt tcp 10.1.0.99; say okt 3"
ask n-h2 "close knock; close knock6; close ok; close ok6; close okt"

check "the Internet is reached meanwhile" ask n-h1 \
	"open i udp 198.51.100.2; say i 3; open t tcp 198.51.100.2; say t 3;" \
	"open p icmp 198.51.100.2; say p 2"
check_equal "its flows are translated" 3 \
	"$(connections gw1 'dst=198.51.100.2 .*dst=192.0.2.1 ')"
# ping_and RULE: what a commit of the rule does to a ping to the Internet, which
# is translated.
pings() {
	connections gw1 'icmp .*dst=198.51.100.2 .*dst=192.0.2.1 '
}
ping_and() {
	cvt gw1 policy "'$TO_2'" >/dev/null
	ask n-h1 "close p; open p icmp 198.51.100.2; say p 1" >/dev/null
	[ "$(pings)" -ge 1 ] || echo "it was not translated"
	cvt gw1 policy "'$TO_2 $1'" >/dev/null
	if [ "$(pings)" = 0 ]; then
		echo ends
	else
		echo stays
	fi
}
check_equal "a rule for echo requests ends a translated ping" ends \
	"$(ping_and "$(protect 15 10.1.0.0/24 198.51.100.0/24 protocol icmp icmp-type 8)")"
check_equal "a rule for time stamps does not" stays \
	"$(ping_and "$(protect 16 10.1.0.0/24 198.51.100.0/24 protocol icmp icmp-type 13)")"
check_equal "nor does one of another device" stays \
	"$(ping_and "17 protect dev to-h1 local 10.1.0.0/24 remote 198.51.100.0/24;")"
cvt gw1 policy "'$TO_2'" >/dev/null
ask n-h1 "close i; close t; close p"
check_equal "conntrack has one entry for the ESP of both" 1 \
	"$(connections gw1 'unknown +50 .*src=192.0.2.1 ')"
check_equal "and one for IPv6's" 1 "$(connections gw1 'ipv6 .*unknown +50 ')"
for name in esp_in esp_out; do
	check "ESP is the firewall's to see: $name" counter_is 20 gw1 $name
done

# --- an SA bound to a secondary address

ip_later gw1 addr add 192.0.2.9/24 dev to-isp
ip_later gw2 addr add 203.0.113.9/24 dev to-isp
ip_later gw1 addr add 2001:db8:1::9/64 dev to-isp
ip_later gw2 addr add 2001:db8:2::9/64 dev to-isp
ip_now
check "SAs between secondary addresses" pair 10 gw1 10 gw2 4 192.0.2.9 203.0.113.9
check "IPv6" pair 11 gw1 11 gw2 6 2001:db8:1::9 2001:db8:2::9
nft_counter isp sealed isp
esp=$REPLY
check "hosts reach each other through them" both_reach
nft_counter isp sealed isp
esp=$((REPLY - esp))
check_counter "each ESP packet has the secondary address" "$esp" isp secondary isp
check_equal "conntrack has one entry for them" 1 \
	"$(connections gw1 'unknown +50 .*src=192.0.2.9 ')"
check_equal "nobody translated them" 0 \
	"$(connections gw1 'unknown +50 .*src=192.0.2.9 .*dst=192.0.2.1 ')"

# --- a mark

on gw2 nft -f - <<'END'
table inet marks {
	counter marked { }
	counter others { }
	chain pre {
		type filter hook prerouting priority mangle
		meta mark 7 ip saddr 10.1.0.0/24 iifname "to-isp" counter name marked
		meta mark != 7 ip saddr 10.1.0.0/24 iifname "to-isp" counter name others
	}
}
END
ask h1 ping 10.2.0.2 10 20 30
check_counter "decrypted packets have the mark of their rule" 3 gw2 marked marks
check_counter "all of them" 0 gw2 others marks

# --- DNAT

on gw2 nft -f - <<'END'
table ip ports {
	chain pre {
		type nat hook prerouting priority dstnat
		ip daddr 10.2.0.250 dnat to 10.2.0.97
	}
}
END
on gw1 nft -f - <<'END'
table ip ports {
	chain pre {
		type nat hook prerouting priority dstnat
		ip daddr { 10.2.0.251, 172.16.0.1 } dnat to 10.2.0.97
	}
}
END
check "a DNATed host is reached through the tunnel" ask n-h1 \
	"open d udp 10.2.0.250; say d 3; open dt tcp 10.2.0.250; say dt 3"
check "a destination is DNATed into the tunnel" ask n-h1 \
	"open v udp 172.16.0.1; say v 3; open vt tcp 172.16.0.1; say vt 3"
# Conntrack must give one of them another port.
check "and by the port of another flow to the same host" ask n-h1 \
	"open a udp 10.2.0.97 sport 5555; say a 2; close a;" \
	"open b udp 10.2.0.251 sport 5555; say b 4; close b"
ask n-h1 "close d; close dt; close v; close vt"

# --- notrack

on gw1 nft -f - <<'END'
table inet raw {
	chain pre {
		type filter hook prerouting priority raw
		ip daddr 10.2.0.98 notrack
		ip saddr 10.2.0.98 notrack
		meta l4proto esp notrack
	}
	chain out {
		type filter hook output priority raw
		meta l4proto esp notrack
	}
}
END
on gw1 nft insert rule inet fw forward ct state untracked accept
check "packets that are not tracked pass the tunnel" ask n-h1 \
	"open n udp 10.2.0.98; say n 3; close n; open n icmp 10.2.0.98; say n 3; close n"
check_equal "they were not tracked" 0 "$(connections gw1 '10.2.0.98')"
check "the others pass too" both_reach
on gw1 nft delete table inet raw

# --- a flowtable for all

on gw1 nft add rule inet ft forward ct state established flow add @f
check "protected flows do not mind a flowtable" both_reach
check "long ones neither" ask n-h1 \
	"open x udp 10.2.0.99; say x 10; open y tcp 10.2.0.99; say y 10; close x; close y"
check_equal "none is in it" 0 "$(connections gw1 'dst=10[.]2[.]0[.].*OFFLOAD')"
check "others are" ask n-h1 "open x udp 198.51.100.2; say x 10"
check_says "in the flowtable" "dst=198.51.100.2.*OFFLOAD" \
	on gw1 cat /proc/net/nf_conntrack

# A flow from before the rules, and a flowtable that would take its next packet: it
# takes it in FORWARD, before that packet meets a rule.
cvt gw1 policy "'9 bypass local 10.99.0.0/24'" >/dev/null
cvt gw2 policy "'9 bypass local 10.99.0.0/24'" >/dev/null
on gw1 nft flush chain inet ft forward
check "a flow without rules" ask n-h1 \
	"open late udp 10.2.0.97 from 10.1.0.97; say late 3"
cvt gw2 policy "'$TO_1'" >/dev/null
cvt gw1 policy "'$TO_2'" >/dev/null
check "SAs again" pair 10 gw1 10 gw2
check "SAs again, IPv6" pair 11 gw1 11 gw2 6
on gw1 nft add rule inet ft forward ct state established flow add @f
clear_out
before=$REPLY
check "it goes on in the tunnel" ask n-h1 "say late 5; close late"
check_equal "and not in the flowtable" 0 "$(connections gw1 'dst=10[.]2[.]0[.].*OFFLOAD')"
clear_out
check_equal "nothing of it left in clear text" "$before" "$REPLY"

# --- what comes around IP's hooks, from a device that joins packets: their
# control block is not IP's.

around() {
	local mac before
	mac=$(on gw1 cat /sys/class/net/to-h1/address)
	before=$(cvt gw1 counter out-egress)
	on gw1 ethtool -K to-h1 gro on
	on gw1 nft -f - <<-'END'
	table netdev around {
		chain in {
			type filter hook ingress device "to-h1" priority 0
			ip daddr 10.2.0.99 udp dport 78 fwd to "to-isp"
			ip6 daddr fd02::99 udp dport 78 fwd to "to-isp"
		}
	}
	END
	clear_out
	clear=$REPLY
	ask n-h1 "frame to-gw1 $mac 10.1.0.99,10.2.0.99,1,a;" \
		"frame to-gw1 $mac 10.1.0.99,10.2.0.99,1,a pad;" \
		"frame to-gw1 $mac fd01::99,fd02::99,1,a;" \
		"frame to-gw1 $mac fd01::99,fd02::99,1,a pad;" \
		"segments 10.2.0.99 100 4; segments 10.2.0.99 100 6;" \
		"segments fd02::99 100 5" || return
	busywait came_around 7 || return
	clear_out
	check_equal "the device drops what came around IP" 7 \
		"$(($(cvt gw1 counter out-egress) - before))"
}
came_around() {
	clear_out
	[ "$REPLY" -ge $((clear + $1)) ]
}
around || fail "packets come around IP"
on isp nft list counters table inet isp | sed 's/^/# /'

done_testing
