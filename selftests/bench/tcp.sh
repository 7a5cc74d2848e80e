#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bulk transfer over TCP on one CPU, through clear text, WireGuard, XFRM and
# culvert in turns; with a wire that joins what it receives (GRO) as network
# cards do, too. Meant for a test machine that counts instructions: a second
# of its own is as many of them in any run.

. "$(dirname "$0")/lib.sh"

OCTETS=${OCTETS:-12000000}
ROUNDS=${ROUNDS:-2}

# turns CASE KIND...: the median of all rounds, of each kind.
turns() {
	local case=$1 kind i octets
	local -A rates=()
	shift
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind"
			octets=$OCTETS
			# It is the fastest, and a transfer has a begin.
			[ "$kind" != clear ] || octets=$((OCTETS * 5))
			rates[$kind]+=" $(bulk $octets 1)"
			"without_$kind"
		done
	done
	for kind; do
		# shellcheck disable=SC2086
		result bulk "$case" "$kind" "$(median ${rates[$kind]})" Mbit/s
	done
}

bench_chain
tcp_sink
turns any clear wireguard
for suite in $SUITES; do
	esp suite="$suite" key=256
	turns "$suite" xfrm culvert
done
for gw in gw1 gw2; do
	on $gw ethtool -K "to-${PEER[$gw]}" gro on
done
esp suite=aes-gcm-16 key=256
turns "any, GRO" clear wireguard
turns "aes-gcm-16, GRO" xfrm culvert
pass 'every transfer ended'
bench_done
