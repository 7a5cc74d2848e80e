#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two gateways, a configuration each: the first packet between their networks
# makes a tunnel and is not lost, whichever side it comes from; the daemons go,
# and the tunnel stays.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/culvertd.sh"


topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
	gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"

culvertd_conf gw1 "10.1.0.0/24 10.2.0.0/24" "fd01::/64 fd02::/64"
culvertd_conf gw2 "10.2.0.0/24 10.1.0.0/24" "fd02::/64 fd01::/64"
for node in gw1 gw2; do
	culvertd_on $node
done
for node in gw1 gw2; do
	check "$node has its rules" has_rules $node 2
done
check "the first packets are answered" \
	on h1 ping -c 5 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
check "IPv6 has a tunnel of its own" \
	on h2 ping -c 5 -W "$PATIENCE" -p "$MARKER" fd01::2
for node in gw1 gw2; do
	stop "culvertd-$node"
done
check "tunnels stay when the daemons go" \
	on h1 ping -c 5 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
rm -r "$KEPT"

done_testing
