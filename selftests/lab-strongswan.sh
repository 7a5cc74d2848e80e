#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The reference lab with strongSwan on one of its gateways, first on that of
# site 2, then on that of site 1: what is claimed of two culvertds holds. Where
# strongSwan asks, it is told to: it drops the packet that would.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/lab.sh"

need_charon
SWAN=fw2
lab_secrets
lab_defaults
lab_topology
lab_daemons

# roles GATEWAY ROLE: as culvertd on it tells.
roles() {
	check_says "$1 is the $2, with two children" \
		'IKE count:1, CHILD count:2$' culvert "$1" show crypto ikev2 sa
	check_says "$1 says that it is the $2" "READY +${2^^}\$" \
		culvert "$1" show crypto ikev2 sa
}

# swan_begins GATEWAY CHILD
swan_begins() {
	check_says "$1 asks for $2" 'initiate completed successfully' \
		swan "$1" --initiate --child "$2"
}

# --- strongSwan at site 2

lab_first YELLOW yellow 172.16.10.11
lab_second BLUE blue 172.16.10.21
roles fw1 initiator
check_equal "strongSwan has both" 2 "$(swan fw2 --list-sas | grep -c INSTALLED)"
check_equal "and the same SPIs" \
	"$(swan fw1 --list-sas | sed -nE 's/^ +in +([0-9a-f]+),.*/\1/p' | sort)" \
	"$(swan fw2 --list-sas | sed -nE 's/^ +out +([0-9a-f]+),.*/\1/p' | sort)"

check "no SA is up" lab_clear
wire_begins
swan_begins fw2 net-1
swan_begins fw2 net-2
check_equal "three exchanges" 6 "$(wire_count '^IKE')"
check_says "BLUE: 5 of 5" ' 5 received, 0% packet loss' \
	pings purple2 192.168.200.11 200
check_says "YELLOW: 5 of 5" ' 5 received, 0% packet loss' \
	pings purple1 192.168.100.11 100
check_equal "ESP of 296 octets" 10 "$(wire_count '^ESP .* 296 octets')"
check_equal "ESP of 200 octets" 10 "$(wire_count '^ESP .* 200 octets')"
roles fw1 responder

# --- strongSwan at site 1

check "no SA is up" lab_clear
lab_stop
check "site 1 has no rules any more" lab_forget fw1
SWAN=fw1
lab_firewalls
lab_daemons
lab_first PURPLE purple1 192.168.100.11
lab_second "PURPLE to BLUE" purple2 192.168.200.11
roles fw2 initiator

check "no SA is up" lab_clear
swan_begins fw1 net-1
swan_begins fw1 net-2
check_says "BLUE: 5 of 5" ' 5 received, 0% packet loss' \
	pings blue 172.16.10.21 200
check_says "YELLOW: 5 of 5" ' 5 received, 0% packet loss' \
	pings yellow 172.16.10.11 100
roles fw2 responder

check "no SA is up" lab_clear
lab_end
done_testing
