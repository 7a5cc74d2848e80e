#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A gateway that looks for an inner host on the outer link.
# expect: no clear text on gw1-gw2
# expect: inner address as ARP target
. "$(dirname "$0")/../lib.sh"
topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 gw1 \
	192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"
on gw1 ip route replace 10.2.0.0/24 dev to-gw2
on gw2 sysctl -qw net.ipv4.conf.all.proxy_arp=0
on gw1 ping -q -c 1 -W 1 10.2.0.2 || true
done_testing
