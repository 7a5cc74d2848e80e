#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A packet between hosts, in clear.
# expect: no clear text on gw1-gw2
# expect: inner address as IPv4 source
. "$(dirname "$0")/../lib.sh"
topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 gw1 \
	192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"
on h1 ping -q -c 1 -W 30 10.2.0.2
done_testing
