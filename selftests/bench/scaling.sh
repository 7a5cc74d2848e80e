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

out_of_order() {
	on h2 awk '/^TcpExt:/ { if (!n++) split($0, name); else
		for (i = 2; i <= NF; i++) if (name[i] == "TCPOFOQueue")
			print $i }' /proc/net/netstat
}

# turns KIND...
turns() {
	local kind i flows before
	local -A rates=() late=()
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind" >/dev/null
			for flows in 1 $FLOWS; do
				before=$(out_of_order)
				rates[$kind,$flows]+=" $(bulk "$OCTETS" $flows)"
				late[$kind,$flows]=$((${late[$kind,$flows]:-0} +
					$(out_of_order) - before))
			done
			without >/dev/null
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
				"${late[$kind,$flows]}" segments
		done
	done
}

bench_chain
tcp_sink
esp suite=aes-gcm-16 key=256
turns clear wireguard xfrm culvert
pass 'every transfer ended'
done_testing
