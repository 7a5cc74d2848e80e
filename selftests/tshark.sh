#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An independent judge of what is on the wire: tshark, which is given the keys,
# finds every ICV right and the inner packets inside. One tunnel it is given a
# wrong key of, to know that it looks.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"

command -v tshark >/dev/null || skip_all "tshark is needed"

# What tshark calls a suite.
declare -A ENCR_NAME=([aes-gcm-16]="AES-GCM with 16 octet ICV [RFC4106]"
	[aes-cbc-hmac-sha2-256-128]="AES-CBC [RFC3602]"
	[null-hmac-sha2-256-128]=NULL)
declare -A INTEG_NAME=([aes-gcm-16]=NULL
	[aes-cbc-hmac-sha2-256-128]="HMAC-SHA-256-128 [RFC4868]"
	[null-hmac-sha2-256-128]="HMAC-SHA-256-128 [RFC4868]")

# tunnel_flows: the tunnel on both gateways, and traffic of both hosts.
tunnel_flows() {
	local left=${ADDRESS[h1,${ESP[inner]}]} right=${ADDRESS[h2,${ESP[inner]}]}
	local marker=-
	! esp_is_secret || marker=$MARKER
	esp_culvert gw1 && esp_culvert gw2 &&
		ask h1 "marker $marker; ping $right 1 37 100 1400; udp $right 1 1300" &&
		ask h2 "marker $marker; ping $left 1 37 100 1400; udp $left 1 1300"
}

# note WORD: for tshark, the keys of both SAs; and what they carried. The word
# is good or bad.
SAS=()
CARRIED=
note() {
	local word=$1 node peer suite=${ESP[suite]} encr spi packets
	for node in gw1 gw2; do
		peer=${PEER[$node]}
		encr=${ESP[$peer,encr]}
		[ "$word" = good ] || encr=${encr//[0-7]/8}
		printf -v spi '0x%08x' "${ESP[$peer,spi]}"
		SAS+=(-o "uat:esp_sa:\"IPv4\",\"${ADDRESS[$node,4]}\",\"${ADDRESS[$peer,4]}\",\"$spi\",\"${ENCR_NAME[$suite]}\",\"${encr:+0x$encr}\",\"${INTEG_NAME[$suite]}\",\"${ESP[$peer,integ]:+0x${ESP[$peer,integ]}}\"")
		packets=$(cvt "$node" sa-get out "$((spi))" \
			remote "${ADDRESS[$peer,4]}" |
			grep -o ' packets=[0-9]*' | head -n 1)
		CARRIED+="$node $spi $word ${packets#*=}"$'\n'
	done
}

# judged NODE: what tshark says of the packets that a gateway sent: SPI, good or
# bad, how many.
judged() {
	tshark -n -r "$ARTIFACTS/watch-$1-${PEER[$1]}.pcap" \
		-o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE "${SAS[@]}" \
		-Y esp -T fields -e esp.spi -e esp.icv_good -e esp.icv_bad \
		-e ip.proto -e icmp.type -e udp.port 2>"$ARTIFACTS/tshark-$1.log" |
		awk -F'\t' -v node="$1" '
			# What is inside the garbage of a wrong key may be called ESP.
			{ sub(/,.*/, "", $1); $2 += 0; $3 += 0 }
			# Outside ESP or UDP, inside ICMP echo or UDP echo.
			$2 && !$3 && $4 ~ /^(50|17),1$/ && $5 ~ /^[08]$/ { good[$1]++; next }
			$2 && !$3 && $4 ~ /^(50|17),17$/ && $6 ~ /(^|,)7(,|$)/ { good[$1]++; next }
			# The garbage that a wrong key makes may end the dissection
			# before the ICV is called bad; good it is never called.
			!$2 { bad[$1]++; next }
			{ print node, "says of a packet:", $0 }
			END {
				for (spi in good)
					print node, spi, "good", good[spi]
				for (spi in bad)
					print node, spi, "bad", bad[spi]
			}' | sort
}

esp_chain h1 h2
cvt_on gw1 gw2
for words in suite=aes-gcm-16 "suite=aes-gcm-16 encap=udp" \
		"suite=aes-cbc-hmac-sha2-256-128 key=256" \
		suite=null-hmac-sha2-256-128; do
	esp $words
	check "traffic flows through $words" tunnel_flows
	note good
done
esp suite=aes-gcm-16
check "traffic flows through a tunnel whose key tshark does not get" \
	tunnel_flows
note bad

# The captures are complete when the watchers have ended.
check_outer_links
OUTER_LINKS=()
for node in gw1 gw2; do
	check_equal "tshark finds each ICV of $node right, and echoes inside" \
		"$(grep "^$node" <<<"$CARRIED" | sort)" "$(judged $node)"
done

done_testing
