#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon is killed under a numbered stream, KILLS times and at other moments each
# time, and another one goes on where it was: nothing is lost, no IKE SA is set up
# anew, and its Child SAs are rekeyed under the old IKE SA. So does a reload that
# changes nothing; one that changes a peer closes that one.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"

CULVERTD=${CULVERTD:-$(dirname "$OUTPUT")/user/culvertd}
[ -x "$CULVERTD" ] || skip_all "culvertd is not built: make user"
KILLS=${KILLS:-12}

topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 \
	== 192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"
probes h1 h2

# conf GATEWAY PEER MINE ITS MY-NETWORK ITS-NETWORK [LINE]
conf() {
	cat >"$ARTIFACTS/$1.conf" <<-END
	access-list inside {
	    permit ip $5 $6
	}
	peer $2 {
	    local_addrs = $3
	    remote_addrs = $4
	    auth psk secret "$PSK"
	    ${7:-}
	}
	crypto map outside interface to-$2 {
	    10 match address inside set peer $2
	}
	END
	chmod 600 "$ARTIFACTS/$1.conf"
}
PSK=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
conf gw1 gw2 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24
conf gw2 gw1 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24

# Each has its directory and its socket: they share a file system.
KEPT=$(mktemp -d /run/culvert-restart.XXXXXX)

# daemon GATEWAY TIME: its log is that of its TIME-th life.
daemon() {
	start_on "$1" "culvertd-$1-$2" "$CULVERTD" -c "$ARTIFACTS/$1.conf" \
		-j "$KEPT/$1" -s "$KEPT/$1.sock"
}

# Not stop: it is to die without a word.
kill_daemon() {
	local pid=${DAEMON_PIDS[$1]}
	unset "DAEMON_PIDS[$1]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
}

rules() {
	busywait sh -c '[ "$(ip netns exec "$1" "$2" rules | wc -l)" -ge 1 ]' \
		- "$(ns "$1")" "$LIB/cvt.py"
}

# stream_ends WHAT: all that was sent arrived once and in order.
stream_ends() {
	local from to sent
	for from in h1 h2; do
		to=h$((3 - ${from#h}))
		sent=$(p $from end 9)
		check_equal "$1: all from $from arrive once and in order" \
			"got=${sent#sent=}" "$(p $to got 9 "${sent#sent=}")"
		check "$1: there was traffic from $from" \
			test "${sent#sent=}" -ge 100
	done
}

stream_begins() {
	p h1 "serve 9; begin 10.2.0.2 9 5"
	p h2 "serve 9; begin 10.1.0.2 9 5"
}

for node in gw1 gw2; do
	daemon $node 0
done
for node in gw1 gw2; do
	check "$node has its rules" rules $node
done
check "the first packets are answered" \
	on h1 ping -c 3 -W "$PATIENCE" -p "$MARKER" 10.2.0.2

# All Child SAs that the other gateway is the end of; it may be killed meanwhile.
rekey() {
	PYTHONPATH=$LIB python3 - "$KEPT/$1.sock" "gw$((3 - ${1#gw}))" <<-END || true
	import sys
	from vici import Vici
	Vici(sys.argv[1]).request("rekey", {"ike": sys.argv[2]})
	END
}

stream_begins
for ((life = 1; life <= KILLS; life++)); do
	node=gw$((1 + life % 2))
	# Every third dies while it rekeys, somewhere in the exchange.
	asking=
	if [ $((life % 3)) = 0 ]; then
		rekey $node >/dev/null 2>&1 &
		asking=$!
	fi
	sleep "0.00$((life * 7 % 10))"
	kill_daemon "culvertd-$node-$((life < 3 ? 0 : life - 2))"
	daemon $node "$life"
	check "life $life of $node goes on where it was" \
		wait_log "culvertd-$node-$life" 'IKE_STATE RESUMED'
	[ -z "$asking" ] || wait "$asking"
done
stream_ends "killed $KILLS times"

for ((life = 1; life <= KILLS; life++)); do
	node=gw$((1 + life % 2))
	check_equal "life $life of $node set up nothing anew" 0 \
		"$(grep -c 'SENT: IKE_SA_INIT' "$ARTIFACTS/culvertd-$node-$life.log")"
done

last1=$((KILLS % 2 ? KILLS - 1 : KILLS)) last2=$((KILLS % 2 ? KILLS : KILLS - 1))
stream_begins
for node in gw1 gw2; do
	[ $node = gw1 ] && life=$last1 || life=$last2
	kill -HUP "${DAEMON_PIDS[culvertd-$node-$life]}"
	check "$node reads its configuration again" \
		wait_log "culvertd-$node-$life" "$node.conf: 1 peers"
done
stream_ends "reloaded"
for node in gw1 gw2; do
	[ $node = gw1 ] && life=$last1 || life=$last2
	check_equal "a reload of the same closes nothing on $node" 0 \
		"$(grep -c RECONFIGURED "$ARTIFACTS/culvertd-$node-$life.log")"
done

conf gw1 gw2 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 "dpd_delay = 45s"
kill -HUP "${DAEMON_PIDS[culvertd-gw1-$last1]}"
check "a peer that changes is closed" \
	wait_log "culvertd-gw1-$last1" 'IKE_STATE RECONFIGURED'
check "and comes again with the next packet" \
	on h1 ping -c 3 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
stop "culvertd-gw1-$last1"
stop "culvertd-gw2-$last2"
rm -rf "$KEPT"

done_testing
