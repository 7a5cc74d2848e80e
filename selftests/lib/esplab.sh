# SPDX-License-Identifier: GPL-2.0-only
# Sourced behind lib.sh: the namespaces of scripts that are made of esplab.py.

# The peer and the host are packet sockets; their kernels stay silent. The link
# between the gateways is no outer link: clear text on it is part of the test,
# and esplab.py looks at every packet that leaves the gateway.
esp_lab() {
	local node mac far
	topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
		gw1 192.0.2.1/24,2001:db8::1/64 -- \
		192.0.2.2/24,2001:db8::2/64 gw2"
	for node in h1 gw2; do
		on $node nft 'table inet silent { chain every {
			type filter hook prerouting priority -450; policy drop;
		}; }'
		mac=$(on $node cat /sys/class/net/to-gw1/address)
		case $node in
		h1)	set -- 10.1.0.2 fd01::2 ;;
		gw2)	set -- 192.0.2.2 2001:db8::2 ;;
		esac
		ip_later gw1 neigh replace "$1" lladdr "$mac" dev to-$node
		ip_later gw1 neigh replace "$2" lladdr "$mac" dev to-$node
		far=$mac
		mac=$(on gw1 cat /sys/class/net/to-$node/address)
		case $node in
		h1)	set -- 10.1.0.1 fd01::1 ;;
		gw2)	set -- 192.0.2.1 2001:db8::1 ;;
		esac
		ip_later $node neigh replace "$1" lladdr "$mac" dev to-gw1
		ip_later $node neigh replace "$2" lladdr "$mac" dev to-gw1
	done
	for node in 192.0.2.71 192.0.2.72 192.0.2.73 \
			2001:db8::71 2001:db8::72 2001:db8::73; do
		ip_later gw1 neigh replace "$node" lladdr "$far" dev to-gw2
	done
	ip_later h1 route add 10.0.0.0/8 via 10.1.0.1
	ip_later h1 route add fd00::/8 via fd01::1
	ip_later gw1 addr add 192.0.2.11/24 dev to-gw2
	ip_later gw1 route add 10.0.0.0/8 via 192.0.2.2
	ip_later gw1 route add fd00::/8 via 2001:db8::2
	ip_now
	on gw1 sh -c 'cd /proc/sys/net
		echo 0 >ipv4/icmp_ratelimit
		echo 0 >ipv6/icmp/ratelimit'
	export H1=$(ns h1) GW1=$(ns gw1) GW2=$(ns gw2) PATIENCE
}
