# SPDX-License-Identifier: GPL-2.0-only
# A small internet with three gateways, each with the firewall that its owner
# would write: masquerade, reverse path filters, and no way in from outside but
# ESP and what answers. Sourced behind lib.sh and esp.sh.
#
#	h1 -- gw1 == isp == gw2 -- h2 -- h22
#	             |  ++
#	           inet   == gw3 -- h3
#
#	10.1       192.0.2  203.0.113  10.2  10.22
#	           198.51.100 (inet)   198.18.3 (gw3)  10.9 (h3)
#
# The watchers of the == links know the addresses above; 10.N.0.96 to 10.N.0.99
# of h1 and h2 they do not know, for packets that a test means to be seen there.

declare -A OUTSIDE=(
	[gw1,4]=192.0.2.1	[gw1,6]=2001:db8:1::1
	[gw2,4]=203.0.113.2	[gw2,6]=2001:db8:2::2
	[gw3,4]=198.18.3.3	[gw3,6]=2001:db8:3::3)

# gateways NAME...: what the picture has of them.
gateways() {
	local gw
	case " $* " in *" gw3 "*)
		topology "gw3 10.9.0.1/24,fd09::1/64 -- \
			10.9.0.2/24,fd09::2/64 h3" ;;
	esac
	topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
		gw1 192.0.2.1/24,2001:db8:1::1/64 == \
		192.0.2.254/24,2001:db8:1::fe/64 \
		isp 203.0.113.254/24,2001:db8:2::fe/64 == \
		203.0.113.2/24,2001:db8:2::2/64 gw2 \
		10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2 \
		10.22.0.1/24,fd22::1/64 -- 10.22.0.2/24,fd22::2/64 h22"
	case " $* " in *" gw3 "*)
		topology "isp 198.18.3.254/24,2001:db8:3::fe/64 == \
			198.18.3.3/24,2001:db8:3::3/64 gw3"
		defaults gw3 198.18.3.254 2001:db8:3::fe
		defaults h3 10.9.0.1 fd09::1
		ip_later isp route add 10.9.0.0/24 via 198.18.3.3
		ip_later isp route add fd09::/64 via 2001:db8:3::3 ;;
	esac
	topology "isp 198.51.100.254/24,2001:db8:4::fe/64 -- \
		198.51.100.2/24,2001:db8:4::2/64 inet"
	defaults inet 198.51.100.254 2001:db8:4::fe
	defaults gw1 192.0.2.254 2001:db8:1::fe
	defaults gw2 203.0.113.254 2001:db8:2::fe
	defaults h1 10.1.0.1 fd01::1
	defaults h2 10.2.0.1 fd02::1
	defaults h22 10.22.0.1 fd22::1
	# Deprecated, those of IPv6: an answer leaves by the first address.
	for gw in 96 97 98 99; do
		ip_later h1 addr add "10.1.0.$gw/24" dev to-gw1
		ip_later h1 addr add "fd01::$gw/64" dev to-gw1 preferred_lft 0
		ip_later h2 addr add "10.2.0.$gw/24" dev to-gw2
		ip_later h2 addr add "fd02::$gw/64" dev to-gw2 preferred_lft 0
	done
	# As packets of the gateway itself come from inside.
	ip_later gw1 route replace 10.2.0.0/24 via 192.0.2.254 src 10.1.0.1
	ip_later gw1 route replace fd02::/64 via 2001:db8:1::fe src fd01::1
	ip_now
	for gw; do
		on "$gw" sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
		firewall "$gw"
	done
	on isp nft -f - <<-'END'
	table inet isp {
		counter sealed { }
		counter clear { }
		counter secondary { }
		chain forward {
			type filter hook forward priority filter
			meta l4proto esp counter name sealed
			ip saddr { 192.0.2.9, 203.0.113.9 } counter name secondary
			ip6 saddr { 2001:db8:1::9, 2001:db8:2::9 } counter name secondary
			iifname "to-gw*" oifname "to-gw*" meta l4proto != { esp, icmp, icmpv6 } counter name clear
		}
	}
	END
}

defaults() {
	ip_later "$1" route replace default via "$2"
	ip_later "$1" route replace default via "$3"
}

# The firewall of a gateway. allowed: what may come in from outside anew.
firewall() {
	on "$1" nft -f - <<-END
	define outside = "to-isp"
	table inet fw {
		counter esp_in { }
		counter esp_out { }
		counter refused { }
		counter invalid { }
		counter allowed { }
		counter spoofed { }
		chain early {
			type filter hook prerouting priority raw
			ip saddr != 0.0.0.0 fib saddr . iif oif missing \
				counter name spoofed drop
			ip6 saddr != { ::, fe80::/10 } fib saddr . iif oif \
				missing counter name spoofed drop
		}
		chain input {
			type filter hook input priority filter; policy drop
			iifname != \$outside accept
			meta l4proto esp counter name esp_in accept
			meta l4proto { icmp, icmpv6 } accept
			udp dport { 500, 4500, 51820 } accept
			ct state established,related accept
		}
		chain output {
			type filter hook output priority filter; policy drop
			meta l4proto esp counter name esp_out accept
			accept
		}
		chain forward {
			type filter hook forward priority filter; policy drop
			ct state invalid counter name invalid drop
			ct state established,related accept
			iifname != \$outside accept
			jump more
			# Behind gw2 anybody may begin.
			ip daddr { 10.2.0.2, 10.22.0.0/24 } accept
			ip6 daddr { fd02::2, fd22::/64 } accept
			ip daddr { 10.1.0.99, 10.2.0.97, 10.2.0.99 } \
				counter name allowed accept
			ip6 daddr { fd01::99, fd02::97, fd02::99 } \
				counter name allowed accept
			counter name refused drop
		}
		chain more { }
		chain nat {
			type nat hook postrouting priority srcnat
			rt ipsec exists accept
			ip saddr 10.1.0.97 accept
			ip6 saddr fd01::97 accept
			oifname \$outside masquerade
		}
	}
	END
}

# nft_counter NODE NAME [TABLE]: its packets, in REPLY.
nft_counter() {
	local word
	REPLY=
	while read -r word REPLY _; do
		[ "$word" != packets ] || return 0
	done < <(on "$1" nft list counter inet "${3:-fw}" "$2")
}

check_counter() {
	local name=$1 expected=$2
	shift 2
	nft_counter "$@"
	check_equal "$name" "$expected" "$REPLY"
}

counter_is() {
	nft_counter "$2" "$3" "${4:-fw}"
	[ "$REPLY" -ge "$1" ]
}

# connections NODE PATTERN: how many entries conntrack has of what.
connections() {
	on "$1" grep -cE -- "$2" /proc/net/nf_conntrack || true
}

# drivers NODE...: starts their neighbours.py; ask n-h1 ...
drivers() {
	local node
	for node; do
		PATIENCE=$PATIENCE helper "$node" "n-$node" "$LIB/neighbours.py"
	done
}

# ---------------------------------------------------------------- tunnels

# next_spi: in SPI, one that no SA of this test had. A check that makes SAs runs in
# a process of its own, so the count is a file's.
next_spi() {
	echo >>"$ARTIFACTS/spis"
	SPI=$((4096 + $(wc -l <"$ARTIFACTS/spis")))
}

# pair RULE GATEWAY RULE GATEWAY [4|6 [LOCAL REMOTE]]: two SAs between them, each
# gateway's by the number of its rule; between other addresses than their first
# ones, if given.
pair() {
	local family=${5:-4}
	local a=${6:-${OUTSIDE[$2,$family]}} b=${7:-${OUTSIDE[$4,$family]}}
	one_way "$1" "$2" "$a" "$3" "$4" "$b"
	one_way "$3" "$4" "$b" "$1" "$2" "$a"
}

# one_way RULE GATEWAY ADDRESS RULE GATEWAY ADDRESS: from the first to the second.
one_way() {
	local words SPI
	next_spi
	random_hex 20
	words="mode tunnel suite aes-gcm-16 encr-key $REPLY"
	cvt "$5" sa-add in $SPI rule "$4" local "$6" remote "$3" "$words" &&
		cvt "$2" sa-add out $SPI rule "$1" local "$3" remote "$6" \
			"$words" activate
}

# protect ID LOCAL REMOTE [WORDS]: a rule of a gateway, on its outside.
protect() {
	echo "$1 protect dev to-isp local $2 remote $3 ${*:4};"
}
