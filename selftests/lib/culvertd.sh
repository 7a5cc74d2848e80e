# SPDX-License-Identifier: GPL-2.0-only
# culvertd on two gateways, gw1 and gw2, which are each other's peer on a link of
# 192.0.2.0/24, for tests that need no more of IKE than that. Sourced behind
# lib.sh.

CULVERTD=${CULVERTD:-$(dirname "$OUTPUT")/user/culvertd}
[ -x "$CULVERTD" ] || skip_all "culvertd is not built: make user"

PSK=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
# What daemons leave for those after them, and their sockets. Not in ARTIFACTS:
# its file system may have neither.
KEPT=$(mktemp -d /run/culvert-test.XXXXXX)

# culvertd_conf GATEWAY "MY-NETWORK ITS-NETWORK"... [-- LINE...]: its configuration,
# a Child SA for each pair of networks; the lines are the peer's.
culvertd_conf() {
	local node=$1 mine=${1#gw} its pairs=()
	its=$((3 - mine))
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		pairs+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	cat >"$ARTIFACTS/$node.conf" <<-END
	access-list inside {
	$(printf '    permit ip %s\n' "${pairs[@]}")
	}
	peer gw$its {
	    local_addrs = 192.0.2.$mine
	    remote_addrs = 192.0.2.$its
	    auth psk secret "$PSK"
	$(printf '    %s\n' "$@")
	}
	crypto map outside interface to-gw$its {
	    10 match address inside set peer gw$its
	}
	END
	chmod 600 "$ARTIFACTS/$node.conf"
}

# culvertd_on GATEWAY [NAME]: starts one; its log is NAME's, culvertd-GATEWAY's
# without one.
culvertd_on() {
	start_on "$1" "${2:-culvertd-$1}" "$CULVERTD" -c "$ARTIFACTS/$1.conf" \
		-j "$KEPT/$1" -s "$KEPT/$1.sock"
}

# has_rules GATEWAY COUNT: waits until the kernel has as many.
has_rules() {
	busywait sh -c '[ "$(ip netns exec "$1" "$2" rules | wc -l)" -ge "$3" ]' \
		- "$(ns "$1")" "$LIB/cvt.py" "$2"
}
