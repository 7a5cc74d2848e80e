#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration, in the test machine: the reference lab. Each step shows what
# is typed and what comes back; a promise at the end of a step is checked. It is
# a test like the others, told in other words.

. "$(dirname "$0")/guest.sh" || exit
. "$TOP/selftests/lib/lib.sh" >/dev/null
. "$LIB/lab.sh"

pass() {
	TESTS=$((TESTS + 1))
	printf '   [kept]   %s\n' "$1"
}

fail() {
	TESTS=$((TESTS + 1))
	FAILED=$((FAILED + 1))
	printf '   [BROKEN] %s\n' "$1"
	[ -z "${2:-}" ] || diag "$2"
}

plan() {
	printf '\n%s promises kept, %s broken.\n' $((TESTS - FAILED)) $FAILED
}

step() {
	printf '\n== %s\n' "$*"
}

# type_in NODE WORDS...: on a gateway, culvert's own words need no more.
type_in() {
	printf '\n%s# %s\n' "$1" "${*:2}"
	case $2 in
	culvert) culvert "$1" "${@:3}" 2>&1 || true ;;
	*)	on "$@" 2>&1 || true ;;
	esac
}

# pings NODE TO SIZE: shown, and kept in $PINGS.
pings() {
	PINGS=$(type_in "$1" ping -s "$3" -c 5 -W "$PATIENCE" -p "$MARKER" "$2")
	echo "$PINGS"
	check_says "5 of 5: none is lost" ' 5 received, 0% packet loss' \
		echo "$PINGS"
}

why_says() {
	culvert "$1" why "$2" | grep -qE -- "$3"
}

# fails WHAT VARIABLE=VALUE REASON
fails() {
	step "$1"
	check "both gateways read it" lab_apply "$2"
	type_in yellow ping -c 1 -W 5 -p "$MARKER" 172.16.10.11
	check "the reason has a name: $3" busywait why_says fw2 site1 "\\($3\\)"
	type_in fw2 culvert why site1
}

printf '\nLinux %s, a machine of its own with your files to read.\n' "$(uname -r)"
step "Two sites, two gateways. Their firewalls do PAT, and let in ssh and icmp."
lab_secrets
lab_defaults
lab_topology
lab_daemons
type_in fw1 cat "$ARTIFACTS/fw1.nft"
type_in fw1 cat "$LAB/fw1.conf"

step "Nothing is up until traffic asks for it."
type_in fw1 culvert show crypto isakmp sa
type_in fw1 culvert show crypto ipsec sa
type_in fw1 culvert show access-list
check "there is no SA" lab_is_down fw1

step "YELLOW pings PURPLE."
wire_begins
pings yellow 172.16.10.11 100
check "ten ESP packets of 200 octets" busywait wire_has '^ESP .* 200 octets' 10
echo "What passed between fw1 and the WAN:"
wire .
check_equal "exactly four IKE messages" 4 "$(wire_count '^IKE')"
check_equal "nothing else" "" "$(wire '^IP')"
type_in fw1 culvert show crypto isakmp sa
type_in fw1 culvert show crypto ipsec sa
check_says "the counters are true" '#pkts encaps: 5, #pkts encrypt: 5' \
	culvert fw1 show crypto ipsec sa

step "BLUE pings PURPLE; YELLOW is on the Internet meanwhile."
wire_begins
start_on yellow internet ping -i 0.3 -c 10 -W "$PATIENCE" 10.255.255.11
pings blue 172.16.10.21 200
check "ten ESP packets of 296 octets" busywait wire_has '^ESP .* 296 octets' 10
check_equal "exactly one CREATE_CHILD_SA exchange" 2 \
	"$(wire_count ' CREATE_CHILD_SA ')"
check "the Internet answers" wait_log internet ' 10 received, 0% packet loss'
unset "DAEMON_PIDS[internet]"
check "to the gateway's address" \
	wire_has '^IP 10.255.1.2 10.255.255.11 icmp 84 octets' 10
type_in fw1 culvert show ike
type_in fw1 culvert show access-list
type_in fw1 culvert explain 192.168.200.11 172.16.10.21 icmp

fails "Site 2 has a wrong secret." "SECRET_OF_1=$LAB/other.psk" AUTH_WRONG
fails "Site 2 has another proposal." PROPOSALS=aes256-sha512-modp2048 NO_PROPOSAL
fails "Site 2 knows BLUE only." \
	"SITE1_AT_2=network-object 192.168.200.0 255.255.255.0" TS_UNACCEPTABLE

step "Mended, and the tunnel goes when it is idle, here for 5 seconds."
check "both gateways read it" lab_apply IDLE=5
pings yellow 172.16.10.11 100
check "idle, it goes" busywait lab_is_down fw1
type_in fw1 culvert show crypto isakmp sa
pings yellow 172.16.10.11 100

step "The machine is cleaned up."
lab_end
done_testing
