#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest-demo.sh KERNEL PEER: the demonstration, in the test machine: the reference
# lab, with culvert or strongSwan at site 2. Each step shows what is typed and what
# comes back; a promise at the end of a step is checked. It is a test like the
# others, told in other words, with what was promised beside what was seen at its
# end.

. "$(dirname "$0")/guest.sh" || exit
KEPT=$RESULTS/$1/demo
[ "$2" != strongswan ] || SWAN=fw2
export CULVERT_ARTIFACTS=$RESULTS/$1/artifacts
. "$TOP/selftests/lib/lib.sh" >/dev/null
. "$LIB/lab.sh"

# What was promised, what was seen, what about: a line each.
declare -a SUMMARY=()

# noted MARK PROMISE PROMISED SEEN
noted() {
	TESTS=$((TESTS + 1))
	SUMMARY+=("$(printf '  %-6s  %-52s %-9s %s' "$1" "${2%% (*}" "$3" "$4")")
}

pass() {
	noted kept "$1" "${2:-yes}" "${2:-yes}"
	printf '   [kept]   %s\n' "$1"
}

# fail PROMISE [DIAGNOSTIC [PROMISED SEEN]]
fail() {
	FAILED=$((FAILED + 1))
	noted BROKEN "$1" "${3:-yes}" "${4-no}"
	printf '   [BROKEN] %s\n' "$1"
	[ -z "${2:-}" ] || diag "$2"
}

# promise WHAT PROMISED SEEN
promise() {
	if [ "$2" = "$3" ]; then
		pass "$1" "$2"
	else
		fail "$1" "promised: $2
seen:     $3" "$2" "$3"
	fi
}

# What lib.sh checks when it ends is promised, too.
plan() {
	printf '\n          %-52s %-9s %s\n' "" promised seen
	printf '%s\n' "${SUMMARY[@]}"
	printf '\n%s promises kept, %s broken, in %s seconds of this machine.\n' \
		$((TESTS - FAILED)) $FAILED $SECONDS
}

step() {
	printf '\n== %s\n' "$*"
}

# type_in NODE WORDS...: on a gateway, culvert's own words need no more.
type_in() {
	printf '\n%s# %s\n' "$1" "${*:2}"
	case $2 in
	culvert) culvert "$1" "${@:3}" 2>&1 || true ;;
	swanctl) swan "$1" "${@:3}" 2>&1 || true ;;
	*)	on "$@" 2>&1 || true ;;
	esac
}

# pings WHO NODE TO SIZE
pings() {
	local said
	said=$(type_in "$2" ping -s "$4" -c 5 -W "$PATIENCE" -p "$MARKER" "$3")
	echo "$said"
	promise "$1: answered pings" 5 "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' \
		<<<"$said")"
}

why_says() {
	culvert "$1" why "$2" | grep -qE -- "$3"
}

# fails WHAT VARIABLE=VALUE REASON: found by who is asked; strongSwan asks, so that
# it is culvert.
fails() {
	local finder=fw2 peer=site1
	step "$1"
	check "both gateways read it" lab_apply "$2"
	if [ -n "$SWAN" ]; then
		finder=fw1
		peer=site2
		type_in fw2 swanctl --initiate --child net-1 | tail -n 4
	else
		type_in yellow ping -c 1 -W 1 -p "$MARKER" 172.16.10.11
	fi
	check "told by why: $3" busywait why_says $finder $peer "\\($3\\)"
	type_in $finder culvert why $peer
	check "and what to change" why_says $finder $peer '^to change: .'
}

printf '\nLinux %s, a machine of its own with your files to read.\n' "$(uname -r)"
step "Two sites, two gateways. Their firewalls do PAT, and let in ssh and icmp."
[ -z "$SWAN" ] || echo "At site 2 is strongSwan."
[ -z "$SWAN" ] || need_charon
lab_secrets
lab_defaults
lab_topology
lab_daemons
type_in fw1 cat "$ARTIFACTS/fw1.nft"
type_in fw1 cat "$LAB/fw1.conf"

step "1. Nothing is up until traffic asks for it."
type_in fw1 culvert show crypto isakmp sa
type_in fw1 culvert show crypto ipsec sa
type_in fw1 culvert show access-list
check "there is no SA" lab_is_down fw1

step "2. YELLOW pings PURPLE."
wire_begins
pings YELLOW yellow 172.16.10.11 100
busywait wire_has '^ESP .* 200 octets' 10 || true
echo "What passed between fw1 and the WAN:"
wire .
wire_told_repeats
promise "YELLOW: IKE messages on the wire" 4 "$(wire_count '^IKE')"
promise "YELLOW: ESP packets of 200 octets" 10 \
	"$(wire_count '^ESP .* 200 octets')"
promise "YELLOW: anything else" 0 "$(wire_count '^IP')"
type_in fw1 culvert show crypto isakmp sa
type_in fw1 culvert show crypto ipsec sa
type_in fw1 culvert show ike
type_in fw1 culvert show ipsec
promise "YELLOW: packets encapsulated, the kernel says" 5 \
	"$(field 'pkts encaps: ([0-9]+),' \
		"$(culvert fw1 show crypto ipsec sa)")"

step "3. BLUE pings PURPLE. 4. YELLOW is on the Internet meanwhile."
wire_begins
start_on yellow internet ping -i 0.3 -c 10 -W "$PATIENCE" 10.255.255.11
pings BLUE blue 172.16.10.21 200
busywait wire_has '^ESP .* 296 octets' 10 || true
wire_told_repeats
promise "BLUE: messages of CREATE_CHILD_SA" 2 \
	"$(wire_count ' CREATE_CHILD_SA ')"
promise "BLUE: other messages of IKE" 0 \
	"$(wire '^IKE' | grep -vc ' CREATE_CHILD_SA ' || true)"
promise "BLUE: ESP packets of 296 octets" 10 \
	"$(wire_count '^ESP .* 296 octets')"
wait_log internet ' received, ' || true
unset "DAEMON_PIDS[internet]"
promise "the Internet: answered pings" 10 \
	"$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$ARTIFACTS/internet.log")"
promise "the Internet: to the gateway's address" 10 \
	"$(wire_count '^IP 10.255.1.2 10.255.255.11 icmp 84 octets')"
type_in fw1 culvert show ike
type_in fw1 culvert show access-list
type_in fw1 culvert explain 192.168.200.11 172.16.10.21 icmp
promise "BLUE: Child SAs of the one IKE SA" 2 \
	"$(field 'IKE count:1, CHILD count:([0-9]+)$' \
		"$(culvert fw1 show crypto ikev2 sa)")"

fails "5. Site 2 has a wrong secret." "SECRET_OF_1=$LAB/other.psk" AUTH_WRONG
fails "Site 2 has another proposal." PROPOSALS=aes256-sha512-modp2048 NO_PROPOSAL
fails "Site 2 knows another network than YELLOW." \
	"SITE1_AT_2=network-object 192.168.250.0 255.255.255.0" TS_UNACCEPTABLE

step "6. Mended, and the tunnel goes when it is idle, here for 5 seconds."
check "both gateways read it" lab_apply IDLE=5
start_on fw1 capture "$CULVERT" capture site2 -w "$LAB/site2.pcapng" \
	--with-keys --for 10m --socket "$LAB/fw1.sock"
wait_log capture '^capturing ' || true
pings "YELLOW, mended" yellow 172.16.10.11 100
check "idle, it goes" busywait lab_is_down fw1
type_in fw1 culvert show crypto isakmp sa
pings "YELLOW, again" yellow 172.16.10.11 100

step "7. All that was captured meanwhile."
printf '\nfw1# culvert capture site2 -w site2.pcapng --with-keys --for 10m\n'
stop capture
sed "s#$LAB/##g" "$ARTIFACTS/capture.log"
rm -rf "$KEPT"
mkdir -p "$KEPT"
cp -r "$LAB"/site2.pcapng{,.keys} "$LAB"/*.conf "$ARTIFACTS"/*.nft \
	"$ARTIFACTS/wire.log" "$KEPT"

read_it() {
	WIRESHARK_CONFIG_DIR=$KEPT/site2.pcapng.keys tshark -r \
		"$KEPT/site2.pcapng" "$@" 2>/dev/null
}
printf '\nfw1# WIRESHARK_CONFIG_DIR=site2.pcapng.keys tshark -r site2.pcapng -c 12\n'
read_it -c 12
# Interface, whether its ICV is good, its protocols, an identity of IKE_AUTH.
read_it -T fields -E separator=' ' -e frame.interface_id -e esp.icv_good \
	-e frame.protocols -e isakmp.id.data.ipv4_addr >"$ARTIFACTS/tshark.txt"
seen() {
	grep -cE -- "$1" "$ARTIFACTS/tshark.txt" || true
}
promise "capture: ESP packets" 20 "$(seen '^0 .*:esp')"
promise "capture: with a good ICV" 20 "$(seen '^0 1 .*:esp')"
promise "capture: ICMP seen in them" 20 "$(seen '^1 .*:icmp')"
check "capture: IKE_AUTH is decrypted" [ "$(seen ':isakmp 10')" -ge 2 ]

step "The machine is cleaned up."
lab_end
printf '\nOn your machine, in %s:\n' "${KEPT#"$TOP"/}"
ls -F "$KEPT"
printf '\n  WIRESHARK_CONFIG_DIR=%s wireshark %s\n' \
	"${KEPT#"$TOP"/}/site2.pcapng.keys" "${KEPT#"$TOP"/}/site2.pcapng"
done_testing
