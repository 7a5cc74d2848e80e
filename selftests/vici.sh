#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The control socket of two gateways, asked by strongSwan's own swanctl: what is
# configured, what stands, what passed through it; a tunnel is made, replaced and
# closed by hand; another client listens meanwhile.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/culvertd.sh"

command -v swanctl >/dev/null || skip_all "swanctl is not installed"

topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 == 192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"

suites=("proposals = aes256-sha256-modp2048"
	"esp_proposals = aes256-sha256-modp2048")
culvertd_conf gw1 "10.1.0.0/24 10.2.0.0/24" -- "${suites[@]}"
culvertd_conf gw2 "10.2.0.0/24 10.1.0.0/24" -- "${suites[@]}"
for node in gw1 gw2; do
	culvertd_on $node
done

# ask GATEWAY WORDS...
ask() {
	swanctl "${@:2}" --uri "unix://$KEPT/$1.sock"
}
for node in gw1 gw2; do
	check "$node answers" busywait ask $node --stats
done

check_says "the daemon says who it is" "culvertd" ask gw1 --version --daemon
check_says "the peer is told" "^gw2: IKEv2" ask gw1 --list-conns
check_says "its authentication is told" "local pre-shared key authentication:" \
	ask gw1 --list-conns
check_says "its child is told" "inside-1: TUNNEL, rekeying every" \
	ask gw1 --list-conns
check_says "the rule is a policy" "inside-1, TUNNEL" ask gw1 --list-pols
check_says "there is no SA" "IKE_SAs: 0 total, 0 half-open" ask gw1 --stats

# Two clients listen. They end at SIGINT, and print then, since to a file.
swanctl --log --uri "unix://$KEPT/gw1.sock" >"$ARTIFACTS/log.txt" 2>&1 &
LISTENERS=$!
swanctl --monitor-sa --uri "unix://$KEPT/gw2.sock" \
	>"$ARTIFACTS/monitor.txt" 2>&1 &
LISTENERS+=" $!"
check_says "a tunnel is made by hand" "initiate completed successfully" \
	ask gw1 --initiate --child inside-1
check "packets go through it" \
	on h1 ping -q -c 5 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
for node in gw1 gw2; do
	check_says "$node: the IKE SA stands" ": #1, ESTABLISHED, IKEv2, " \
		ask $node --list-sas
	check_says "$node: its algorithms" \
		"AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" \
		ask $node --list-sas
	check_says "$node: the Child SA stands" \
		"INSTALLED, TUNNEL, ESP:AES_CBC-256/HMAC_SHA2_256_128" \
		ask $node --list-sas
	check_says "$node: in, 5 packets of 84 octets" \
		"in  [0-9a-f]+, +420 bytes, +5 packets, " ask $node --list-sas
	check_says "$node: out, 5 packets of 84 octets" \
		"out [0-9a-f]+, +420 bytes, +5 packets, " ask $node --list-sas
	check_says "$node: when it is replaced" \
		"installed [0-9]+s ago, rekeying in [0-9]+s, expires in [0-9]+s" \
		ask $node --list-sas
done
check_says "the messages were counted" "ike-auth-out-req +: 1" ask gw1 --counters

rekeyed() {
	ask "$1" --list-sas | grep -q "$2"
}
check_says "the Child SA is replaced by hand" "rekey completed successfully" \
	ask gw1 --rekey --child inside-1
check "there is a new one" busywait rekeyed gw1 "inside-1: #3, .*INSTALLED"
check_says "the IKE SA is replaced by the other end" \
	"rekey completed successfully" ask gw2 --rekey --ike gw1
check "there is a new one" busywait rekeyed gw1 "^gw2: #4, ESTABLISHED"
check "packets go through what replaced them" \
	on h1 ping -q -c 5 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2

check_says "the tunnel is closed by hand" "terminate completed successfully" \
	ask gw1 --terminate --ike gw2
check_says "nothing stands" "IKE_SAs: 0 total, 0 half-open" ask gw1 --stats
check_refused "what is not there cannot be closed" \
	ask gw1 --terminate --ike gw2
check_refused "what is not configured cannot be made" \
	ask gw1 --initiate --child nowhere
check_refused "a second daemon at one socket ends" \
	on h1 "$CULVERTD" -c "$ARTIFACTS/gw1.conf" -s "$KEPT/gw1.sock"

for pid in $LISTENERS; do
	kill -INT "$pid"
	wait "$pid" || true
done
check_says "the log was heard" "SENT: CREATE_CHILD_SA request" \
	cat "$ARTIFACTS/log.txt"
check_says "the IKE SA was seen to come" "^gw1: #1, ESTABLISHED, IKEv2" \
	cat "$ARTIFACTS/monitor.txt"
check_says "its Child SA was seen to come" "inside-1: #2, .*INSTALLED" \
	cat "$ARTIFACTS/monitor.txt"
for node in gw1 gw2; do
	stop "culvertd-$node"
	check "$node leaves no socket" [ ! -e "$KEPT/$node.sock" ]
done
rm -r "$KEPT"

done_testing
