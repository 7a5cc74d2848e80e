#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What protecting a packet costs: instructions on its whole way from a host
# through two gateways to a host, and back for none, forwarded in clear text,
# by XFRM and by culvert, with the same suite, in one run. Meant for a test
# machine that counts instructions: bench.sh starts it in one.

. "$(dirname "$0")/../lib/lib.sh"
. "$LIB/esp.sh"

PACKETS=${PACKETS:-3000}
ROUNDS=${ROUNDS:-3}
SUITES=${SUITES:-"aes-gcm-16 aes-cbc-hmac-sha2-256-128 chacha20-poly1305"}
SIZES=${SIZES:-"22 1358"}	# IP packets of 50 and 1,386 octets

# Datagrams at the last host: nobody reads its socket, so they are errors.
received() {
	on h2 awk '/^Udp:/ && n++ { print $4 }' /proc/net/snmp
}

# blast OCTETS: instructions a packet; every one must arrive.
blast() {
	local before after cost
	before=$(received)
	cost=$(on h1 "$OUTPUT/udp-blast" 10.2.0.2 9 "$1" "$PACKETS") || return
	after=$(received)
	[ $((after - before)) -ge "$PACKETS" ] ||
		echo "# only $((after - before)) of $PACKETS arrived" >&2
	echo "$cost"
}

least() {
	printf '%s\n' "$@" | sort -n | head -n 1
}

with_clear() {
	:
}

with_culvert() {
	esp_culvert gw1 && esp_culvert gw2
}

with_xfrm() {
	esp_xfrm gw1 && esp_xfrm gw2
}

without() {
	local gw
	for gw in gw1 gw2; do
		cvt "$gw" policy "''"
		on "$gw" ip xfrm state flush
		on "$gw" ip xfrm policy flush
		rm -f "$ARTIFACTS/xfrm-$gw.undo"
	done
}

measure() {
	local kind=$1 octets=$2 i
	local -a costs=()
	"with_$kind" >/dev/null
	for ((i = 0; i < ROUNDS; i++)); do
		costs+=("$(blast "$octets")")
	done
	without >/dev/null
	least "${costs[@]}"
}

# No outer link: a watcher would be measured too.
topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 -- \
	192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"
cvt_on gw1
cvt_on gw2
start_on h2 sink python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
s.bind(("", 9))
signal.signal(signal.SIGTERM, lambda *a: exit(0))
signal.pause()'
busywait on h2 grep -q ':0009 ' /proc/net/udp
check 'the way is known' on h1 ping -q -c 3 -i 0.2 10.2.0.2

printf '%-28s %7s %9s %9s %9s %12s %12s %6s\n' suite octets clear xfrm culvert \
	"xfrm adds" "culvert adds" ratio
for suite in $SUITES; do
	for octets in $SIZES; do
		esp suite="$suite" key=256
		clear=$(measure clear "$octets")
		xfrm=$(measure xfrm "$octets")
		culvert=$(measure culvert "$octets")
		awk -v s="$suite" -v o="$octets" -v p="$clear" -v x="$xfrm" \
			-v c="$culvert" 'BEGIN {
			printf "%-28s %7d %9d %9d %9d %12d %12d %6.2f\n",
				s, o + 28, p, x, c, x - p, c - p,
				(c - p) / (x - p) }'
	done
done
done_testing
