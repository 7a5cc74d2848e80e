#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Family E23 of bad input, in its large: the ground goes away under traffic, with
# packets in asynchronous ciphers: ROUNDS times a namespace, a link and the module.
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
p h1 "serve 9; begin 10.2.0.2 9 5"
p h2 "serve 9; begin 10.1.0.2 9 5"
for i in 1 2 3; do
	p h1 begin 10.2.0.2 $((20 + i)) 5
	p h2 begin 10.1.0.2 $((20 + i)) 5
done

# The links, gateways and routes of h1 -- gw1 -- gw2 -- h2.
outer() {
	ip link add to-gw2 netns "$(ns gw1)" type veth \
		peer name to-gw1 netns "$(ns gw2)"
	ip -n "$(ns gw1)" -batch - <<-'END'
		addr add 192.0.2.1/24 dev to-gw2
		link set to-gw2 up
		route replace 10.2.0.0/24 via 192.0.2.2
	END
	ip -n "$(ns gw2)" -batch - <<-'END'
		addr add 192.0.2.2/24 dev to-gw1
		link set to-gw1 up
	END
	ip -n "$(ns gw2)" route replace 10.1.0.0/24 via 192.0.2.1
	ip -n "$(ns gw1)" route replace 10.2.0.0/24 via 192.0.2.2
}
inner() {
	local gw=gw$1 host=h$1
	ip link add to-gw netns "$(ns "$host")" type veth \
		peer name to-host netns "$(ns "$gw")"
	ip -n "$(ns "$gw")" -batch - <<-END
		addr add 10.$1.0.1/24 dev to-host
		link set to-host up
	END
	ip -n "$(ns "$host")" -batch - <<-END
		addr add 10.$1.0.2/24 dev to-gw
		link set to-gw up
		route replace default via 10.$1.0.1
	END
}
gateways() {
	NAMESPACES="$NAMESPACES gw1 gw2"
	ip netns add "$(ns gw1)"
	ip netns add "$(ns gw2)"
	for i in 1 2; do
		on gw$i sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
		inner $i
	done
	outer
}

# secured SUITE: rules and SAs on both; each in a process of its own, because a
# socket would keep the namespace.
secured() {
	local node said
	tunnel inner=4 suite="$1" window=4096
	for node in gw1 gw2; do
		said=$(on $node "$LIB/cvt.py" batch <<-END
			policy '${RULE[$N,$node]}'
			sa-add ${SA[$N,$node,in]}
			sa-add ${SA[$N,$node,out]}
			END
		)
		! grep error <<<"$said" || return 1
	done
}

carried() {
	on "$1" "$LIB/cvt.py" sas | tr ' ' '\n' | sed -n 's/^packets=//p' |
		sort -n | head -n 1
}

# Both directions carry packets.
flows() {
	busywait at_least 50 carried gw1 && busywait at_least 50 carried gw2
}

async_is_used() {
	on gw1 "$LIB/cvt.py" sas | grep -qE 'driver=(cryptd|pcrypt)\('
}

namespaces_go() {
	local i gone
	for ((i = 0; i < ROUNDS; i++)); do
		gateways
		secured "${SUITES[i % ${#SUITES[@]}]}" && async_is_used && flows ||
			return
		# Either end first.
		gone="gw$((i % 2 + 1)) gw$((2 - i % 2))"
		for node in $gone; do
			ip netns del "$(ns $node)"
			NAMESPACES=${NAMESPACES/ $node/}
		done
		busywait objects_as_before || return
	done
}
at_begin=$OBJECTS_BEFORE
OBJECTS_BEFORE=$(live_objects)
check "E23 $ROUNDS namespaces go under traffic" namespaces_go

links_go() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		secured "${SUITES[i % ${#SUITES[@]}]}" && flows || return
		# The outer link, the inner one of the packets that were opened.
		if [ $((i % 2)) = 0 ]; then
			ip -n "$(ns gw1)" link del to-gw2
			outer
		else
			ip -n "$(ns gw2)" link del to-host
			inner 2
		fi
		flows_again || return
	done
}
flows_again() {
	local one=$(carried gw1) two=$(carried gw2)
	busywait at_least $((one + 50)) carried gw1 &&
		busywait at_least $((two + 50)) carried gw2
}
gateways
check "E23 $ROUNDS links go under traffic" links_go

modules_go() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		secured "${SUITES[i % ${#SUITES[@]}]}" && flows || return
		busywait rmmod culvert || return
		insmod "$CULVERT_BUILD/culvert.ko" || return
	done
}
check "E23 the module goes $ROUNDS times under traffic" modules_go

for node in h1 h2; do
	p $node "end 9; end 21; end 22; end 23" >/dev/null
done
for node in gw1 gw2; do
	ip netns del "$(ns $node)"
	NAMESPACES=${NAMESPACES/ $node/}
done
check_objects
OBJECTS_BEFORE=$at_begin
"$LIB/async_crypto.py" off "${ASYNC[@]}"
check_equal "the ciphers of other tests are synchronous again" "" \
	"$(grep -E '^driver.*: (cryptd|pcrypt)\((rfc4106|authenc)' /proc/crypto || true)"

done_testing
