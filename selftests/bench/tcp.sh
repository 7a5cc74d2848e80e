#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bulk transfer over TCP on one CPU, through clear text, WireGuard, XFRM and
# culvert in turns. Meant for a test machine that counts instructions: a second
# of its own is as many of them in any run.

. "$(dirname "$0")/lib.sh"

OCTETS=${OCTETS:-12000000}
ROUNDS=${ROUNDS:-2}

# turns CASE KIND...: the median of all rounds, of each kind.
turns() {
	local case=$1 kind i
	local -A rates=()
	shift
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind" >/dev/null
			rates[$kind]+=" $(bulk "$OCTETS" 1)"
			without >/dev/null
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
pass 'every transfer ended'
done_testing
