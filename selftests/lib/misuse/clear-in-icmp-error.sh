#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nothing but an ICMP error that quotes a packet between hosts: the packet itself
# came by another way.
# expect: no clear text on gw1-gw2
# expect: 1 packets: pair of inner IPv4 addresses
. "$(dirname "$0")/../lib.sh"
topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 == 192.0.2.2/24 gw2"
on gw1 python3 "$LIB/quote.py" icmp 192.0.2.2 10.1.0.2 10.1.0.1
done_testing
