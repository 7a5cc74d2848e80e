# SPDX-License-Identifier: GPL-2.0-only
# Tunnels whose SAs come and go while packets are watched one by one. Sourced
# behind esp.sh:
#
#	esp_chain h1 h2; cvt_on gw1 gw2; probes h1 h2
#	tunnel inner=4			its number in $N: 11, 12...
#	rules gw1 "$N"; rules gw2 "$N"	the lists of both, nothing else passes
#	install gw1 "$N"; install gw2 "$N"

declare -A SA=() RULE=()
# The device of each gateway that leads to the other.
declare -A OUTSIDE=([gw1]=to-gw2 [gw2]=to-gw1)

# probes NODE...: starts probe.py there.
probes() {
	local node
	for node; do
		PATIENCE=$PATIENCE helper "$node" "probe-$node" "$LIB/probe.py"
	done
	for node; do
		ask "probe-$node" marker "$MARKER"
	done
}

# p NODE COMMAND...
p() {
	local node=$1
	shift
	ask "probe-$node" "$@"
}

# tunnel NAME=VALUE...: as esp, and keeps the words of its SAs and rules.
tunnel() {
	local node way mine words=${RULE_WORDS:-}
	esp "$@"
	N=$((ESP_NUMBER + 10))
	for node in gw1 gw2; do
		for way in in out; do
			esp_sa "$node" $way
			SA[$N,$node,$way]=$REPLY
		done
		esp_selector "$node"
		mine=$REPLY
		esp_selector "${PEER[$node]}"
		RULE[$N,$node]="$N protect dev ${OUTSIDE[$node]} local $mine"
		RULE[$N,$node]+=" remote $REPLY mode ${ESP[mode]} $words"
	done
}

# rules NODE NUMBER-OR-RULE...
rules() {
	local node=$1 dev="dev ${OUTSIDE[$1]}" list one said
	shift
	list="1 bypass $dev proto icmpv6 icmp-type 133-137"
	for one; do
		list+="; ${RULE[$one,$node]:-$one}"
	done
	list+="; 2 discard $dev local ${NETWORK[$node,4]}"
	list+="; 3 discard $dev local ${NETWORK[$node,6]}"
	said=$(cvt "$node" policy "'$list'") && return
	echo "$said"
	return 1
}

# install NODE NUMBER [WORDS-OF-OUT]
install() {
	cvt "$1" sa-add "${SA[$2,$1,in]}"
	cvt "$1" sa-add "${SA[$2,$1,out]} ${3:-}"
}

# spi NUMBER NODE WAY
spi() {
	local -a words
	read -ra words <<<"${SA[$1,$2,$3]}"
	echo "${words[1]}"
}

# sa NODE WAY NUMBER COMMAND [WORDS]: sa-get, sa-set or sa-del of it.
sa() {
	local node=$1 way=$2 n=$3 command=$4 remote=
	shift 4
	if [ "$way" = out ]; then
		remote="remote ${SA[$n,$node,out]#* remote }"
		remote=${remote%% suite*}
	fi
	cvt "$node" "$command" "$way" "$(spi "$n" "$node" "$way")" $remote "$@"
}

# field NAME: of the key=value pairs on standard input.
field() {
	tr ' ' '\n' | sed -n "s/^$1=//p"
}

# closed NODE NUMBER: takes the SA out away; the next one goes on with the
# numbers where this one ended.
declare -A NEXT=()
closed() {
	NEXT[$2,$1]="seq $(sa "$1" out "$2" sa-get | field sequence)"
	sa "$1" out "$2" sa-del
}

opened() {
	cvt "$1" sa-add "${SA[$2,$1,out]} ${NEXT[$2,$1]:-}"
}

# count NODE NAME: a counter.
count() {
	cvt "$1" counter "$2"
}

# since NODE NAME BEFORE: how often it counted since.
since() {
	echo $(($(count "$1" "$2") - $3))
}

# setting NODE NAME
setting() {
	cvt "$1" settings | field "$2"
}

# rule NODE ID NAME: a field of rule-get.
rule() {
	cvt "$1" rule-get "$2" | field "$3"
}

# equals EXPECTED COMMAND...
equals() {
	[ "$1" = "$("${@:2}")" ]
}

# at_least NUMBER COMMAND...
at_least() {
	[ "$("${@:2}")" -ge "$1" ]
}
