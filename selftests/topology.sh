#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test library's picture of a network is what the kernel then has, and its
# watcher is content with a link that carries nothing clear.

. "$(dirname "$0")/lib/lib.sh"

topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 gw1 \
	192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"

check "a host reaches its gateway" on h1 ping -q -c 1 -W 30 10.1.0.1
check "a host reaches its gateway, IPv6" on h1 ping -q -c 1 -W 30 fd01::1
check "the gateways reach each other" on gw1 ping -q -c 3 -i 0.2 -W 30 192.0.2.2
check "the gateways reach each other, IPv6" \
	on gw1 ping -q -c 3 -i 0.2 -W 30 2001:db8::2

check_says "a route leads beyond two routers" "via 192.0.2.2 dev to-gw2" \
	on gw1 ip route get 10.2.0.2
check_says "a route leads beyond two routers, IPv6" "via fd01::1 dev to-gw1" \
	on h1 ip route get fd02::2
check_says "a route leads back" "via 10.2.0.1 dev to-gw2" \
	on h2 ip route get 10.1.0.2

# Marked traffic and inner addresses may pass inner links.
check "inner links carry what they like" \
	on h2 ping -q -c 3 -i 0.2 -W 30 -p "$MARKER" 10.2.0.1

done_testing
