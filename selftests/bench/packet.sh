#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What protecting a packet costs: instructions on its whole way from a host
# through two gateways to a host, forwarded in clear text, by XFRM, by WireGuard
# and by culvert, in turns. Meant for a test machine that counts instructions.

. "$(dirname "$0")/lib.sh"

PACKETS=${PACKETS:-1000}
ROUNDS=${ROUNDS:-2}
SIZES=${SIZES:-"22 1358"}	# IP packets of 50 and 1,386 octets

# turns CASE KIND...: the least of all rounds, of each kind and size.
turns() {
	local case=$1 kind octets i
	local -A costs=()
	shift
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind"
			for octets in $SIZES; do
				costs[$kind,$octets]+=" $(blast "$octets" \
					"$PACKETS")"
			done
			"without_$kind"
		done
	done
	for kind; do
		for octets in $SIZES; do
			# shellcheck disable=SC2086
			result instructions "$case $((octets + 28))" "$kind" \
				"$(least ${costs[$kind,$octets]})" instructions
		done
	done
}

bench_chain
udp_sink
# Its key exchange looks at a clock: the machine's is as fast as it computes.
turns any clear idle wireguard
for suite in $SUITES; do
	esp suite="$suite" key=256
	turns "$suite" xfrm culvert
done
pass 'every datagram arrived'
bench_done
