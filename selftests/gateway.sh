#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two gateways, a configuration each: the first packet between their networks
# makes a tunnel and is not lost, whichever side it comes from; the daemons go,
# and the tunnel stays.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/culvertd.sh"
CULVERT=$(dirname "$CULVERTD")/culvert

topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
	gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2 \
	10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"

culvertd_conf gw1 "10.1.0.0/24 10.2.0.0/24" "fd01::/64 fd02::/64"
culvertd_conf gw2 "10.2.0.0/24 10.1.0.0/24" "fd02::/64 fd01::/64"
cp -p "$ARTIFACTS/gw1.conf" "$ARTIFACTS/plain.conf"
# The parser's limits of what may wait are the kernel's.
echo "hold-octets 4096" >>"$ARTIFACTS/gw1.conf"
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

# look GATEWAY WORDS...: what the command says there.
look() {
	on "$1" "$CULVERT" --socket "$KEPT/$1.sock" "${@:2}"
}
# apply LINE...: gw1's configuration as it was, with these lines; warnings are told.
apply() {
	printf '%s\n' "$@" | cat "$ARTIFACTS/plain.conf" - >"$ARTIFACTS/gw1.conf"
	look gw1 config apply 2>&1
}
setting() {
	on gw1 "$LIB/cvt.py" settings | tr " " "\n" | sed -n "s/^$1=//p"
}
check_equal "the kernel has the least of a limit" 4096 "$(setting hold-octets)"
check_equal "it takes the most of all" "applied" "$(apply "hold-packets 16384" \
	"hold-octets 1G" "hold-age 600s")"
check_equal "... and has them" "16384 1073741824 600000" \
	"$(setting hold-packets) $(setting hold-octets) $(setting hold-age)"
check_equal "limits that are not said any more" "applied" "$(apply)"
check_equal "... are the kernel's own again" "256 1048576 30000" \
	"$(setting hold-packets) $(setting hold-octets) $(setting hold-age)"

check_says "both tunnels are up" "protect .*10\.2\.0\.0/24 .* up " \
	look gw1 show policy
check_says "a packet of a host is explained" "verdict: ENCRYPT to 192.0.2.2" \
	look gw1 explain 10.1.0.2 10.2.0.2 icmp 8 0
check_says "... by its route" "10.2.0.2 via 192.0.2.2 dev to-gw2" \
	look gw1 explain 10.1.0.2 10.2.0.2 icmp 8 0
check_says "... with the SA that it takes, and the one that it comes back by" \
	"sequence number [0-9]+, .* left .*on SPI [0-9a-f]{8};" \
	sh -c '"$@" | tr "\n" " "' - ip netns exec "$(ns gw1)" "$CULVERT" \
	--socket "$KEPT/gw1.sock" explain 10.1.0.2 10.2.0.2 icmp 8 0

sed -i 's/interface to-gw2/interface to-gw3/' "$ARTIFACTS/plain.conf"
check_says "an interface that is not there is warned about" \
	"no interface 'to-gw3' here.*did you mean 'to-gw2'" \
	sh -c '"$@" 2>&1 | tr "\n" " "' - ip netns exec "$(ns gw1)" "$CULVERT" \
	config check "$ARTIFACTS/plain.conf"
apply >/dev/null
check_says "... and what it was to catch has failed" "failed.*no such interface" \
	sh -c '"$@" | tr "\n" " "' - ip netns exec "$(ns gw1)" "$CULVERT" \
	--socket "$KEPT/gw1.sock" show policy
sed -i 's/interface to-gw3/interface to-gw2/' "$ARTIFACTS/plain.conf"
check_equal "it is mended" "applied" "$(apply)"
check "packets make a tunnel again" \
	on h1 ping -c 5 -W "$PATIENCE" -p "$MARKER" 10.2.0.2

for node in gw1 gw2; do
	stop "culvertd-$node"
done
check "tunnels stay when the daemons go" \
	on h1 ping -c 5 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
rm -r "$KEPT"

done_testing
