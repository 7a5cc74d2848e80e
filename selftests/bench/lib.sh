# SPDX-License-Identifier: GPL-2.0-only
# What the parts of the benchmark share: the chain of two hosts and two gateways,
# what may join the gateways (nothing, culvert, XFRM, WireGuard), and results.
# Sourced in a test machine; bench.sh starts the parts and says in which.

. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
. "$LIB/esp.sh"

PART=$(basename "$0" .sh)
# The suites, as culvert names them.
SUITES=${SUITES:-"aes-gcm-16 aes-cbc-hmac-sha2-256-128 chacha20-poly1305"}

# result FIGURE CASE KIND VALUE UNIT: a line for report.py.
result() {
	if [ -z "$4" ]; then
		fail "$1 is measured ($2, $3)"
		return
	fi
	echo "# $*"
	[ -z "${BENCH_RESULTS:-}" ] ||
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$PART" "$@" >>"$BENCH_RESULTS"
}

least() {
	printf '%s\n' "$@" | sort -n | head -n 1
}

median() {
	printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 }
		END { print v[int((NR + 1) / 2)] }'
}

# ---------------------------------------------------------------- the chain

# No outer link: a watcher would be measured too.
bench_chain() {
	topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 -- \
		192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"
	rmmod culvert
	check 'the way is known' on h1 ping -q -c 3 -i 0.2 10.2.0.2
}

with_clear() {
	:
}

# The module is there for its own turns alone: its hooks cost something without
# rules, too.
with_culvert() {
	insmod "$CULVERT_BUILD/culvert.ko"
	cvt_on gw1 gw2
	esp_culvert gw1 >/dev/null && esp_culvert gw2 >/dev/null
}

# The module without a rule.
with_idle() {
	insmod "$CULVERT_BUILD/culvert.ko"
}

with_xfrm() {
	esp_xfrm gw1 && esp_xfrm gw2
}

# Its keys are made once: with each side's, the other is told.
declare -A WG_KEY=()

with_wireguard() {
	local gw peer net
	for gw in gw1 gw2; do
		[ -n "${WG_KEY[$gw]:-}" ] || WG_KEY[$gw]=$(wg genkey)
		# Its socket is in the namespace where it was made.
		on "$gw" ip link add wg0 type wireguard || return
	done
	for gw in gw1 gw2; do
		peer=${PEER[$gw]}
		net=${NETWORK[$peer,4]}
		on "$gw" wg set wg0 listen-port 51820 \
			private-key <(echo "${WG_KEY[$gw]}") \
			peer "$(wg pubkey <<<"${WG_KEY[$peer]}")" \
			allowed-ips "$net" \
			endpoint "${ADDRESS[$peer,4]}:51820" || return
		ip_later "$gw" link set wg0 up
		ip_later "$gw" route replace "$net" dev wg0
	done
	ip_now
	on h1 ping -q -c 3 -i 0.2 10.2.0.2 >/dev/null
}

# without KIND: nothing joins the gateways.
without_clear() {
	:
}

without_culvert() {
	stop cvt-gw1
	stop cvt-gw2
	rmmod culvert
}

without_idle() {
	rmmod culvert
}

without_xfrm() {
	local gw
	for gw in gw1 gw2; do
		on "$gw" ip xfrm state flush
		on "$gw" ip xfrm policy flush
		rm -f "$ARTIFACTS/xfrm-$gw.undo"
	done
}

without_wireguard() {
	local gw
	for gw in gw1 gw2; do
		ip -n "$(ns $gw)" link del wg0
		ip -n "$(ns $gw)" route replace "${NETWORK[${PEER[$gw]},4]}" \
			via "${ADDRESS[${PEER[$gw]},4]}"
	done
}

# The library looks for objects that are left: the module is to be there.
bench_done() {
	insmod "$CULVERT_BUILD/culvert.ko"
	done_testing
}

# ---------------------------------------------------------------- traffic

# A socket at h2 whose datagrams nobody reads: they are counted as errors.
udp_sink() {
	start_on h2 udp-sink python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
s.bind(("", 9))
signal.signal(signal.SIGTERM, lambda *a: exit(0))
signal.pause()'
	busywait on h2 grep -q ':0009 ' /proc/net/udp
}

received() {
	on h2 awk '/^Udp:/ && n++ { print $4 }' /proc/net/snmp
}

# blast OCTETS COUNT: what a datagram's way took, in nanoseconds; every one must
# arrive.
blast() {
	local before after cost
	before=$(received)
	cost=$(on h1 "$OUTPUT/udp-blast" 10.2.0.2 9 "$1" "$2") || return
	after=$(received)
	if [ $((after - before)) -lt "$2" ]; then
		echo "only $((after - before)) of $2 datagrams arrived" >&2
		return 1
	fi
	echo "$cost"
}

tcp_sink() {
	# What one transfer learns about the way is not the next one's.
	on h1 sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save'
	start_on h2 tcp-sink "$OUTPUT/bulk" sink 5001
	busywait on h2 grep -q ':1389 ' /proc/net/tcp
}

# bulk OCTETS FLOWS: Mbit per second of the machine's own time.
bulk() {
	on h1 "$OUTPUT/bulk" send 10.2.0.2 5001 "$1" "$2"
}

# ---------------------------------------------------------------- daemons

# over FILE-OR-DIRECTORY: a copy in memory in its place.
over() {
	local copy
	copy=$(mktemp -d -p "$(dirname "$ARTIFACTS")")
	cp -r "$1" "$copy"
	mount --bind "$copy/$(basename "$1")" "$1"
}

# culvertd is in memory already. A machine that counts instructions passes idle
# time at once, and what waits for a file of the host's is idle.
charon_in_memory() {
	local dir lib
	dir=$(dirname "$CHARON")
	# With the libraries of the system, not with those that are in memory for
	# other programs: charon has a /run of its own.
	env -u LD_LIBRARY_PATH ldd "$CHARON" "$dir"/plugins/libstrongswan-openssl.so |
		grep -o '/[^ ]*\.so[^ ]*' | grep -v "^$dir/" |
		xargs readlink -f | sort -u |
		while read -r lib; do
			over "$lib"
		done
	over "$dir"
	over /usr/lib/x86_64-linux-gnu/ossl-modules
}
