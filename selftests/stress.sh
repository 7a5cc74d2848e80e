#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Family E23 of bad input, in its large: the ground goes away under traffic, with
# packets in asynchronous ciphers: ROUNDS times a link, the module and a namespace.
# The kernel's log stays clean and nothing is left; the library looks.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

[ ! -e /proc/lockdep_stats ] || ROUNDS=${ROUNDS:-2}
ROUNDS=${ROUNDS:-5}

ASYNC=("cryptd(rfc4106(gcm(aes)))"
	"pcrypt(authenc(hmac(sha256),cbc(aes)))"
	"cryptd(authenc(hmac(sha1),cbc(aes)))")
# lockdep takes two lists of one kind in the kernel's own padata for one list.
[ ! -e /proc/lockdep_stats ] || ASYNC[1]="cryptd(authenc(hmac(sha256),cbc(aes)))"
SUITES=(aes-gcm-16 aes-cbc-hmac-sha2-256-128 aes-cbc-hmac-sha1-96)

[ "${CULVERT_DISPOSABLE:-}" = 1 ] ||
	skip_all "it changes which ciphers this machine uses"
modprobe -qa cryptd pcrypt algif_aead af_alg crypto_user || true
made=$("$LIB/async_crypto.py" on "${ASYNC[@]}" 2>&1) ||
	skip_all "this kernel has no asynchronous ciphers: ${made##*$'\n'}"

# Hosts that stay, and send all the time, gateways that go. No watchers: there
# are no rules left when the module goes.
for node in h1 h2; do
	node $node
done
probes h1 h2
cvt_on h1
# As much as leaves a slow machine time for its rounds.
PAUSE=4
[ ! -e /proc/lockdep_stats ] || PAUSE=20
p h1 "serve 9; begin 10.2.0.2 9 $PAUSE"
p h2 "serve 9; begin 10.1.0.2 9 $PAUSE"
# New namespaces take it over.
forwarded=$(sysctl -n net.ipv4.ip_forward)
sysctl -qw net.ipv4.ip_forward=1

# A tunnel for each suite: its number.
declare -A TUNNEL=()
for suite in "${SUITES[@]}"; do
	tunnel inner=4 suite="$suite" window=4096
	TUNNEL[$suite]=$N
done

# The links of h1 -- gw1 -- gw2 -- h2, as ip adds them, and what their ends want.
declare -A LINK=(
	[outer]="link add to-gw2 netns $(ns gw1) type veth \
		peer name to-gw1 netns $(ns gw2)"
	[inner1]="link add to-gw netns $(ns h1) type veth \
		peer name to-host netns $(ns gw1)"
	[inner2]="link add to-gw netns $(ns h2) type veth \
		peer name to-host netns $(ns gw2)")
declare -A END=(
	[h1]="addr add 10.1.0.2/24 dev to-gw
		link set to-gw up
		route replace default via 10.1.0.1"
	[h2]="addr add 10.2.0.2/24 dev to-gw
		link set to-gw up
		route replace default via 10.2.0.1"
	[gw1,inner]="addr add 10.1.0.1/24 dev to-host
		link set to-host up"
	[gw2,inner]="addr add 10.2.0.1/24 dev to-host
		link set to-host up"
	[gw1,outer]="addr add 192.0.2.1/24 dev to-gw2
		link set to-gw2 up"
	[gw2,outer]="addr add 192.0.2.2/24 dev to-gw1
		link set to-gw1 up"
	[gw1,route]="route replace 10.2.0.0/24 via 192.0.2.2"
	[gw2,route]="route replace 10.1.0.0/24 via 192.0.2.1")

# ip_in NODE WORDS...: without the mounts that ip -n makes.
ip_in() {
	nsenter --net="/run/netns/$(ns "$1")" ip "${@:2}"
}

# ips NODE END...: what they want, in one process, as they are slow to start.
ips() {
	local of=$1 end lines=
	shift
	for end; do
		lines+=${END[$end]}$'\n'
	done
	ip_in "$of" -batch - <<<"$lines"
}

gateways_come() {
	ip -batch - <<<"netns add $(ns gw1)
		netns add $(ns gw2)
		${LINK[outer]}
		${LINK[inner1]}
		${LINK[inner2]}" || return
	# A route wants both ends of its link up.
	ips gw1 gw1,inner gw1,outer gw1,route &&
		ips gw2 gw2,inner gw2,outer gw2,route &&
		ips h1 h1 && ips h2 h2
}

# of GATEWAY COMMAND...: through one process that stays, as it is slow to start,
# and keeps no socket, which would keep the namespace.
of() {
	cvt h1 in "$(ns "$1")" "${@:2}"
}

# secured SUITE: rules and SAs on both.
secured() {
	local node n=${TUNNEL[$1]}
	for node in gw1 gw2; do
		of $node policy "'${RULE[$n,$node]}'" \; \
			sa-add "${SA[$n,$node,in]}" \; \
			sa-add "${SA[$n,$node,out]}" || return
	done
	async_is_used
}

async_is_used() {
	[[ $(of gw1 sas) =~ driver=(cryptd|pcrypt)\( ]]
}

# carry GATEWAY ONE TWO: both of its SAs have carried so many packets. Without
# a process, as it is asked again and again.
CARRIED=' packets=([0-9]+).* packets=([0-9]+)'
carry() {
	[[ $(of "$1" sas) =~ $CARRIED ]] &&
		[ "${BASH_REMATCH[1]}" -ge "$2" ] &&
		[ "${BASH_REMATCH[2]}" -ge "$3" ]
}

# flow: both directions carry 20 packets more.
flow() {
	local node
	for node in gw1 gw2; do
		carry $node 0 0 && busywait carry $node \
			$((BASH_REMATCH[1] + 20)) $((BASH_REMATCH[2] + 20)) ||
			return
	done
}

# The outer link, or the inner one of the packets that were opened.
link_goes() {
	case $(($1 % 2)) in
	0)	ip_in gw1 link del to-gw2
		ip -batch - <<<"${LINK[outer]}"
		ips gw1 gw1,outer gw1,route
		ips gw2 gw2,outer gw2,route ;;
	1)	ip_in gw2 link del to-host
		ip -batch - <<<"${LINK[inner2]}"
		ips gw2 gw2,inner
		ips h2 h2 ;;
	esac
	flow
}

module_goes() {
	busywait rmmod culvert && insmod "$CULVERT_BUILD/culvert.ko"
}

# Either end first.
namespaces_go() {
	local gone
	for gone in $(($1 % 2 + 1)) $((2 - $1 % 2)); do
		ip netns del "$(ns gw$gone)"
	done
	busywait objects_as_before
}

ground_goes() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		step "round $((i + 1)): the gateways come" gateways_come &&
			step "they are given SAs" secured \
				"${SUITES[i % ${#SUITES[@]}]}" &&
			step "they carry" flow &&
			step "a link goes" link_goes $i &&
			step "the module goes" module_goes &&
			step "they are given SAs again" secured \
				"${SUITES[(i + 1) % ${#SUITES[@]}]}" &&
			step "they carry again" flow &&
			step "the namespaces go" namespaces_go $i || return
	done
}
step() {
	echo "$1"
	"${@:2}"
}
at_begin=$OBJECTS_BEFORE
OBJECTS_BEFORE=$(live_objects)
check "E23 $ROUNDS times a link, the module and the namespaces go under traffic" \
	ground_goes
# Of a round that failed.
for node in gw1 gw2; do
	ip netns del "$(ns $node)" 2>/dev/null || true
done
check_objects
OBJECTS_BEFORE=$at_begin

for node in h1 h2; do
	p $node "end 9" >/dev/null
done
sysctl -qw net.ipv4.ip_forward="$forwarded"
"$LIB/async_crypto.py" off "${ASYNC[@]}"
check_equal "the ciphers of other tests are synchronous again" "" \
	"$(grep -E '^driver.*: (cryptd|pcrypt)\((rfc4106|authenc)' /proc/crypto || true)"

done_testing
