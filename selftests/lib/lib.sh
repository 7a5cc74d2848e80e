# SPDX-License-Identifier: GPL-2.0-only
#
# The test library. A test sources it, tells its story in checks, and ends with
# done_testing:
#
#	. "$(dirname "$0")/lib/lib.sh"
#	topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 == 192.0.2.2/24 gw2"
#	check "h1 reaches its gateway" on h1 ping -c 1 -W 5 10.1.0.1
#	done_testing
#
# When the test ends, however it ends, the library stops its daemons, deletes
# its namespaces, and adds checks of its own:
#
#	- the test ran to its end;
#	- every daemon lived until it was stopped, and ended well;
#	- no clear text passed an outer link (the == of a topology);
#	- the kernel's log holds nothing that should not be there;
#	- every object that the module created is destroyed again.
#
# Output is TAP 13. Artifacts (captures, logs) are kept where a check failed.
# Wait for conditions (busywait), never for seconds.

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SELFTESTS=$(dirname "$LIB")
TEST=$(basename "$0" .sh)
PATH=$PATH:/usr/sbin:/sbin

# Where the Makefile put the programs.
OUTPUT=${OUTPUT:-$(dirname "$SELFTESTS")/build/selftests}

# Conditions come true within this many seconds on the slowest machine, an
# emulated one with all of the kernel's debugging.
PATIENCE=${PATIENCE:-60}

REACHED_END=no

. "$LIB/tap.sh"

# ---------------------------------------------------------------- waiting

# busywait COMMAND...: until it succeeds, PATIENCE seconds at most.
busywait() {
	local end=$((SECONDS + PATIENCE))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# ---------------------------------------------------------------- namespaces

NAMESPACES=
declare -A INNER_ADDRESSES=()
declare -a OUTER_LINKS=()

# The names are the test's own, so that tests share a machine.
ns() {
	echo "cvt$$-$1"
}

# on NODE COMMAND...
on() {
	local node=$1
	shift
	ip netns exec "$(ns "$node")" "$@"
}

node() {
	case " $NAMESPACES " in *" $1 "*) return ;; esac
	ip netns add "$(ns "$1")"
	NAMESPACES="$NAMESPACES $1"
	on "$1" sh -c '
		cd /proc/sys/net
		echo 1 >ipv4/ip_forward
		echo 1 >ipv6/conf/all/forwarding
		echo 0 >ipv6/conf/default/accept_dad
		echo 0 >ipv6/conf/all/accept_dad
		ip link set lo up'
}

# What ip has still to do on a node, a command a line: a process for each would
# take most of a test's time on an emulated machine.
declare -A IP_TODO=()

ip_later() {
	local node=$1
	shift
	IP_TODO[$node]+="$*"$'\n'
}

ip_now() {
	local node status=0
	for node in "${!IP_TODO[@]}"; do
		ip -n "$(ns "$node")" -batch - <<<"${IP_TODO[$node]}" || status=1
	done
	IP_TODO=()
	return $status
}

# link NODE ADDRESSES NODE ADDRESSES: a veth pair. The end on node a that leads
# to node b is called to-b. ADDRESSES is a list with commas: 10.0.0.1/24,fd00::1/64
link() {
	local a=$1 a_addrs=$2 b=$3 b_addrs=$4 address

	ip link add "to-$b" netns "$(ns "$a")" type veth \
		peer name "to-$a" netns "$(ns "$b")"
	for address in ${a_addrs//,/ }; do
		ip_later "$a" addr add "$address" dev "to-$b"
	done
	for address in ${b_addrs//,/ }; do
		ip_later "$b" addr add "$address" dev "to-$a"
	done
	ip_later "$a" link set "to-$b" up
	ip_later "$b" link set "to-$a" up
}

# The network of an IPv4 address/length. The kernel does it for IPv6.
network() {
	local address=${1%/*} length=${1#*/} a b c d number
	case $address in *:*)
		echo "$1"
		return
	esac
	IFS=. read -r a b c d <<<"$address"
	number=$(((a << 24 | b << 16 | c << 8 | d) & (0xffffffff << (32 - length))))
	echo "$((number >> 24 & 255)).$((number >> 16 & 255)).$((number >> 8 & 255)).$((number & 255))/$length"
}

family() {
	case $1 in *:*) echo 6 ;; *) echo 4 ;; esac
}

# route_via NODE GATEWAYS DESTINATIONS: each destination through the gateway of
# its family.
route_via() {
	local node=$1 gateway destination
	for destination in ${3//,/ }; do
		for gateway in ${2//,/ }; do
			[ "$(family "$gateway")" = "$(family "$destination")" ] ||
				continue
			ip_later "$node" route replace \
				"$(network "$destination")" via "${gateway%/*}"
		done
	done
}

# topology "NODE ADDRESSES -- ADDRESSES NODE ADDRESSES == ADDRESSES NODE ...":
# a chain of nodes, drawn as it is. Each node gets a namespace, each -- and ==
# a link with the addresses beside it, and every node a route to every network.
# A == is an outer link: only protected traffic may pass it. Its watcher starts
# here; all addresses of the -- links of the chain are inner ones. A second
# topology may use nodes of the first to add branches, before the first ==.
topology() {
	local -a word nodes lefts kinds rights
	local n i j address

	read -ra word <<<"$1"
	nodes=("${word[0]}")
	for ((i = 1; i < ${#word[@]}; i += 4)); do
		lefts+=("${word[i]}")
		kinds+=("${word[i + 1]}")
		rights+=("${word[i + 2]}")
		nodes+=("${word[i + 3]}")
	done
	n=${#kinds[@]}

	for i in "${nodes[@]}"; do
		node "$i"
	done
	for ((i = 0; i < n; i++)); do
		link "${nodes[i]}" "${lefts[i]}" "${nodes[i + 1]}" "${rights[i]}"
		[ "${kinds[i]}" = -- ] || continue
		for address in ${lefts[i]//,/ } ${rights[i]//,/ }; do
			INNER_ADDRESSES[${address%/*}]=1
		done
	done
	# All links must be up before the first route.
	ip_now
	# What lies beyond the neighbour, to the right and to the left.
	for ((i = 0; i < n; i++)); do
		for ((j = i + 1; j < n; j++)); do
			route_via "${nodes[i]}" "${rights[i]}" "${lefts[j]}"
			route_via "${nodes[j + 1]}" "${lefts[j]}" "${rights[i]}"
		done
	done
	ip_now
	for ((i = 0; i < n; i++)); do
		[ "${kinds[i]}" != == ] ||
			watch "${nodes[i]}" "${nodes[i + 1]}"
	done
}

# ---------------------------------------------------------------- daemons

declare -A DAEMON_PIDS=()

# start NAME COMMAND...: in the background, output to the artifact NAME.log
start() {
	local name=$1
	shift
	"$@" >"$ARTIFACTS/$name.log" 2>&1 &
	DAEMON_PIDS[$name]=$!
}

# ip netns exec replaces itself by the command, so the pid is the command's.
start_on() {
	local node=$1 name=$2
	shift 2
	start "$name" ip netns exec "$(ns "$node")" "$@"
}

# wait_log NAME PATTERN [COUNT]: until that many lines of its log match.
wait_log() {
	busywait sh -c '[ "$(grep -cE -- "$1" "$2")" -ge "$3" ]' - \
		"$2" "$ARTIFACTS/$1.log" "${3:-1}"
}

# stop NAME: fails if it had died before, or ends otherwise than asked.
stop() {
	local name=$1 pid=${DAEMON_PIDS[$1]} status=0
	unset "DAEMON_PIDS[$name]"

	if ! kill -TERM "$pid" 2>/dev/null; then
		wait "$pid" || status=$?
		fail "$name lives until it is stopped" "exit status $status
$(tail -n 20 "$ARTIFACTS/$name.log")"
		return
	fi
	timeout "$PATIENCE" tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
	wait "$pid" || status=$?
	if [ $status -eq 0 ]; then
		pass "$name lives until it is stopped and ends well"
	else
		fail "$name ends well" "exit status $status
$(tail -n 20 "$ARTIFACTS/$name.log")"
	fi
}

# ---------------------------------------------------------------- clear text

# Put this into traffic that must not be seen: ping -p "$MARKER".
MARKER=63756c76657274$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')

# watch NODE NEIGHBOUR: watches the link between the two, what each sends.
watch() {
	watch_end "$1" "$2"
	watch_end "$2" "$1"
}

watch_end() {
	local node=$1 neighbour=$2 address
	local name=watch-$node-$neighbour
	local -a inner=()

	for address in "${!INNER_ADDRESSES[@]}"; do
		inner+=(-a "$address")
	done
	start_on "$node" "$name" "$OUTPUT/cleartext-watch" \
		-i "to-$neighbour" -w "$ARTIFACTS/$name.pcap" \
		-m "$MARKER" "${inner[@]}"
	OUTER_LINKS+=("$name")
	wait_log "$name" '^ready$' &&
		on "$node" "$OUTPUT/cleartext-watch" -c -i "to-$neighbour" &&
		wait_log "$name" '^canary$' ||
		fail "the clear-text watcher of $name starts" \
			"$(cat "$ARTIFACTS/$name.log")"
}

check_outer_links() {
	local name pid status said
	for name in "${OUTER_LINKS[@]}"; do
		pid=${DAEMON_PIDS[$name]}
		unset "DAEMON_PIDS[$name]"
		status=0
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" || status=$?
		said=$(grep -vxE 'ready|canary' "$ARTIFACTS/$name.log" || true)
		case $status in
		0)	pass "no clear text on ${name#watch-} ($said)" ;;
		1)	fail "no clear text on ${name#watch-}" "$said" ;;
		*)	fail "the watch on ${name#watch-} can be trusted" \
				"exit status $status
$said" ;;
		esac
	done
}

# ---------------------------------------------------------------- kernel log

# Any of these in the kernel's log since the test began fails it.
SPLATS='\bBUG|WARNING:|Oops|general protection|Call Trace|KASAN|UBSAN|KFENCE'
SPLATS="$SPLATS|INFO: task|possible (circular|recursive|irq|deadlock)"
SPLATS="$SPLATS|inconsistent lock state|suspicious RCU|invalid context"
SPLATS="$SPLATS|rcu: INFO|rcu_.*detected stall|soft lockup|hard LOCKUP"
SPLATS="$SPLATS|unregister_netdevice: waiting|refcount_t:|ODEBUG|corruption"
SPLATS="$SPLATS|new suspected memory leak|culvert: object leak"

LOG_MARK="culvert-selftest $TEST $$ begins"

log_since_begin() {
	dmesg | sed "1,/$LOG_MARK/d"
}

check_kernel_log() {
	local splats
	dmesg >"$ARTIFACTS/dmesg.log"
	if ! grep -qF "$LOG_MARK" "$ARTIFACTS/dmesg.log"; then
		fail "the kernel's log is clean" \
			"it wrapped: the mark of this test's begin is gone"
		return
	fi
	splats=$(log_since_begin | grep -E -m 1 -A 40 "$SPLATS" || true)
	if [ -n "$splats" ]; then
		fail "the kernel's log is clean" "$splats"
	elif [ -e /proc/lockdep_stats ] &&
			! grep -qE 'debug_locks: *1' /proc/lockdep_stats; then
		fail "the kernel's log is clean" \
			"lockdep switched itself off: an earlier report?"
	else
		pass "the kernel's log is clean"
	fi
}

# ---------------------------------------------------------------- objects

# The objects alive, a line each kind: NAME NUMBER.
live_objects() {
	"$OUTPUT/culvert-nl" objects | awk '{ print $1, $2 - $3 }'
}

objects_as_before() {
	[ "$(live_objects)" = "$OBJECTS_BEFORE" ]
}

check_objects() {
	if busywait objects_as_before; then
		pass "every object created is destroyed"
	else
		fail "every object created is destroyed" \
			"alive before: $OBJECTS_BEFORE
alive now:    $(live_objects 2>&1)"
	fi
}

# ---------------------------------------------------------------- begin, end

done_testing() {
	REACHED_END=yes
	exit 0
}

finish() {
	local status=$? name
	trap - EXIT
	set +eu

	if [ $SKIPPED = yes ]; then
		rm -rf "$ARTIFACTS"
		exit $status
	fi

	[ $REACHED_END = yes ] ||
		fail "the test runs to its end" \
			"it stopped with status $status in line ${FAILED_LINE:-?}"
	check_outer_links
	for name in "${!DAEMON_PIDS[@]}"; do
		stop "$name"
	done
	for name in $NAMESPACES; do
		ip netns pids "$(ns "$name")" | xargs -r kill -KILL
		ip netns del "$(ns "$name")"
	done
	check_objects
	check_kernel_log

	plan
	if [ $FAILED -eq 0 ]; then
		rm -rf "$ARTIFACTS"
		exit 0
	fi
	diag "artifacts are kept in $ARTIFACTS"
	exit 1
}

begin() {
	[ "$(id -u)" -eq 0 ] || skip_all "root is needed"
	[ -x "$OUTPUT/culvert-nl" ] ||
		skip_all "the test programs are not built: make -C selftests"
	[ -e /sys/module/culvert ] ||
		skip_all "the module is not loaded: insmod culvert.ko"

	mkdir -p "${CULVERT_ARTIFACTS:=${TMPDIR:-/tmp}/culvert-selftests}"
	ARTIFACTS=$(mktemp -d "$CULVERT_ARTIFACTS/$TEST.XXXXXX")
	echo "$LOG_MARK" >/dev/kmsg
	OBJECTS_BEFORE=$(live_objects)
}

set -eu -o pipefail -o errtrace
begin
trap finish EXIT
trap 'FAILED_LINE=$LINENO' ERR
trap 'exit 143' TERM INT
