#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The reference lab: traffic of two networks brings up a tunnel each, behind
# firewalls that know nothing of tunnels, and no packet is lost; what an ASA
# tells of it, culvert tells, and it is true; failures name their reason; a
# tunnel that is idle goes, and comes back.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/lab.sh"

lab_secrets
lab_defaults
lab_topology
lab_daemons

# told NAME PATTERN WORDS...: of fw1. Without words, by what was asked last: a
# process for each check takes most of the time on an emulated machine.
SAID=
told() {
	[ $# -eq 2 ] || SAID=$(culvert fw1 "${@:3}" 2>&1) || true
	check_says "$1" "$2" echo "$SAID"
}

told "no IKEv1 SAs" '^There are no IKEv1 SAs$' show crypto isakmp sa
told "no IKEv2 SAs" '^There are no IKEv2 SAs$'
told "no IPsec SAs" '^There are no ipsec sas$' show crypto ipsec sa
told "two elements" '^access-list s2svpn_to_site2; 2 elements; name hash: 0x' \
	show access-list
told "no hits" 'object-group SITE1 object-group SITE2 log default \(hitcnt=0\) 0x'
told "the crypto map" '^crypto map outside_map 1 match address s2svpn_to_site2$' \
	show run crypto map

# --- YELLOW

lab_first YELLOW yellow 172.16.10.11

yellow_ike=$(culvert fw1 show crypto isakmp sa)
yellow_sa=$(culvert fw1 show crypto ipsec sa)
ike_says() {
	check_says "$1" "$2" echo "$yellow_ike"
}
sa_says() {
	check_says "$1" "$2" echo "$yellow_sa"
}
tunnel=$(field '^([0-9]+) 10\.255' "$(sed 's/^ *//' <<<"$yellow_ike")")
session=$(field 'Session-id:([0-9]+),' "$yellow_ike")
ike_says "session" 'Status:UP-ACTIVE, IKE count:1, CHILD count:1$'
ike_says "ends, status, role" \
	'10.255.1.2/500 +10.255.2.2/500 +READY +INITIATOR$'
ike_says "suite of IKE" \
	'Encr: AES-CBC, keysize: 256, Hash: SHA256, DH Grp:14, Auth sign: PSK, Auth verify: PSK'
ike_says "lifetime of IKE" 'Life/Active Time: 86400/[0-9]+ sec'
ike_says "local selector" \
	'local selector  192.168.100.0/0 - 192.168.100.255/65535'
ike_says "remote selector" \
	'remote selector 172.16.10.0/0 - 172.16.10.255/65535'
sa_says "the map" \
	'Crypto map tag: outside_map, seq num: 1, local addr: 10.255.1.2'
sa_says "the element" 'access-list s2svpn_to_site2 extended permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0 log default'
sa_says "local ident" \
	'local ident .*: \(192.168.100.0/255.255.255.0/0/0\)'
sa_says "peer" 'current_peer: 10.255.2.2$'
sa_says "five out" '#pkts encaps: 5, #pkts encrypt: 5, #pkts digest: 5$'
sa_says "five in" '#pkts decaps: 5, #pkts decrypt: 5, #pkts verify: 5$'
sa_says "no errors" '#send errors: 0, #recv errors: 0'
sa_says "sizes" 'path mtu 1500, ipsec overhead 74\(44\), media mtu 1500'
sa_says "transform" 'transform: esp-aes-256 esp-sha-hmac no compression'
sa_says "settings" 'settings =\{L2L, Tunnel, PFS Group 14, IKEv2, \}'
sa_says "lifetime" 'lifetime \(kB/sec\): \(460799[0-9]/28[0-9]+\)'
sa_says "IV" 'IV size: 16 bytes'
check_equal "replay bitmaps in and out" \
	"0x00000000 0x0000003F,0x00000000 0x00000001," \
	"$(grep -A 1 bitmap <<<"$yellow_sa" | grep -o '0x.*' | tr '\n' ,)"
for way in in/out:10.255.2.2 out:10.255.1.2; do
	case $way in
	in*)	spi=$(field 'in/out: (0x[0-9a-f]+)/' "$yellow_ike") ;;
	*)	spi=$(field 'in/out: 0x[0-9a-f]+/(0x[0-9a-f]+)' "$yellow_ike") ;;
	esac
	check_equal "the SPI of ${way%%[/:]*} is that on the wire" 5 \
		"$(wire_count "^ESP ${way#*:} [0-9.]+ $spi ")"
done

# What the other end tells is the mirror image.
there_ike=$(culvert fw2 show crypto isakmp sa)
there_sa=$(culvert fw2 show crypto ipsec sa)
check_says "site 2: ends, status, role" \
	'10.255.2.2/500 +10.255.1.2/500 +READY +RESPONDER$' echo "$there_ike"
check_equal "site 2: the SPIs are those of site 1, in for out" \
	"$(field 'in/out: 0x[0-9a-f]+/(0x[0-9a-f]+)' "$yellow_ike")/$(field \
		'in/out: (0x[0-9a-f]+)/' "$yellow_ike")" \
	"$(field 'in/out: (0x[0-9a-f/x]+)' "$there_ike")"
check_says "site 2: its own selector is the local one" \
	'local selector  172.16.10.0/0 - 172.16.10.255/65535' echo "$there_ike"
check_says "site 2: peer" 'current_peer: 10.255.1.2$' echo "$there_sa"
check_says "site 2: five out" '#pkts encaps: 5, #pkts encrypt: 5' \
	echo "$there_sa"
check_says "site 2: five in" '#pkts decaps: 5, #pkts decrypt: 5' \
	echo "$there_sa"

told "YELLOW hit once" '192.168.100.0 255.255.255.0 .*\(hitcnt=1\)' \
	show access-list
told "BLUE did not" '192.168.200.0 255.255.255.0 .*\(hitcnt=0\)'

# --- BLUE, and the Internet meanwhile

start_on yellow internet ping -i 0.3 -c 10 -W "$PATIENCE" 10.255.255.11
lab_second BLUE blue 172.16.10.21
check "the Internet answers" wait_log internet ' 10 received, 0% packet loss'
unset "DAEMON_PIDS[internet]"
check "by PAT" wire_has '^IP 10.255.1.2 10.255.255.11 icmp 84 octets' 10

blue_ike=$(culvert fw1 show crypto isakmp sa)
check_equal "the same Tunnel-id" "$tunnel" \
	"$(field '^([0-9]+) 10\.255' "$(sed 's/^ *//' <<<"$blue_ike")")"
check_says "the same session, two children" \
	"^Session-id:$session, Status:UP-ACTIVE, IKE count:1, CHILD count:2$" \
	echo "$blue_ike"
check_equal "the newest child first" "192.168.200.0 192.168.100.0" \
	"$(sed -nE 's/.*local selector +([0-9.]+)\/.*/\1/p' <<<"$blue_ike" | xargs)"
told "BLUE hit" '192.168.200.0 255.255.255.0 .*\(hitcnt=1\)' show access-list
told "the line's hits are their sum" 'object-group SITE2 .*\(hitcnt=2\)'

# --- culvert's own words, JSON, and strongSwan's swanctl

told "native: the IKE SA" \
	'^site2 .* 10.255.1.2:500 +10.255.2.2:500 +READY +initiator ' show ike
told "native: its children" '192.168.100.0/24 ⇄ 172.16.10.0/24 +spi in/out '
told "native: how many" '^1 IKE SA ready, 0 connecting, 2 children$'
told "native: sizes" 'path mtu 1500' show ipsec
told "native: BLUE's rule is up" '192.168.200.0/24 → 172.16.10.0/24 .* up' \
	show policy
told "explain: it would be encrypted" '^verdict: ENCRYPT' \
	explain 192.168.200.11 172.16.10.21 icmp
told "explain: by which rule" 'outside_map 1 / s2svpn_to_site2 line 1\.[12]'
told "explain: it would be as long as it was" '296 octets on the wire' \
	explain 192.168.200.11 172.16.10.21 icmp --length 228
told "explain: the Internet is none of its business" '^verdict: let it pass in CLEAR' \
	explain 192.168.200.11 10.255.255.11 icmp

# json NAME EXPRESSION WORDS...: python says that it is true of the lines.
json() {
	check "JSON: $1" python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.argv[2].splitlines()]
assert lines and all(line["schema"] == 1 for line in lines), lines
assert eval("(" + sys.argv[1] + ")"), lines' "$2" "$(culvert fw1 "${@:3}" --json)"
}
json "the IKE SA" 'lines[0]["state"] == "ESTABLISHED" and
	lines[0]["name"] == "site2" and lines[0]["initiator"] is True' show ike
json "both children carried five packets each way" \
	'[(c["packets-in"], c["packets-out"]) for line in lines
	  for c in line["child-sas"].values()] == [(5, 5)] * 2' show ike
json "two rules are up" \
	'[l["status"] for l in lines if l["action"] == "protect"] == ["up"] * 2' \
	show policy
json "explain" 'lines[-1]["verdict"]' explain 192.168.200.11 172.16.10.21 icmp

SAID=$(swan fw1 --list-sas)
told "swanctl: the IKE SA" 'site2: #[0-9]+, ESTABLISHED, IKEv2'
told "swanctl: a Child SA" 'INSTALLED, TUNNEL, ESP:AES_CBC-256/HMAC_SHA1_96'
told "swanctl: five packets of 228 octets" \
	'in +[0-9a-f]+, +1140 bytes, +5 packets'
check_says "swanctl: the connection" '^site2: IKEv2' swan fw1 --list-conns
check_says "swanctl: the policies" 'local:  192.168.100.0/24' \
	swan fw1 --list-pols

# --- the firewall sees what was decrypted

knock() {
	on purple1 timeout 10 bash -c "exec 3<>/dev/tcp/192.168.100.11/$1"
}
check_says "ssh passes the firewall" 'Connection refused' knock 22
check_equal "which has seen it" 1 "$(lab_counter fw1 ssh)"
denied=$(lab_counter fw1 denied)
on purple1 timeout 3 bash -c 'exec 3<>/dev/tcp/192.168.100.11/23' \
	2>/dev/null || true
check "telnet does not" [ "$(lab_counter fw1 denied)" -gt "$denied" ]

# --- site 2 asks

check "no SA is up" lab_clear
lab_first "PURPLE asks" purple1 192.168.100.11
check_says "PURPLE asks: site 2 is the initiator" '/500 +READY +INITIATOR$' \
	culvert fw2 show crypto isakmp sa
told "PURPLE asks: site 1 is the responder" '/500 +READY +RESPONDER$' \
	show crypto isakmp sa
lab_second "PURPLE asks for BLUE" purple2 192.168.200.11

# --- failures

# fails NAME VARIABLE=VALUE REASON: told by fw2, which finds it. Its words are kept
# in $WHY.
fails() {
	check "$1: both gateways take it" lab_apply "$2"
	on yellow ping -c 1 -W 1 -p "$MARKER" 172.16.10.11 >/dev/null || true
	check "$1: fw2 names the reason" busywait why_says fw2 site1 "\\($3\\)"
	check "$1: fw1 tells of its refusal" busywait why_says fw1 site2 '^reason: '
	WHY=$(culvert fw2 why site1)
	check_says "$1: fw2 says what to change" "^to change: ." echo "$WHY"
	check_says "$1: fw1 says what to change" "^to change: ." \
		culvert fw1 why site2
}
why_says() {
	culvert "$1" why "$2" | grep -qE -- "$3"
}
# why NAME PATTERN: of the last failure.
why() {
	check_says "$1" "$2" echo "$WHY"
}
fails "wrong secret" "SECRET_OF_1=$LAB/other.psk" AUTH_WRONG
why "wrong secret: and where to look" '^to change: .*pre-shared key differs'
fails "other proposal" PROPOSALS=aes256-sha512-modp2048 NO_PROPOSAL
why "other proposal: what was offered" \
	'^  first difference +[A-Z]+ +offered +.*(sha256|SHA2_256)'
why "other proposal: beside what is configured" \
	'^ +[A-Z]* +configured +.*(sha512|SHA2_512)'
why "other proposal: and where to change it" "^to change: .*'proposals'"
fails "other selectors" \
	"SITE1_AT_2=network-object 192.168.200.0 255.255.255.0" TS_UNACCEPTABLE
why "other selectors: what was offered, beside what is wanted" \
	'traffic selectors differ theirs .* 192.168.100.0/24 === .* 172.16.10.0/24; ours: s2svpn_to_site1-1 has 192.168.200.0/24 === 172.16.10.0/24'
why "other selectors: and what is configured" \
	'^  remote-ts +192.168.200.0/24$'
why "other selectors: and how they are to be" '^to change: .*mirror'

# --- idle

check "a short idle_timeout" lab_apply IDLE=5
check_says "after all that: 5 of 5" ' 5 received, 0% packet loss' \
	pings yellow 172.16.10.11 100
check "idle, it goes" busywait lab_is_down fw1
check "on the other end too" busywait lab_is_down fw2
check_says "and comes back: 5 of 5" ' 5 received, 0% packet loss' \
	pings yellow 172.16.10.11 100

lab_end
done_testing
