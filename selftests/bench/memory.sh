#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a pair of SAs, in and out, costs of the kernel's memory: PAIRS of them in
# culvert, then in XFRM, the same suite and window, in one run.

. "$(dirname "$0")/../lib/lib.sh"
. "$LIB/esp.sh"

PAIRS=${PAIRS:-10000}
KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223

# Kilobytes that the kernel has allocated, but for the page cache.
used() {
	sleep 1
	awk '/^(Slab|Percpu|VmallocUsed|PageTables|KernelStack):/ { n += $2 }
		END { print n }' /proc/meminfo
}

culvert_pairs() {
	local i
	echo "policy '1 protect dev to-gw2'"
	for ((i = 0; i < PAIRS; i++)); do
		echo "sa-add in $((0x10000 + i)) rule 1 mode tunnel" \
			"local 192.0.2.1 remote 192.0.2.2" \
			"suite aes-gcm-16 encr-key $KEY window 64"
		echo "sa-add out $((0x10000 + i)) rule 1 mode tunnel" \
			"local 192.0.2.1 remote 192.0.2.2" \
			"suite aes-gcm-16 encr-key $KEY"
	done
}

xfrm_pairs() {
	local i algorithm="aead rfc4106(gcm(aes)) 0x$KEY 128"
	for ((i = 0; i < PAIRS; i++)); do
		echo "xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp" \
			"spi $((0x10000 + i)) mode tunnel replay-window 64" \
			"$algorithm"
		echo "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp" \
			"spi $((0x10000 + i)) mode tunnel $algorithm"
	done
}

topology "gw1 192.0.2.1/24 -- 192.0.2.2/24 gw2"
culvert_pairs >"$ARTIFACTS/culvert"
xfrm_pairs >"$ARTIFACTS/xfrm"

before=$(used)
on gw1 "$LIB/cvt.py" batch <"$ARTIFACTS/culvert" >"$ARTIFACTS/said"
culvert=$(($(used) - before))
check_equal "culvert has $PAIRS pairs" "sas=$((PAIRS * 2))" \
	"$(on gw1 "$LIB/cvt.py" settings | grep ^sas=)"

before=$(used)
on gw2 ip -batch "$ARTIFACTS/xfrm"
xfrm=$(($(used) - before))
check_equal "XFRM has $PAIRS pairs" "$((PAIRS * 2))" \
	"$(on gw2 ip xfrm state count | grep -o '[0-9]*' | head -n 1)"

awk -v n="$PAIRS" -v c="$culvert" -v x="$xfrm" 'BEGIN {
	printf "octets a pair: culvert %d, XFRM %d, ratio %.2f\n",
		c * 1024 / n, x * 1024 / n, c / x }'
done_testing
