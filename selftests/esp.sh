#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What culvert seals the kernel's XFRM opens, and the reverse: culvert on gw1,
# XFRM on gw2, over suites, key lengths, modes, families, UDP encapsulation and
# extended sequence numbers. Keys are by hand.
#
# A cell of the matrix is a tunnel, set up anew. Both sides at once first learn
# the path MTU, which must be the same on both, then send pings of many lengths
# and UDP datagrams that just fit, and one side sends bulk TCP there and back.
# Each packet is sent once, must arrive once, and unchanged.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"

# Payloads of the pings: around block sizes, and around what fits a link of 1,500
# octets before and behind encapsulation. full: of the first cells of a kind.
SIZES_full="1 2 3 13 14 15 16 37 100 555 1371 1389 1400 1410 1419 1420 1430"
SIZES_full+=" 1433 1440 1444 1452 1453 1460 1471 1472 1473 1500 2911 4001 9000"
SIZES_short="1 14 37 1371 1420 1472 1500 9000"
BULK_full=200000
BULK_short=40000

# Traffic of a cell, and what esp says of it.
cells() {
	local suite key mode ends encap esn traffic

	# Each suite with each of its keys, IPv4 in IPv4.
	for suite in aes-gcm-16 aes-gcm-12 aes-gcm-8 null-aes-gmac \
			aes-cbc-hmac-sha1-96 aes-cbc-hmac-sha2-256-128 \
			aes-cbc-hmac-sha2-384-192 aes-cbc-hmac-sha2-512-256; do
		traffic=full
		for key in 128 192 256; do
			echo "$traffic suite=$suite key=$key"
			traffic=short
		done
	done
	echo "full suite=chacha20-poly1305"
	for suite in null-hmac-sha1-96 null-hmac-sha2-256-128 \
			null-hmac-sha2-384-192 null-hmac-sha2-512-256; do
		echo "full suite=$suite"
	done

	# An AEAD and a composed suite, in each mode and pair of families, plain
	# and in UDP, with short and long sequence numbers. Transport is last:
	# there the gateways themselves learn about the path.
	for ends in "tunnel 4 4" "tunnel 6 4" "tunnel 4 6" "tunnel 6 6" \
			"transport 4 4" "transport 6 6"; do
		read -r mode inner outer <<<"$ends"
		for suite in aes-gcm-16 aes-cbc-hmac-sha2-256-128; do
			traffic=full
			for encap in none udp; do
				for esn in no yes; do
					echo "$traffic suite=$suite mode=$mode" \
						"inner=$inner outer=$outer" \
						"encap=$encap esn=$esn"
					traffic=short
				done
			done
		done
	done
}

# Both at once; the answers one by one.
both() {
	local failed=0
	tell "$left" "$1"
	tell "$right" "$2"
	answer "$left" || failed=1
	answer "$right" || failed=1
	return $failed
}

# Marked plain text where it must not be seen.
mark() {
	local marker=-
	! esp_is_secret || marker=$MARKER
	[ "$marker" != "$marked" ] || return 0
	both "marker $marker" "marker $marker"
	marked=$marker
}

# The peers at either end of the tunnel.
ends() {
	left=h1
	right=h2
	[ "${ESP[mode]}" = tunnel ] || left=gw1 right=gw2
	to_right=${ADDRESS[$right,${ESP[inner]}]}
	to_left=${ADDRESS[$left,${ESP[inner]}]}
}

cell_works() {
	local sizes=SIZES_$1 bulk=BULK_$1 datagrams="1 100 mtu-1 mtu mtu+1 4000"
	local mtus

	esp_oracle gw2 && esp_under_test gw1 || return
	ends
	[ "${ESP[mode]}" != tunnel ] || forget || return

	mtus=$(both "probe $to_right" "probe $to_left") || {
		echo "$mtus"
		return 1
	}
	if [ "${ESP[mode]}" = tunnel ] &&
			[ "${mtus%%$'\n'*}" != "${mtus##*$'\n'}" ]; then
		echo "$left and $right learnt different MTUs:" $mtus
		return 1
	fi
	both "ping $to_right ${!sizes}; udp $to_right $datagrams; tcp $to_right ${!bulk}" \
		"ping $to_left ${!sizes}; udp $to_left $datagrams" &&
		watchers_rest || {
		echo "MTUs learnt:" $mtus
		return 1
	}
}

esp_chain
cvt_on gw1
esp_under_test() { esp_culvert "$@"; }
esp_oracle() { esp_xfrm "$@"; }

marked=
while read -r traffic words; do
	esp $words
	ends
	mark
	if said=$(cell_works "$traffic" 2>&1); then
		pass "$words"
	else
		fail "$words" "$said
$(esp_tell 2>&1)"
	fi
	if [ $FAILED -ge 5 ]; then
		fail "the other cells" "too many failed"
		break
	fi
done < <(cells)

done_testing
