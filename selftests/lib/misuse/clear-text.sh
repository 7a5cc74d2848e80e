#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Clear text of every kind on an outer link, and the answers to it.
# failed: 2
# expect: no clear text on gw1-gw2
# expect: no clear text on gw2-gw1
# expect: packets: marked plain text
# expect: packets: inner address as IPv4 source
# expect: packets: inner address as IPv4 destination
# expect: packets: inner address as ARP target
# expect: packets: pair of inner IPv4 addresses
# expect: packets: inner IPv6 address
. "$(dirname "$0")/../lib.sh"
topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 gw1 \
	192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"

# Between addresses that may be seen, what may not be seen.
on gw1 ping -q -c 1 -W 30 -s 100 -p "$MARKER" 192.0.2.2
# Between hosts, and to a host from an address that may be seen.
on h1 ping -q -c 1 -W 30 10.2.0.2
on h1 ping -q -c 1 -W 30 fd02::2
on gw1 ping -q -c 1 -W 30 10.2.0.2

# A gateway that looks for a host on the outer link.
on gw1 ip route replace 10.2.0.2/32 dev to-gw2
on gw1 ping -q -c 1 -W 1 10.2.0.2 || true

# Inside a tunnel that does not encrypt.
on gw1 python3 "$LIB/quote.py" ipip 192.0.2.2 10.1.0.2 10.2.0.2
done_testing
