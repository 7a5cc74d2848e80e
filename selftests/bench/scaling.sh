#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a second CPU brings to one SA: a bulk transfer over TCP, one flow and many,
# in clear text, through WireGuard, XFRM and culvert in turns; and how many
# segments came to the receiver out of order. Meant for a test machine with two
# CPUs, which run at once and so cannot count instructions: what else the host
# does is seen here. The turns take it evenly, the median leaves it out.

. "$(dirname "$0")/lib.sh"

OCTETS=${OCTETS:-4000000}
ROUNDS=${ROUNDS:-5}
FLOWS=8

# counted NODE FILE GROUP NAME: a counter of the node's stack.
counted() {
	on "$1" awk -v group="$3:" -v name="$4" '$1 == group {
		if (!n++)
			split($0, names)
		else
			for (i = 2; i <= NF; i++)
				if (names[i] == name)
					print $i }' "/proc/net/$2"
}

# What was sent again explains what came out of order, if it was as many.
late() {
	counted h2 netstat TcpExt TCPOFOQueue
}

again() {
	counted h1 snmp Tcp RetransSegs
}

# turns KIND...
turns() {
	local kind i flows late again
	local -A rates=() late_of=() again_of=()
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind"
			for flows in 1 $FLOWS; do
				late=$(late)
				again=$(again)
				rates[$kind,$flows]+=" $(bulk "$OCTETS" $flows)"
				((late_of[$kind,$flows] += $(late) - late)) || true
				((again_of[$kind,$flows] += $(again) - again)) || true
			done
			"without_$kind"
		done
	done
	for kind; do
		for flows in 1 $FLOWS; do
			case $flows in
			1)	case='one flow' ;;
			*)	case='many flows' ;;
			esac
			# shellcheck disable=SC2086
			result bulk "$case" "$kind" \
				"$(median ${rates[$kind,$flows]})" Mbit/s
			result out-of-order "$case" "$kind" \
				"${late_of[$kind,$flows]}" segments
			result sent-again "$case" "$kind" \
				"${again_of[$kind,$flows]}" segments
		done
	done
}

bench_chain
tcp_sink
esp suite=aes-gcm-16 key=256
turns clear wireguard xfrm culvert
pass 'every transfer ended'
bench_done
