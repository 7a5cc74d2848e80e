# SPDX-License-Identifier: GPL-2.0-only
# Sourced behind lib.sh.
#
# tap_cases COMMAND...: a script that ends with run() of cases.py, a check for
# each of its cases. Case names have no ": ".
tap_cases() {
	local verdict rest ended=no
	while read -r verdict rest; do
		case $verdict in
		pass)	pass "$rest" ;;
		skip)	skip "${rest%%: *}" "${rest#*: }" ;;
		fail)	fail "${rest%%: *}" "${rest#*: }" ;;
		end)	ended=yes ;;
		*)	diag "$verdict $rest" ;;
		esac
	done < <("$@" 2>&1)
	check_equal "all cases ran" yes "$ended"
}

# gateway_alone: a node gw, with a peer on its device "outside" that never
# answers. What scene.py wants.
gateway_alone() {
	node gw
	ip -n "$(ns gw)" -batch - <<-'END'
		link add outside type veth peer name nobody
		link set outside up
		link set nobody up
		addr add 192.0.2.1/24 dev outside
		addr add 2001:db8::1/64 dev outside nodad
		addr add 10.1.0.1/32 dev lo
		addr add fd01::1/128 dev lo nodad
		neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev outside
		neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev outside
		route add 10.0.0.0/8 via 192.0.2.2 src 10.1.0.1
		route add fd00::/8 via 2001:db8::2 src fd01::1
	END
}
