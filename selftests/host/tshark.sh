#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An independent reader of IKE: tshark, which is given the keys of two engines,
# opens all they said to each other, finds each ICV right and knows each payload.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

command -v tshark >/dev/null || skip_all "tshark is needed"

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
# Where tshark looks for the table of keys.
export WIRESHARK_CONFIG_DIR=$WORK/config
mkdir "$WORK/config"

# read_as KEYS PCAP: a line for each datagram: who sent it, from which port, the
# exchange, what encrypts it, its payloads, what tshark says of the ICV, and what
# else it has to say.
read_as() {
	cp "$1" "$WIRESHARK_CONFIG_DIR/ikev2_decryption_table"
	tshark -n -V -r "$2" 2>"$WORK/tshark.log" | awk '
		BEGIN {
			name["Security Association"] = "SA"
			name["Key Exchange"] = "KE"
			name["Nonce"] = "Nonce"
			name["Identification - Initiator"] = "IDi"
			name["Identification - Responder"] = "IDr"
			name["Authentication"] = "AUTH"
			name["Delete"] = "D"
			name["Traffic Selector - Initiator"] = "TSi"
			name["Traffic Selector - Responder"] = "TSr"
			name["Encrypted and Authenticated"] = "SK:"
			name["Encrypted and Authenticated Fragment"] = "SKF:"
		}
		function say() { if (said) print said }
		/^Frame / { say(); said = "" }
		/^User Datagram/ { sub(/,$/, "", $6); port = $6 }
		/^ +Exchange type:/ { exchange = $3 }
		/^ +Flags: .*(Request|Response)\)/ {
			who = /Initiator/ ? "i" : "r"
			said = who " " port " " exchange " " \
				(/Request/ ? "request" : "response")
		}
		/^ +Payload: Notify/ { said = said " N(" $NF ")"; next }
		/^ +Payload: (Proposal|Transform) / { next }
		/^ +Payload: / {
			sub(/^ +Payload: /, "")
			sub(/ \(.*/, "")
			said = said " " ($0 in name ? name[$0] : $0)
		}
		/Integrity Checksum Data: .*\[correct\]$/ {
			said = said " correct"
		}
		/Expert Info|Malformed/ { said = said " BAD" }
		END { say() }'
}

NAT="N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP)"
NAT="$NAT N(IKEV2_FRAGMENTATION_SUPPORTED)"

# long WHO PORT EXCHANGE PAYLOADS: in a SK, or in two fragments, of which tshark
# shows the payloads with the last one.
long() {
	if [ "$WAY" = fragments ]; then
		echo "$1 $2 $3 SKF: correct"
		echo "$1 $2 $3 SKF: correct $4"
	else
		echo "$1 $2 $3 SK: $4 correct"
	fi
}

# session WAY: what talk() of ikeuser/tests/sessions.c says.
session() {
	local WAY=$1 port=500
	echo "i $port IKE_SA_INIT request SA KE Nonce $NAT"
	echo "r $port IKE_SA_INIT response SA KE Nonce $NAT" \
		"N(CHILDLESS_IKEV2_SUPPORTED)"
	[ "$WAY" != translated ] || port=4500
	long i $port "IKE_AUTH request" \
		"IDi IDr AUTH N(INITIAL_CONTACT) SA TSi TSr"
	long r $port "IKE_AUTH response" \
		"IDr AUTH N(INITIAL_CONTACT) SA TSi TSr"
	# A second Child SA.
	echo "i $port CREATE_CHILD_SA request SK: SA Nonce KE TSi TSr correct"
	echo "r $port CREATE_CHILD_SA response SK: SA Nonce KE TSi TSr correct"
	# The first one is replaced.
	echo "i $port CREATE_CHILD_SA request SK:" \
		"N(REKEY_SA) SA Nonce KE TSi TSr correct"
	echo "r $port CREATE_CHILD_SA response SK: SA Nonce KE TSi TSr correct"
	echo "i $port INFORMATIONAL request SK: D correct"
	echo "r $port INFORMATIONAL response SK: D correct"
	# The IKE SA is, and the new keys open what follows.
	echo "i $port CREATE_CHILD_SA request SK: SA Nonce KE correct"
	echo "r $port CREATE_CHILD_SA response SK: SA Nonce KE correct"
	echo "i $port INFORMATIONAL request SK: D correct"
	echo "r $port INFORMATIONAL response SK: correct"
	# A Child SA is deleted, and at last the responder deletes all.
	echo "i $port INFORMATIONAL request SK: D correct"
	echo "r $port INFORMATIONAL response SK: D correct"
	echo "r $port INFORMATIONAL request SK: D correct"
	echo "i $port INFORMATIONAL response SK: correct"
}

sessions() {
	session plain
	session translated
	session fragments
}

# other_key N KEYS: with one octet of the Nth column changed.
other_key() {
	awk -F, -v OFS=, -v n="$1" '{
		first = substr($n, 1, 1)
		$n = (first == "0" ? "1" : "0") substr($n, 2)
		print
	}' "$2"
}

# opened KEYS SUITE: how many SK payloads of each end are read as expected.
opened() {
	read_as "$1" "$WORK/$2.pcap" | awk '
		NR == FNR { want[FNR] = $0; next }
		/ SK: / && $0 == want[FNR] { n[$1]++ }
		END { print "i " n["i"] + 0 " r " n["r"] + 0 }
	' <(sessions) -
}

# opened_without SUITE COLUMN: with that key changed.
opened_without() {
	other_key "$2" "$WORK/$1.keys" >"$WORK/other"
	opened "$WORK/other" "$1"
}

check "the sessions are built" make -s --no-print-directory -C ikeuser \
	OUT="$BUILD/user" "$BUILD/user/tests/sessions"
check "two engines talk" "$BUILD/user/tests/sessions" "$WORK"
check_equal "with each suite" 6 "$(find "$WORK" -name '*.pcap' | wc -l)"

for keys in "$WORK"/*.keys; do
	suite=$(basename "$keys" .keys)
	check_equal "$suite: tshark opens and knows everything" \
		"$(sessions)" "$(read_as "$keys" "$WORK/$suite.pcap")"
done

# A reader who has another key sees nothing: SPIi,SPIr,SK_ei,SK_er,,SK_ai,SK_ar.
for suite in aes256-sha256 aes256gcm16; do
	check_equal "$suite: the keys open 23 SK payloads of each end" \
		"i 23 r 23" "$(opened "$WORK/$suite.keys" $suite)"
	check_equal "$suite: another SK_ei opens none of the initiator" \
		"i 0 r 23" "$(opened_without $suite 3)"
	check_equal "$suite: another SK_er opens none of the responder" \
		"i 23 r 0" "$(opened_without $suite 4)"
done
check_equal "with another SK_ai, no ICV of the initiator" "i 0 r 23" \
	"$(opened_without aes256-sha256 6)"
check_equal "with another SK_ar, no ICV of the responder" "i 23 r 0" \
	"$(opened_without aes256-sha256 7)"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
