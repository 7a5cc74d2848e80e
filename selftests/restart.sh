#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon is killed under a numbered stream, KILLS times and at other moments each
# time, and another one goes on where it was: nothing is lost, no IKE SA is set up
# anew, and its Child SAs are rekeyed under the old IKE SA. So does a reload that
# changes nothing; one that changes a peer closes that one.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/esp.sh"
. "$LIB/probe.sh"
. "$LIB/culvertd.sh"

KILLS=${KILLS:-6}

topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 \
	== 192.0.2.2/24 gw2 10.2.0.1/24 -- 10.2.0.2/24 h2"
probes h1 h2
p h1 serve 9
p h2 serve 9

culvertd_conf gw1 "10.1.0.0/24 10.2.0.0/24"
culvertd_conf gw2 "10.2.0.0/24 10.1.0.0/24"

# Not stop: it is to die without a word.
kill_daemon() {
	local pid=${DAEMON_PIDS[$1]}
	unset "DAEMON_PIDS[$1]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
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
	for node in gw1 gw2; do
		diag "$node: $(on $node "$LIB/cvt.py" counters | tr '\n' ' ')"
	done
}

stream_begins() {
	p h1 begin 10.2.0.2 9 5
	p h2 begin 10.1.0.2 9 5
}

for node in gw1 gw2; do
	culvertd_on $node "culvertd-$node-0"
done
for node in gw1 gw2; do
	check "$node has its rules" has_rules $node 1
done
check "the first packets are answered" \
	on h1 ping -c 3 -W "$PATIENCE" -p "$MARKER" 10.2.0.2

# rekey GATEWAY KIND LOG: the Child SA (child) or the IKE SA (ike), until its first
# message is on its way.
rekey() {
	local -A of=([ike]=gw$((3 - ${1#gw})) [child]=inside-1)
	local before request='SENT: CREATE_CHILD_SA request'
	before=$(grep -c "$request" "$ARTIFACTS/$3.log" || true)
	PYTHONPATH=$LIB python3 - "$KEPT/$1.sock" "$2" "${of[$2]}" <<-END
	import sys
	from vici import Vici
	Vici(sys.argv[1]).request("rekey", {sys.argv[2]: sys.argv[3]})
	END
	wait_log "$3" "$request" $((before + 1))
}

KINDS=([1]=ike [2]=child)

stream_begins
for ((life = 1; life <= KILLS; life++)); do
	node=gw$((1 + life % 2))
	log=culvertd-$node-$((life < 3 ? 0 : life - 2))
	# Two of three die while they rekey, somewhere in the exchange.
	if [ $((life % 3)) != 0 ]; then
		check "life $life: $node rekeys" rekey $node "${KINDS[life % 3]}" "$log"
	fi
	sleep "0.0$((life * 7 % 10))"
	kill_daemon "$log"
	culvertd_on $node "culvertd-$node-$life"
	check "life $life of $node goes on where it was" \
		wait_log "culvertd-$node-$life" 'IKE_STATE RESUMED'
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

culvertd_conf gw1 "10.1.0.0/24 10.2.0.0/24" -- "dpd_delay = 45s"
kill -HUP "${DAEMON_PIDS[culvertd-gw1-$last1]}"
check "a peer that changes is closed" \
	wait_log "culvertd-gw1-$last1" 'IKE_STATE RECONFIGURED'
check "and comes again with the next packet" \
	on h1 ping -c 3 -W "$PATIENCE" -p "$MARKER" 10.2.0.2
stop "culvertd-gw1-$last1"
stop "culvertd-gw2-$last2"
rm -r "$KEPT"

done_testing
