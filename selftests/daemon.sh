#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd and the kernel module: what it asks, what it is refused and how it
# tells it, and that it survives the module's replacement.

. "$(dirname "$0")/lib/lib.sh"

CULVERTD=${CULVERTD:-$(dirname "$OUTPUT")/user/culvertd}
[ -x "$CULVERTD" ] || skip_all "culvertd is not built: make user"

version=$(cat /sys/module/culvert/version)

check_says "--check tells the module's version" "^module +culvert $version$" \
	"$CULVERTD" --check
check_says "--check tells the kernel's capabilities" \
	"^kernel .*ipv6, conntrack, nat, netfilter-egress" "$CULVERTD" --check
check_says "--check tells the counters" "^counter +netlink-requests +[0-9]+$" \
	"$CULVERTD" --check
check_says "--check tells the objects" \
	"^object +net +created [0-9]+, destroyed [0-9]+$" "$CULVERTD" --check

# In a namespace that nobody asked before: the version and the counters.
node n1
check_says "each namespace has its own counters" \
	"^counter +netlink-requests +2$" on n1 "$CULVERTD" --check

check_refused "an unknown option is refused" "$CULVERTD" --chekc
check_refused "a word too many is refused" "$CULVERTD" check

# What the kernel says arrives whole.
send() {
	"$OUTPUT/culvert-nl" send "$@"
}
check_says "a missing attribute is named" \
	"counter-get: needs the id of a counter, attribute 'id' is missing \(Invalid argument\)$" \
	send 2 0
check_says "a doubled attribute is named" \
	"counter-get: attribute is given twice, attribute 'id' \(Invalid argument\)$" \
	send 2 0 1=00000000 1=00000000
last=$(("$("$OUTPUT/culvert-nl" counters | wc -l)" - 1))
check_says "the allowed range is told" \
	"counter-get: integer out of range, attribute 'id', allowed is 0 to $last \(" \
	send 2 0 1=63000000
check_says "an unknown attribute has its number" \
	"counter-get: Unknown attribute type, attribute 'number 77' \(" \
	send 2 0 77=00000000
check_says "a refused dump says why" \
	"object-get: this dump takes no attribute.* \(Invalid argument\)$" \
	send 3 0x300 1=00000000
check_refused "a refused request is a failure" send 2 0

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
cp "$CULVERTD" "$ARTIFACTS/culvertd"
chmod 755 "$ARTIFACTS"
check_refused "no CAP_NET_ADMIN: refused" nobody "$ARTIFACTS/culvertd" --check
check_says "no CAP_NET_ADMIN: the reason" "Operation not permitted" \
	nobody "$ARTIFACTS/culvertd" --check
check_says "no CAP_NET_ADMIN: the remedy" "CAP_NET_ADMIN .* is needed" \
	nobody "$ARTIFACTS/culvertd" --check
check "root of a user namespace is answered in its own" \
	unshare --user --map-root-user --net "$CULVERTD" --check

start daemon "$CULVERTD"
check "the daemon finds the module" \
	wait_log daemon "kernel module culvert $version, capabilities:"

# A gateway, and what its command says of its one rule.
run=$(mktemp -d /run/culvert-test.XXXXXX)
cat >"$run/conf" <<END
access-list a permit ip 10.1.0.0/24 10.2.0.0/24
peer p {
    local_id = gw.example.org
    remote_addrs = 192.0.2.2
    auth psk secret "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
}
crypto map m interface lo {
    10 match address a set peer p
}
END
chmod 600 "$run/conf"
start_on n1 gateway "$CULVERTD" -c "$run/conf" -s "$run/sock" -j "$run/kept"
rule_is() {
	on n1 "$(dirname "$CULVERTD")/culvert" --socket "$run/sock" \
		show policy | grep -q "$1"
}
check "a rule that nothing asked for is dormant" busywait rule_is dormant

if [ "${CULVERT_DISPOSABLE:-}" = 1 ]; then
	rmmod culvert
	check "without the module it has failed, and says why" \
		busywait rule_is "failed: the kernel module culvert is not loaded"
	check "the daemon notices that the module is gone" \
		wait_log daemon "is gone: waiting for it"
	check_refused "without the module --check fails" "$CULVERTD" --check
	check_says "without the module --check says what to do" \
		"is not loaded: load it with" "$CULVERTD" --check

	start early "$CULVERTD"
	check "a daemon that comes first waits" \
		wait_log early "waiting for the kernel module"

	insmod "$CULVERT_BUILD/culvert.ko"
	check "the daemon finds the module again" \
		wait_log daemon "kernel module culvert $version, capabilities:" 2
	check "the rule is dormant again" busywait rule_is dormant
	check "the daemon that came first finds it too" \
		wait_log early "kernel module culvert $version, capabilities:"
	stop early
else
	skip "the daemon survives the module's replacement" \
		"it would unload this machine's module"
fi
stop gateway
stop daemon
rm -r "$run"

done_testing
