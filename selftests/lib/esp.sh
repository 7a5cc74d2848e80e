# SPDX-License-Identifier: GPL-2.0-only
# Tunnels for tests: a chain of two hosts and two gateways, culvert on the one
# gateway and the kernel's XFRM on the other, or culvert on both, with keys by
# hand. Sourced behind lib.sh:
#
#	esp_chain
#	cvt_on gw1
#	esp suite=aes-gcm-16 inner=4 outer=6 encap=udp esn=yes
#	esp_culvert gw1
#	esp_xfrm gw2
#	check "a host reaches the other" ask h1 ping 10.2.0.2 1 100 1472
#
# Processes are slow to start in an emulated machine, so each node has one that
# sends and answers traffic, h1 and so on, and one that speaks to the module,
# cvt-gw1 and so on. A test asks them for many things, a line each: traffic.py
# and cvt.py say what they know.

# ---------------------------------------------------------------- helpers

declare -A ASK_FD=() ANSWER_FD=()

# helper NODE NAME COMMAND...: the command gets two FIFOs more, for the lines
# that it reads and for its answers.
helper() {
	local node=$1 name=$2 in out fifos
	shift 2
	# Not in ARTIFACTS: its file system may have no FIFOs.
	fifos=$(mktemp -d)
	mkfifo "$fifos/in" "$fifos/out"
	# Opened for both ways, because that waits for nobody.
	exec {in}<>"$fifos/in" {out}<>"$fifos/out"
	rm -r "$fifos"
	ASK_FD[$name]=$in
	ANSWER_FD[$name]=$out
	start_on "$node" "$name" "$@" "/dev/fd/$in" "/dev/fd/$out"
}

# tell NAME WORDS...: without waiting for the answer. Ends of lines are spaces.
tell() {
	local name=$1 line
	shift
	line=$*
	echo "${line//$'\n'/ }" >&"${ASK_FD[$name]}"
}

# answer NAME: to what was told first of what is not answered. Fails if it is an
# error.
answer() {
	local line
	while read -r -t $((PATIENCE * 3)) -u "${ANSWER_FD[$1]}" line; do
		case $line in
		ok)		return 0 ;;
		error:*)	echo "$1: $line"; return 1 ;;
		*)		echo "$line" ;;
		esac
	done
	echo "$1: error: no answer"
	return 1
}

# ask NAME WORDS...
ask() {
	tell "$@"
	answer "$1"
}

# traffic NODE...: starts their drivers.
traffic() {
	local node
	for node; do
		PATIENCE=$((PATIENCE / 2)) helper "$node" "$node" \
			"$LIB/traffic.py"
	done
	for node; do
		ask "$node" marker "$MARKER"
	done
}

# ---------------------------------------------------------------- the chain

# Addresses of a node; networks behind a gateway. The index is the family; 4n and
# 6n are what the watcher does not know, for tunnels that do not encrypt.
declare -A ADDRESS=(
	[h1,4]=10.1.0.2		[h1,6]=fd01::2
	[h1,4n]=10.3.0.2	[h1,6n]=fd73::2
	[gw1,4]=192.0.2.1	[gw1,6]=2001:db8::1
	[gw2,4]=192.0.2.2	[gw2,6]=2001:db8::2
	[h2,4n]=10.4.0.2	[h2,6n]=fd74::2
	[h2,4]=10.2.0.2		[h2,6]=fd02::2)
declare -A NETWORK=(
	[gw1,4]=10.1.0.0/24	[gw1,6]=fd01::/64
	[gw1,4n]=10.3.0.0/24	[gw1,6n]=fd73::/64
	[gw2,4n]=10.4.0.0/24	[gw2,6n]=fd74::/64
	[gw2,4]=10.2.0.0/24	[gw2,6]=fd02::/64)
declare -A PEER=([gw1]=gw2 [gw2]=gw1)

# esp_chain [NODE...]: both hosts and both gateways, in both families, and the
# traffic drivers of the nodes, if not of all.
esp_chain() {
	topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
		gw1 192.0.2.1/24,2001:db8::1/64 == \
		192.0.2.2/24,2001:db8::2/64 gw2 \
		10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"
	esp_legible h1 10.3.0 fd73: gw1 192.0.2.2 2001:db8::2 10.4.0 fd74:
	esp_legible h2 10.4.0 fd74: gw2 192.0.2.1 2001:db8::1 10.3.0 fd73:
	ip_now
	[ $# -gt 0 ] || set -- h1 gw1 gw2 h2
	traffic "$@"
}

# esp_legible HOST ITS-NETWORKS GATEWAY ITS-PEER OTHER-NETWORKS
esp_legible() {
	local host=$1 n4=$2 n6=$3 gw=$4 peer4=$5 peer6=$6 o4=$7 o6=$8
	ip_later "$host" addr add "$n4.2/24" dev "to-$gw"
	ip_later "$host" addr add "$n6:2/64" dev "to-$gw" nodad
	ip_later "$gw" addr add "$n4.1/24" dev "to-$host"
	ip_later "$gw" addr add "$n6:1/64" dev "to-$host" nodad
	ip_later "$host" route add "$o4.0/24" via "$n4.1" src "$n4.2"
	ip_later "$host" route add "$o6:/64" via "$n6:1" src "$n6:2"
	ip_later "$gw" route add "$o4.0/24" via "$peer4"
	ip_later "$gw" route add "$o6:/64" via "$peer6"
}

# forget: hosts forget what they learnt about paths.
forget() {
	tell h1 forget fd02::/64 fd01::1
	tell h2 forget fd01::/64 fd02::1
	answer h1 && answer h2
}

# watchers_rest: until the clear-text watchers have looked at all that passed.
# What is more than their buffers hold would make their verdict void.
watchers_rest() {
	local name state end=$((SECONDS + PATIENCE))
	for name in "${OUTER_LINKS[@]}"; do
		while [ $SECONDS -lt $end ]; do
			read -r _ _ state _ <"/proc/${DAEMON_PIDS[$name]}/stat"
			[ "$state" != S ] || break
			sleep 0.05
		done
	done
}

# ---------------------------------------------------------------- the tunnel

# What a tunnel has if nothing else is said. key: of AES, in bits. inner and
# outer: 4 or 6; a transport SA has outer alone. encap: none or udp.
declare -A ESP_DEFAULTS=(
	[suite]=aes-gcm-16 [key]=128 [mode]=tunnel [inner]=4 [outer]=4
	[encap]=none [esn]=no [window]=128)
declare -A ESP=()
ESP_NUMBER=0

# Functions that run for each of many tunnels leave what they find in REPLY,
# because $(...) is a process.

# random_hex OCTETS
random_hex() {
	local word
	REPLY=
	while [ ${#REPLY} -lt $(($1 * 2)) ]; do
		printf -v word %08x "$SRANDOM"
		REPLY+=$word
	done
	REPLY=${REPLY:0:$(($1 * 2))}
}

# esp NAME=VALUE...: describes the next tunnel, with new keys, SPIs and number of
# its rule, for the functions below. Nothing happens to any gateway.
esp() {
	local key encr=0 integ=0 node word

	for word in "${!ESP_DEFAULTS[@]}"; do
		ESP[$word]=${ESP_DEFAULTS[$word]}
	done
	for word; do
		ESP[${word%%=*}]=${word#*=}
	done
	if [ "${ESP[mode]}" = transport ]; then
		ESP[inner]=${ESP[outer]}
	elif ! esp_is_secret; then
		ESP[inner]+=n
	fi

	case ${ESP[suite]} in
	chacha20-poly1305)	encr=36 ;;
	null-hmac-*)		;;
	aes-cbc-*)		encr=$((ESP[key] / 8)) ;;
	*)			encr=$((ESP[key] / 8 + 4)) ;;
	esac
	case ${ESP[suite]} in
	*-sha1-96)		integ=20 ;;
	*-sha2-256-128)		integ=32 ;;
	*-sha2-384-192)		integ=48 ;;
	*-sha2-512-256)		integ=64 ;;
	esac

	ESP_NUMBER=$((ESP_NUMBER + 1))
	# Each gateway's SA in has its own SPI and keys.
	for node in gw1 gw2; do
		ESP[$node,spi]=$((0x10000 * ${node#gw} + 0x1000 + ESP_NUMBER))
		random_hex "$encr"
		ESP[$node,encr]=$REPLY
		random_hex "$integ"
		ESP[$node,integ]=$REPLY
	done
}

# Whether the suite of the tunnel hides what it carries.
esp_is_secret() {
	case ${ESP[suite]} in null-*) return 1 ;; esac
}

# What a gateway protects on its side.
esp_selector() {
	if [ "${ESP[mode]}" = tunnel ]; then
		REPLY=${NETWORK[$1,${ESP[inner]}]}
	else
		REPLY=${ADDRESS[$1,${ESP[inner]}]}
	fi
}

# ---------------------------------------------------------------- culvert

# cvt_on NODE...: starts cvt.py there, one process for the whole test.
cvt_on() {
	local node
	for node; do
		helper "$node" "cvt-$node" "$LIB/cvt.py" batch
	done
}

# cvt NODE COMMAND...: a word with spaces wants quotes of its own, as in
# cvt gw1 policy "'1 bypass; 2 discard'"
cvt() {
	local node=$1
	shift
	ask "cvt-$node" "$@"
}

# The words of sa-add for the tunnel: esp_sa NODE in|out
esp_sa() {
	local node=$1 direction=$2 peer=${PEER[$1]} of=${ESP[outer]} keys
	case $direction in
	in)	keys=$node ;;
	out)	keys=$peer ;;
	esac
	REPLY="$direction ${ESP[$keys,spi]} rule $((ESP_NUMBER + 10))"
	REPLY+=" mode ${ESP[mode]} local ${ADDRESS[$node,$of]}"
	REPLY+=" remote ${ADDRESS[$peer,$of]} suite ${ESP[suite]}"
	REPLY+=" ${ESP[$keys,encr]:+encr-key ${ESP[$keys,encr]}}"
	REPLY+=" ${ESP[$keys,integ]:+integ-key ${ESP[$keys,integ]}}"
	[ "${ESP[esn]}" = no ] || REPLY+=" esn"
	[ "${ESP[encap]}" = none ] || REPLY+=" encap 4500 4500"
	case $direction in
	in)	REPLY+=" window ${ESP[window]}" ;;
	out)	REPLY+=" activate" ;;
	esac
}

# esp_rules NODE [WORDS-OF-THE-RULE]: the rule of the tunnel, with what is around
# it. Nothing else of the networks behind leaves. Neighbour discovery between the
# gateways is never protected.
esp_rules() {
	local node=$1 words=${2:-} peer=${PEER[$1]} mine rules
	local dev="dev to-${PEER[$1]}"
	esp_selector "$node"
	mine=$REPLY
	esp_selector "$peer"
	rules="1 bypass $dev proto icmpv6 icmp-type 133-137"
	rules+="; $((ESP_NUMBER + 10)) protect $dev local $mine remote $REPLY"
	rules+=" mode ${ESP[mode]} self ${ADDRESS[$node,${ESP[outer]}]}"
	rules+=" peer ${ADDRESS[$peer,${ESP[outer]}]} $words"
	rules+="; 2 discard $dev local ${NETWORK[$node,4]}"
	rules+="; 3 discard $dev local ${NETWORK[$node,6]}"
	REPLY=$rules
}

# esp_culvert NODE [WORDS-OF-THE-RULE]: the rules and the SAs of the tunnel, in
# place of what was there: in no moment does anything leave.
esp_culvert() {
	local node=$1 way
	esp_rules "$@"
	cvt "$node" policy "'$REPLY'" || return
	for way in in out; do
		esp_sa "$node" $way
		cvt "$node" sa-add "$REPLY" || return
	done
}

# ---------------------------------------------------------------- XFRM

# The words of ip xfrm state for the suite, with the keys of the SA in of a node.
xfrm_algorithms() {
	local encr=0x${ESP[$1,encr]} integ=0x${ESP[$1,integ]}
	local bits=${ESP[suite]##*-} auth
	local suite=${ESP[suite]}
	case $suite in
	aes-gcm-*)
		REPLY="aead rfc4106(gcm(aes)) $encr $((bits * 8))"
		return ;;
	chacha20-poly1305)
		REPLY="aead rfc7539esp(chacha20,poly1305) $encr 128"
		return ;;
	null-aes-gmac)
		REPLY="aead rfc4543(gcm(aes)) $encr 128"
		return ;;
	*-sha1-*)
		auth=sha1 ;;
	*)
		auth=${suite%-*}
		auth=sha${auth##*-} ;;
	esac
	case $suite in
	null-*)	REPLY='enc ecb(cipher_null) ""' ;;
	*)	REPLY="enc cbc(aes) $encr" ;;
	esac
	# The kernel's own default for SHA-256 is the 96 bits of a draft.
	REPLY+=" auth-trunc hmac($auth) $integ $bits"
}

# xfrm_policy SELECTOR WORDS...: adds a policy, and notes how to delete it.
xfrm_policy() {
	echo "xfrm policy delete $1" >>"$undo"
	echo "xfrm policy add $*"
}

xfrm_state() {
	local flags='' encap=''
	# A selector of any family, so that inner and outer may differ.
	[ "${ESP[mode]}" = transport ] || flags+=" af-unspec"
	[ "${ESP[esn]}" = no ] || flags+=" esn"
	[ "${ESP[encap]}" = none ] || encap="encap espinudp 4500 4500 $any"
	xfrm_algorithms "$3"
	echo "xfrm state add src $1 dst $2 proto esp spi ${ESP[$3,spi]}" \
		"reqid 1 mode ${ESP[mode]} ${flags:+flag$flags}" \
		"replay-window ${ESP[window]} $REPLY $encap"
}

xfrm_commands() {
	local node=$1 undo=$2 peer=${PEER[$1]} of=${ESP[outer]} mine theirs way
	local here=${ADDRESS[$1,$of]} there=${ADDRESS[${PEER[$1]},$of]}
	local any=0.0.0.0 template="proto esp reqid 1 mode ${ESP[mode]}"
	[ "$of" = 4 ] || any=::
	esp_selector "$node"
	mine=$REPLY
	esp_selector "$peer"
	theirs=$REPLY

	if [ -e "$undo" ]; then
		echo "xfrm state flush"
		echo "$(<"$undo")"
	else
		# Nothing else of the networks behind leaves, in no moment.
		for way in 4 6; do
			echo "xfrm policy add src ${NETWORK[$node,$way]}" \
				"dev to-$peer dir out priority 10000" \
				"action block"
		done
	fi
	true >"$undo"
	xfrm_state "$there" "$here" "$node"
	xfrm_state "$here" "$there" "$peer"

	xfrm_policy "src $mine dst $theirs dir out" priority 100 \
		tmpl src "$here" dst "$there" "$template"
	for way in in fwd; do
		xfrm_policy "src $theirs dst $mine dir $way" priority 100 \
			tmpl src "$there" dst "$here" "$template"
	done
	[ "${ESP[mode]}$of" = transport6 ] || return 0
	# Neighbour discovery between the gateways is never protected.
	for way in 135 136; do
		xfrm_policy "src $mine dst $theirs proto ipv6-icmp \
			type $way dir out" priority 1
		xfrm_policy "src $theirs dst $mine proto ipv6-icmp \
			type $way dir in" priority 1
	done
}

# esp_xfrm NODE: the states and policies of the tunnel, in place of what was
# there.
esp_xfrm() {
	local node=$1 file=$ARTIFACTS/xfrm-$1
	if [ "${ESP[encap]}" != none ] && [ ! -e "$file.encap" ]; then
		ask "$node" encap 4500 || return
		true >"$file.encap"
	fi
	xfrm_commands "$node" "$file.undo" >"$file"
	ip -n "$(ns "$node")" -batch "$file"
}

# ---------------------------------------------------------------- diagnosis

# What the two gateways counted.
esp_tell() {
	local node
	for node in gw1 gw2; do
		if [ -n "${ASK_FD[cvt-$node]:-}" ]; then
			echo "$node: counters that are not 0, SAs:"
			cvt "$node" counters
			cvt "$node" sas
		fi
		if [ -e "$ARTIFACTS/xfrm-$node" ]; then
			echo "$node: /proc/net/xfrm_stat that is not 0, SAs:"
			on "$node" awk '$2' /proc/net/xfrm_stat
			ip -n "$(ns "$node")" -s xfrm state
		fi
	done
}
