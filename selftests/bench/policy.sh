#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a long list costs: instructions a packet that only the last of 10, 1,000
# and 100,000 rules takes, and the time in which the list is replaced; culvert's
# rules, then as many of XFRM's policies. Meant for a test machine that counts
# instructions.

. "$(dirname "$0")/lib.sh"

PACKETS=${PACKETS:-1000}
COUNTS=${COUNTS:-"10 1000 100000"}
OCTETS=22

culvert_list() {
	local -a rules
	esp_rules gw1
	IFS=';' read -ra rules <<<"$REPLY"
	on gw1 "$LIB/many-rules.py" "$1" to-gw2 "${rules[@]}" \
		>"$ARTIFACTS/took"
	awk -F'[= ]' '{ sub("s", "", $4); sub("s", "", $6); print $4 + $6 }' \
		"$ARTIFACTS/took"
}

# Blocks, each of 16 addresses, all of them ahead of the tunnel's policy.
xfrm_blocks() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) {
		a = 16 * i
		printf "xfrm policy add src 0.0.0.0/0 dst %d.%d.%d.%d/28 " \
			"dev to-gw2 dir out priority 50 action block\n",
			20 + int(a / 16777216), int(a / 65536) % 256,
			int(a / 256) % 256, a % 256 } }'
}

xfrm_list() {
	local begin=$EPOCHREALTIME
	ip -n "$(ns gw1)" -batch "$ARTIFACTS/blocks"
	awk -v b="$begin" -v e="$EPOCHREALTIME" 'BEGIN { print e - b }'
}

bench_chain
udp_sink
esp suite=aes-gcm-16 key=256
for count in $COUNTS; do
	with_culvert
	result replace "$count rules" culvert "$(culvert_list "$count")" s
	result instructions "$count rules" culvert \
		"$(blast $OCTETS "$PACKETS")" instructions
	without_culvert

	xfrm_blocks "$count" >"$ARTIFACTS/blocks"
	with_xfrm
	result replace "$count rules" xfrm "$(xfrm_list)" s
	result instructions "$count rules" xfrm \
		"$(blast $OCTETS "$PACKETS")" instructions
	without_xfrm
done
result instructions "no rules" clear "$(blast $OCTETS "$PACKETS")" instructions
pass 'every datagram arrived'
bench_done
