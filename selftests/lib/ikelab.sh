# SPDX-License-Identifier: GPL-2.0-only
# Two gateways and what lies between them, for the tests of IKE that are made of
# ikelab.py: culvertd on gw1; on gw2 charon, or culvertd again. Sourced behind
# lib.sh and cases.sh.
#
#	h1 -- gw1 == isp == gw2 -- h2
#
# 10.1.N, fd01:N behind gw1, 10.2.N, fd02:N behind gw2, for several Child SAs.

CULVERTD=${CULVERTD:-$(dirname "$OUTPUT")/user/culvertd}
CHARON=${CHARON:-/usr/lib/ipsec/charon}

# ike_lab [WIRE]: -- instead of == has nobody watch what lies between.
ike_lab() {
	local n wire=${1:-==}
	[ -x "$CULVERTD" ] || skip_all "culvertd is not built: make user"
	topology "h1 10.1.0.2/24,fd01::2/64 -- 10.1.0.1/24,fd01::1/64 \
		gw1 192.0.2.1/24,2001:db8:1::1/64 $wire \
		192.0.2.254/24,2001:db8:1::fe/64 \
		isp 203.0.113.254/24,2001:db8:2::fe/64 $wire \
		203.0.113.2/24,2001:db8:2::2/64 gw2 \
		10.2.0.1/24,fd02::1/64 -- 10.2.0.2/24,fd02::2/64 h2"
	for n in 1 2 3; do
		ip_later h1 addr add "10.1.$n.2/24" dev to-gw1
		ip_later gw1 addr add "10.1.$n.1/24" dev to-h1
		ip_later h2 addr add "10.2.$n.2/24" dev to-gw2
		ip_later gw2 addr add "10.2.$n.1/24" dev to-h2
	done
	ip_later h1 route add 10.2.0.0/16 via 10.1.0.1
	ip_later gw1 route add 10.2.0.0/16 via 192.0.2.254
	ip_later h2 route add 10.1.0.0/16 via 10.2.0.1
	ip_later gw2 route add 10.1.0.0/16 via 203.0.113.254
	# Strangers: they can be answered, and nobody hears it.
	ip_later gw1 route add 198.18.0.0/15 via 192.0.2.254
	ip_later gw2 route add 198.18.0.0/15 via 203.0.113.254
	ip_later isp route add blackhole 198.18.0.0/15
	ip_now
	# Not in ARTIFACTS: its file system may have no sockets.
	LAB=$(mktemp -d)
	NETNS_PREFIX=$(ns '')
	export LAB NETNS_PREFIX ARTIFACTS MARKER CULVERTD CHARON PATIENCE
}

# ike_cases SCRIPT WORDS...: its cases; charon starts and ends with it.
ike_cases() {
	tap_cases "$LIB/$1" "${@:2}"
	rm -rf "$LAB"
}

need_charon() {
	[ -x "$CHARON" ] ||
		skip_all "strongSwan is not here: see vm/install.sh"
	modprobe -a esp4 esp6 xfrm_user xfrm4_tunnel xfrm6_tunnel tunnel4 \
		tunnel6 2>/dev/null || true
}
