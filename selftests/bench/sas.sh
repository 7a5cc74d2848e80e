#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What many SAs cost: how fast the kernel takes them, how much memory a pair has
# (in and out, the same suite and window), and instructions a packet with all of
# them there; culvert, then XFRM. Meant for a test machine that counts
# instructions.

. "$(dirname "$0")/lib.sh"

PAIRS=${PAIRS:-20000}
PACKETS=${PACKETS:-1000}
OCTETS=22

# Kilobytes that the kernel has allocated, but for the page cache.
used() {
	sleep 1
	awk '/^(Slab|Percpu|VmallocUsed|PageTables|KernelStack):/ { n += $2 }
		END { print n }' /proc/meminfo
}

culvert_has() {
	on gw1 "$LIB/cvt.py" settings | sed -n s/^sas=//p
}

xfrm_has() {
	ip -n "$(ns gw1)" xfrm state count | grep -o '[0-9]*' | head -n 1
}

# crowd KIND: as many pairs behind the tunnel's own.
crowd() {
	local kind=$1 before took
	esp suite=aes-gcm-16 key=256
	"with_$kind"
	result instructions "2 SAs" "$kind" "$(blast $OCTETS "$PACKETS")" \
		instructions
	before=$(used)
	took=$(on gw1 "$SELFTESTS/bench/sas.py" "$kind" "$PAIRS" \
		"$((ESP_NUMBER + 10))")
	result memory "a pair" "$kind" \
		$((($(used) - before) * 1024 / PAIRS)) octets
	check_equal "$kind has $PAIRS pairs" $((PAIRS * 2 + 2)) "$("${kind}_has")"
	result installs "$((PAIRS * 2)) SAs" "$kind" \
		"$(awk -v t="$took" -v n="$PAIRS" 'BEGIN { print 2 * n / t }')" \
		per-second
	result instructions "$((PAIRS * 2)) SAs" "$kind" \
		"$(blast $OCTETS "$PACKETS")" instructions
	"without_$kind"
}

bench_chain
udp_sink
crowd culvert
crowd xfrm
bench_done
