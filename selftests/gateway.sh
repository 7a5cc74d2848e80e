#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two gateways, a configuration each: the first packet between their networks
# makes a tunnel and is not lost, whichever side it comes from; the daemons go,
# and the tunnel stays.

. "$(dirname "$0")/lib/lib.sh"

CULVERTD=${CULVERTD:-$(dirname "$OUTPUT")/user/culvertd}
[ -x "$CULVERTD" ] || skip_all "culvertd is not built: make user"

topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
	gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"

# conf GATEWAY PEER MINE ITS MY-NETWORK ITS-NETWORK MY-NETWORK-6 ITS-NETWORK-6
conf() {
	cat >"$ARTIFACTS/$1.conf" <<-END
	access-list inside {
	    permit ip $5 $6
	    permit ip $7 $8
	}
	peer $2 {
	    local_addrs = $3
	    remote_addrs = $4
	    auth psk secret "$PSK"
	}
	crypto map outside interface to-$2 {
	    10 match address inside set peer $2
	}
	END
	chmod 600 "$ARTIFACTS/$1.conf"
}
PSK=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
conf gw1 gw2 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 fd01::/64 fd02::/64
conf gw2 gw1 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 fd02::/64 fd01::/64

rules() {
	busywait sh -c '[ "$(ip netns exec "$1" "$2" rules | wc -l)" -ge 2 ]' \
		- "$(ns "$1")" "$LIB/cvt.py"
}

# Not in ARTIFACTS: its file system may have no sockets.
SOCKETS=$(mktemp -d)
for node in gw1 gw2; do
	start_on $node "culvertd-$node" "$CULVERTD" -c "$ARTIFACTS/$node.conf" \
		-s "$SOCKETS/$node.sock"
done
for node in gw1 gw2; do
	check "$node has its rules" rules $node
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

done_testing
