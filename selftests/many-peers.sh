#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hub with 50 peers and 500 rules, of which one peer is there: it is shown,
# explained and reloaded. A tunnel that carries packets loses none of them while
# the configurations of others change, come and go, and keeps its SAs.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/culvertd.sh"
CULVERT=${CULVERT:-$(dirname "$OUTPUT")/user/culvert}

PEERS=50
RULES=10	# of each peer

topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 == 192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"
ip_later gw1 route add default via 192.0.2.2
ip_now

# peer NUMBER [LINE]: its access list, and itself. Number 2 is gw2; no other answers.
peer() {
	local n
	printf 'access-list to-%s {\n' "$1"
	for ((n = 0; n < RULES; n++)); do
		printf '    permit ip 10.1.0.0/24 10.%s.%s.0/24\n' "$1" $n
	done
	cat <<-END
	}
	peer p$1 {
	    local_addrs = 192.0.2.1
	    remote_addrs = 192.0.2.$1
	    auth psk secret "$PSK"
	    ${2:-dpd_delay = 30s}
	}
	END
}

# hub NUMBER...: gw1 with those peers; line_of[NUMBER] is one more line of it.
declare -A line_of=()
hub() {
	local n
	{
		for n; do
			peer "$n" "${line_of[$n]:-}"
		done
		echo "crypto map outside interface to-gw2 {"
		for n; do
			echo "    $n match address to-$n set peer p$n"
		done
		echo "}"
	} >"$ARTIFACTS/gw1.new"
	chmod 600 "$ARTIFACTS/gw1.new"
	mv "$ARTIFACTS/gw1.new" "$ARTIFACTS/gw1.conf"
}

culvert() {
	"$CULVERT" "$@" --socket "$KEPT/gw1.sock"
}

# timed NAME COMMAND...: what it says goes to $SAID, its exit status to $STATUS, and
# how long it took to the reader.
timed() {
	local name=$1 began=${EPOCHREALTIME/./}
	shift
	STATUS=0
	SAID=$("$@" 2>&1) || STATUS=$?
	diag "$name: $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
}
said() {
	check_says "$1" "$2" echo "$SAID"
}

mapfile -t all < <(seq 2 $((PEERS + 1)))
hub "${all[@]}"
culvertd_conf gw2 "10.2.0.0/24 10.1.0.0/24"
for node in gw1 gw2; do
	culvertd_on $node
done
protects() {
	[ "$(culvert show policy --json | grep -c '"action":"protect"')" -eq "$1" ]
}
check "the kernel has 500 rules" busywait protects $((PEERS * RULES))

# --- shown and explained

timed "show policy" culvert show policy
check_equal "each rule is shown" $((PEERS * RULES)) \
	"$(grep -c ' dormant' <<<"$SAID")"
timed "show config" culvert show config
check_equal "each peer is shown" $PEERS "$(grep -c '^peer p' <<<"$SAID")"
timed "explain" culvert explain 10.1.0.2 10.51.9.7 icmp
said "the last rule is found" 'outside 51 / to-51 line 10'
said "and those before it are summed up" 'and [0-9]+ more before it'
timed "explain of what no rule covers" culvert explain 10.1.0.2 10.99.0.1 icmp
said "none covers it" 'no rule covers it'
check_refused "a peer that is not there is refused" culvert show ike p77
timed "a reload that changes nothing" culvert config apply
check "all rules are there" protects $((PEERS * RULES))

# --- under traffic

check_says "the tunnel comes up" ' 2 received, 0% packet loss' \
	on h1 ping -c 2 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
sas() {
	culvert show ike p2 --json | grep -oE '"(spi-(in|out)|uniqueid)":[^,]*'
}
before=$(sas)

start_on h1 stream ping -i 0.05 -W "$PATIENCE" -p "$MARKER" 10.2.0.2

passed() {
	grep -oE '"packets-in":[0-9]+' <<<"$(culvert show ike p2 --json)" |
		grep -oE '[0-9]+' | sort -n | tail -n 1
}
more_than() {
	[ "$(passed)" -gt "$1" ]
}
# applied NAME: while packets fly, and they go on behind it.
applied() {
	local n
	timed "$1" culvert config apply
	check_equal "$1: it is taken" 0 "$STATUS"
	n=$(passed)
	check "$1: packets go on" busywait more_than $((n + 5))
}

line_of[37]="dpd_delay = 17s"
hub "${all[@]}"
timed "config diff" culvert config diff
said "the difference is one peer's" '^\+.*dpd_delay'
check_equal "and nothing else's" 2 "$(grep -cE '^[-+] ' <<<"$SAID")"
applied "another peer changes"
hub "${all[@]:0:40}"
applied "ten peers go"
check "their rules are gone" protects $((40 * RULES))
hub "${all[@]}"
applied "ten peers come"
check "all rules are there again" protects $((PEERS * RULES))
line_of[20]="proposals = aes128gcm16-prfsha256-ecp256"
hub 51 "${all[@]:0:49}"
applied "a peer changes its suites, and its place"
reloads=$(grep -c ': 50 peers, ' "$ARTIFACTS/culvertd-gw1.log")
kill -HUP "${DAEMON_PIDS[culvertd-gw1]}"
check "a signal does it too" wait_log culvertd-gw1 ': 50 peers, ' \
	$((reloads + 1))
check_equal "the tunnel has kept its SAs" "$before" "$(sas)"

check "hundreds of packets flew" wait_log stream 'icmp_seq=' 200
# The last of them may be on their way; any other that is not there was lost.
kill -INT "${DAEMON_PIDS[stream]}"
wait "${DAEMON_PIDS[stream]}" || true
unset "DAEMON_PIDS[stream]"
grep -oE 'icmp_seq=[0-9]+' "$ARTIFACTS/stream.log" | cut -d= -f2 | sort -n \
	>"$ARTIFACTS/answered"
check_equal "none was lost meanwhile" "" \
	"$(awk '$1 != ++n { print n " is missing"; exit }' "$ARTIFACTS/answered")"
diag "$(grep transmitted "$ARTIFACTS/stream.log")"
check_says "no SA was refused, none failed" '^0$' \
	grep -cE 'KERNEL_REFUSED|FAILED' "$ARTIFACTS/culvertd-gw1.log"

# --- its own peer changes: it closes, and traffic brings it up again

line_of[2]="dpd_delay = 19s"
hub "${all[@]}"
timed "its own peer changes" culvert config apply
check_says "the next packets bring it up, and none is lost" \
	' 3 received, 0% packet loss' \
	on h1 ping -c 3 -i 0.2 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
renewed() {
	[ -n "$(sas)" ] && [ "$(sas)" != "$before" ]
}
check "with new SAs" renewed

for node in gw1 gw2; do
	stop "culvertd-$node"
done
rm -r "$KEPT"

done_testing
