#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvert capture in the reference lab: a tunnel comes up, is replaced and carries
# packets, while both ends of it are captured with keys; tshark, which is given what
# was written, opens all of it. Keys are told to root alone, and for a while.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/lab.sh"

command -v tshark >/dev/null || skip_all "tshark is not installed"

lab_secrets
lab_defaults
lab_topology
lab_daemons

# capture NAME GATEWAY PEER WORDS...: in the background, until it says that it has
# begun.
capture() {
	start_on "$2" "$1" "$CULVERT" capture "$3" -w "$LAB/$1.pcapng" "${@:4}" \
		--socket "$LAB/$2.sock"
	wait_log "$1" '^capturing ' ||
		fail "$1 begins" "$(cat "$ARTIFACTS/$1.log")"
}

# ended NAME: by itself, and well.
ended() {
	local pid=${DAEMON_PIDS[$1]} status=0
	unset "DAEMON_PIDS[$1]"
	wait "$pid" || status=$?
	check_equal "$1 ends by itself" 0 "$status"
}

# What tshark makes of a capture with the keys beside it, a line for each packet:
# interface|protocols|source|ICV good|ICMP checksums|exchange|identities|decrypted
read_capture() {
	local field
	local -a wanted=()
	for field in frame.interface_id frame.protocols ip.src esp.icv_good \
			icmp.checksum isakmp.exchangetype \
			isakmp.id.data.ipv4_addr isakmp.enc.decrypted; do
		wanted+=(-e "$field")
	done
	WIRESHARK_CONFIG_DIR=$LAB/$1.pcapng.keys tshark -r "$LAB/$1.pcapng" \
		-T fields -E separator='|' "${wanted[@]}" >"$ARTIFACTS/$1.txt" \
		2>>"$ARTIFACTS/tshark.log"
}

# count NAME PATTERN: of those lines.
count() {
	grep -cE -- "$2" "$ARTIFACTS/$1.txt" || true
}

OUTER_ESP='^0\|[^|]*:esp'
GOOD_ICV='^0\|[^|]*:esp[^|]*\|[^|]*\|1\|'
INNER_ICMP='^1\|raw:ip:icmp'
AUTH_OPEN='\|35\|10[0-9.,]+\|'

# --- of a tunnel that comes up

capture first fw1 site2 --with-keys
capture there fw2 site1 --with-keys --for 10m
check_says "5 of 5" ' 5 received, 0% packet loss' pings yellow 172.16.10.11 100
check "the Child SA is replaced" culvert fw1 rekey site2/s2svpn_to_site2-2
rekeyed() {
	[ "$(grep -c 'CHILD_STATE.*-> UP' "$ARTIFACTS/culvertd-fw1.log")" -ge 2 ]
}
check "there is a new one" busywait rekeyed
check_says "5 of 5" ' 5 received, 0% packet loss' pings yellow 172.16.10.11 100
stop first

check_says "it says what it wrote" \
	'wrote .*/first.pcapng: [0-9]+ packets of to-wan, 20 of culvert-inner$' \
	cat "$ARTIFACTS/first.log"
check_says "it warns of what is in it" '^warning: .* keys of live SAs' \
	cat "$ARTIFACTS/first.log"
check_says "it says how to open it" \
	'^open:  WIRESHARK_CONFIG_DIR=.*first.pcapng.keys wireshark ' \
	cat "$ARTIFACTS/first.log"
check_equal "keys are for their owner alone" "700 600 600" \
	"$(stat -c %a "$LAB"/first.pcapng{.keys,.keys/esp_sa,} | xargs)"
check_equal "two pairs of Child SAs" 4 "$(wc -l <"$LAB/first.pcapng.keys/esp_sa")"
check_equal "one IKE SA" 1 \
	"$(wc -l <"$LAB/first.pcapng.keys/ikev2_decryption_table")"

read_capture first
check_equal "tshark: 20 ESP packets" 20 "$(count first "$OUTER_ESP")"
check_equal "tshark: each ICV is good" 20 "$(count first "$GOOD_ICV")"
check_equal "tshark: what is in each is ICMP" 20 \
	"$(count first "${OUTER_ESP}[^|]*:icmp")"
check_equal "tshark: so is what culvert opened itself" 20 \
	"$(count first "$INNER_ICMP")"
icmp_of() {
	awk -F '|' -v interface="$1" \
		'$1 == interface && $5 { sub(/.*,/, "", $3); print $3, $5 }' \
		"$ARTIFACTS/first.txt" | sort
}
check_equal "tshark: both are the same" "$(icmp_of 0)" "$(icmp_of 1)"
check_equal "tshark: the pings of either host" \
	"10 172.16.10.11 10 192.168.100.11" \
	"$(icmp_of 1 | awk '{ print $1 }' | uniq -c | xargs)"
check "tshark: IKE_AUTH is open, both ways" \
	[ "$(count first "$AUTH_OPEN")" -ge 2 ]
check_equal "tshark: it names both" "10.255.1.2 10.255.2.2" \
	"$(awk -F '|' '$6 == 35 { print $7 }' "$ARTIFACTS/first.txt" |
		tr , '\n' | sort -u | xargs)"
check_equal "tshark: every sealed IKE message is open" \
	"$(count first '\|3[567]\|')" "$(count first '\|3[567]\|[^|]*\|.+$')"
check_equal "tshark: nothing is malformed" 0 "$(count first malformed)"

# --- the daemon's end of it

log_says() {
	check_says "$1" "$2" cat "$ARTIFACTS/culvertd-fw1.log"
}
log_says "the log says who was told keys" \
	'control: keys of peer site2 are told to process [0-9]+ of root for 60 seconds'
log_says "and that it is over" 'keys of peer site2 are no longer told'
check_says "one at a time" 'one capture with keys at a time' \
	on fw2 "$CULVERT" capture site1 -w "$LAB/second.pcapng" --with-keys \
	-c 1 --socket "$LAB/fw2.sock"

# Whoever may speak to the daemon is not root for that.
cp "$LIB/vici.py" "$LAB/vici.py"
chmod 777 "$LAB" "$LAB/fw1.sock"
check_says "who is not root gets no keys" 'told to root alone, not to user 65534' \
	setpriv --reuid 65534 --clear-groups python3 -B -c '
import sys
sys.path.insert(0, sys.argv[1])
from vici import Vici
vici = Vici(sys.argv[2])
vici.send(3, "culvert-key")
vici.receive()
print(vici.ask("culvert-keys", {"peer": "site2", "seconds": 60}))' \
	"$LAB" "$LAB/fw1.sock"
log_says "which is logged" 'of user 65534 asks for keys of peer site2: refused'
chmod 700 "$LAB"

# --- of a tunnel that is up; over when the time is

capture later fw1 site2 --with-keys --for 8s
check_says "5 of 5" ' 5 received, 0% packet loss' pings yellow 172.16.10.11 100
ended later
read_capture later
check_equal "keys of SAs that were there: each ICV is good" 10 \
	"$(count later "$GOOD_ICV")"
check_equal "and what is in them is seen" 10 "$(count later "$INNER_ICMP")"

# --- without keys, and so many packets

capture plain fw1 site2 -c 5
check_says "5 of 5" ' 5 received, 0% packet loss' pings yellow 172.16.10.11 100
ended plain
check "and no keys are written" [ ! -e "$LAB/plain.pcapng.keys" ]
read_capture plain
check_equal "it ends with the fifth packet" 5 "$(wc -l <"$ARTIFACTS/plain.txt")"
check_equal "none of them can be read" 0 "$(count plain icmp)"

stop there
read_capture there
check_equal "the responder's: every ICV is good" 40 "$(count there "$GOOD_ICV")"
check_equal "the responder's: there is no other" 40 "$(count there "$OUTER_ESP")"
check_equal "the responder's: all pings are seen" 40 \
	"$(count there "$INNER_ICMP")"
check "the responder's: IKE_AUTH is open" \
	[ "$(count there "$AUTH_OPEN")" -ge 2 ]

lab_end
done_testing
