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

# alone CIPHER ENCR-KEY INTEG-KEY IV BLOCK: instructions that sealing and opening
# take without a packet around, of each size.
alone() {
	local octets mark
	for octets in $SIZES; do
		# The trailer of ESP, and what fills its last block.
		octets=$(((octets + 28 + 2 + $5 - 1) / $5 * $5))
		mark="culvert_cipher: $1 $octets: "
		# It measures, and does not stay.
		insmod "$CULVERT_BUILD/test-module/culvert_cipher.ko" \
			cipher="$1" encr="$2" integ="$3" iv="$4" \
			octets="$octets" 2>/dev/null || true
		dmesg | sed -n "s/.*$mark\([0-9]*\) ns.*/\1/p" | tail -n 1
	done
}

# cipher_of SUITE: its words for alone.
cipher_of() {
	case $1 in
	aes-gcm-16)
		echo "rfc4106(gcm(aes)) 36 0 8 4" ;;
	chacha20-poly1305)
		echo "rfc7539esp(chacha20,poly1305) 36 0 8 4" ;;
	aes-cbc-hmac-sha2-256-128)
		echo "authenc(hmac(sha256),cbc(aes)) 32 32 16 16" ;;
	esac
}

bench_chain
udp_sink
# Its key exchange looks at a clock: the machine's is as fast as it computes.
turns any clear idle wireguard
for suite in $SUITES; do
	esp suite="$suite" key=256
	turns "$suite" xfrm culvert
	# shellcheck disable=SC2046
	mapfile -t ciphers < <(alone $(cipher_of "$suite"))
	for octets in $SIZES; do
		result instructions "$suite $((octets + 28))" cipher \
			"${ciphers[0]:-}" instructions
		ciphers=("${ciphers[@]:1}")
	done
done
pass 'every datagram arrived'
bench_done
