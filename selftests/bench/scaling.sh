#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a second CPU brings to one SA: a bulk transfer over TCP, one flow and many,
# in clear text, through WireGuard, XFRM and culvert in turns; and how many
# segments were late at the receiver, sent again, or found to be out of order. Meant for a test machine with two
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

# What comes behind a lost segment is out of order, too; the sender knows what was
# late and not lost.
late() {
	counted h2 netstat TcpExt TCPOFOQueue
}

again() {
	counted h1 snmp Tcp RetransSegs
}

reordered() {
	local name total=0
	for name in TCPSACKReorder TCPTSReorder TCPRenoReorder; do
		total=$((total + $(counted h1 netstat TcpExt $name)))
	done
	echo $total
}

# turns KIND...
turns() {
	local kind i flows what
	local -A rates=() before=() seen=()
	for ((i = 0; i < ROUNDS; i++)); do
		for kind; do
			"with_$kind"
			for flows in 1 $FLOWS; do
				for what in late again reordered; do
					before[$what]=$($what)
				done
				rates[$kind,$flows]+=" $(bulk "$OCTETS" $flows)"
				for what in late again reordered; do
					((seen[$what,$kind,$flows] += $($what) -
						before[$what])) || true
				done
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
			for what in late again reordered; do
				result "$what" "$case" "$kind" \
					"${seen[$what,$kind,$flows]}" segments
			done
		done
	done
}

bench_chain
tcp_sink
esp suite=aes-gcm-16 key=256
turns clear wireguard xfrm culvert
pass 'every transfer ended'
bench_done
