# SPDX-License-Identifier: GPL-2.0-only
# The reference lab: two sites, two gateways with a firewall each, a network
# between them, and how its gateways are configured. The test and the
# demonstration share it. Sourced behind lib.sh.
#
#	yellow --+                                               +-- purple1
#	         rtr1 -- fw1 == wan == fw2 -- rtr2 (switch)
#	blue   --+              |                                +-- purple2
#	                      inet
#
# yellow 192.168.100.11, blue 192.168.200.11; purple1 172.16.10.11, purple2 .21;
# fw1 10.255.1.2, fw2 10.255.2.2; inet 10.255.255.11. What a gateway does not
# know, it sends to wan, which knows neither site. On the gateway that SWAN names
# runs strongSwan; without it, culvertd runs on both.

. "$LIB/ikelab.sh"
CULVERT=${CULVERT:-$(dirname "$OUTPUT")/user/culvert}
SWAN=${SWAN:-}

lab_topology() {
	[ -x "$CULVERT" ] ||
		skip_all "culvertd is not built: make user"
	topology "blue 192.168.200.11/24 -- 192.168.200.1/24 rtr1"
	topology "yellow 192.168.100.11/24 -- 192.168.100.1/24 \
		rtr1 10.12.12.1/24 -- 10.12.12.2/24 fw1"
	topology "purple2 172.16.10.21/24 -- 172.16.10.1/24 rtr2"
	topology "purple1 172.16.10.11/24 -- 172.16.10.1/24 \
		rtr2 10.25.25.5/24 -- 10.25.25.2/24 fw2"
	lab_switch
	topology "fw1 10.255.1.2/24 == 10.255.1.1/24 \
		wan 10.255.2.1/24 == 10.255.2.2/24 fw2"
	topology "inet 10.255.255.11/24 -- 10.255.255.1/24 wan"
	lab_routes
	lab_firewalls
	start_on wan wire python3 "$LIB/wire.py" to-fw1
	wait_log wire '^ready$' || fail "wire.py reads" "$(cat "$ARTIFACTS/wire.log")"
}

# Both hosts of PURPLE are on one network.
lab_switch() {
	local port
	ip_later rtr2 link add lan type bridge
	for port in to-purple1 to-purple2; do
		ip_later rtr2 addr flush dev $port
		ip_later rtr2 link set $port master lan
	done
	ip_later rtr2 addr add 172.16.10.1/24 dev lan
	ip_later rtr2 link set lan up
	ip_now
}

lab_routes() {
	ip_later yellow route add default via 192.168.100.1
	ip_later blue route add default via 192.168.200.1
	ip_later rtr1 route add default via 10.12.12.2
	ip_later fw1 route add 192.168.200.0/24 via 10.12.12.1
	ip_later fw1 route add default via 10.255.1.1
	ip_later purple1 route add default via 172.16.10.1
	ip_later purple2 route add default via 172.16.10.1
	ip_later rtr2 route add default via 10.25.25.2
	ip_later fw2 route replace 172.16.10.0/24 via 10.25.25.5
	ip_later fw2 route add default via 10.255.2.1
	ip_later inet route add default via 10.255.255.1
	ip_now
}

SITE1=192.168.100.0/24,192.168.200.0/24
SITE2=172.16.10.0/24

lab_firewalls() {
	lab_firewall fw1 "$SITE1" "$SITE2"
	lab_firewall fw2 "$SITE2" "$SITE1"
}

# lab_firewall GATEWAY ITS-NETWORKS THE-OTHERS: PAT of all that leaves, and from
# outside, be it decrypted or not, only ssh and icmp to its site, and what
# answers. No rule knows of the tunnel; but strongSwan's packets meet PAT before
# they are encrypted, so it needs one, as an ASA does.
lab_firewall() {
	local exempt=
	[ "$1" != "$SWAN" ] || exempt="ip daddr { $3 } accept"
	cat >"$ARTIFACTS/$1.nft" <<-END
	table inet firewall
	delete table inet firewall
	table inet firewall {
	    counter ssh { }
	    counter denied { }
	    chain forward {
	        type filter hook forward priority filter; policy drop;
	        ct state established,related accept
	        iifname != "to-wan" accept
	        ip daddr { $2 } icmp type echo-request accept
	        ip daddr { $2 } tcp dport 22 counter name ssh accept
	        counter name denied drop
	    }
	    chain pat {
	        type nat hook postrouting priority srcnat;
	        $exempt
	        oifname "to-wan" masquerade
	    }
	}
	END
	on "$1" nft -f "$ARTIFACTS/$1.nft"
}

# lab_counter GATEWAY NAME: of its firewall, in packets.
lab_counter() {
	on "$1" nft list counter inet firewall "$2" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

# ---------------------------------------------------------------- configuration

# What a scene changes, of site 2.
lab_defaults() {
	PROPOSALS="aes256-sha256-modp2048 aes192-sha1-modp2048 aes128-sha1-modp1536"
	IDLE=30m
	SECRET_OF_1=$LAB/site1.psk
	SITE1_AT_2="network-object 192.168.200.0 255.255.255.0
	    network-object 192.168.100.0 255.255.255.0"
}

lab_secrets() {
	local site
	# Not in ARTIFACTS: its file system may have no sockets.
	LAB=$(mktemp -d)
	for site in site1 site2 other; do
		(umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' \
			>"$LAB/$site.psk")
	done
}

# lab_conf GATEWAY: fw1 has all IKEv2 policies of the ASA. strongSwan has one
# secret for both directions, so with it site 2 has that of site 1.
lab_conf() {
	local secret_of_2=$LAB/site2.psk
	[ -z "$SWAN" ] || secret_of_2=$LAB/site1.psk
	case $1 in
	"$SWAN") lab_charon_conf ;;
	fw1)	lab_write fw1 site2 10.255.1.2 10.255.2.2 SITE1 SITE2 \
			"$LAB/site1.psk" "$secret_of_2" \
			"network-object 192.168.200.0 255.255.255.0
	    network-object 192.168.100.0 255.255.255.0" \
			"aes256-sha256-modp2048 aes192-sha1-modp2048 aes128-sha1-modp1536" ;;
	fw2)	lab_write fw2 site1 10.255.2.2 10.255.1.2 SITE2 SITE1 \
			"$secret_of_2" "$SECRET_OF_1" "$SITE1_AT_2" "$PROPOSALS" ;;
	esac
}

# lab_write GATEWAY PEER MINE ITS FROM TO MY-SECRET ITS-SECRET SITE1 PROPOSALS
lab_write() {
	cat >"$LAB/$1.conf" <<-END
	object-group network SITE1 {
	    $9
	}
	object-group network SITE2 {
	    network-object 172.16.10.0 255.255.255.0
	}
	access-list s2svpn_to_$2 extended permit ip object-group $5 object-group $6 log default

	peer $2 {
	    local_addrs   = $3
	    remote_addrs  = $4
	    auth psk local_secret file "$7" remote_secret file "$8"
	    proposals     = ${10}
	    esp_proposals = aes256-sha1
	    ike_lifetime  = 86400
	    idle_timeout  = $IDLE
	}

	crypto map outside_map interface to-wan {
	    1 match address s2svpn_to_$2
	    1 set peer $2
	    1 set pfs group14
	    1 set security-association lifetime seconds 28800 kilobytes 4608000
	    1 set reverse-route
	}
	END
	chmod 600 "$LAB/$1.conf"
}

# The same for strongSwan: a child for each of the networks of site 1, net-1 and
# on, that traffic asks for.
lab_charon_conf() {
	local local=10.255.2.2 remote=10.255.1.2 networks children="" n=0 one both
	networks=$(sed -nE 's|.*network-object ([0-9.]+) 255.255.255.0$|\1/24|p' \
		<<<"$SITE1_AT_2")
	for one in $networks; do
		n=$((n + 1))
		both="\"local_ts\": [\"$SITE2\"], \"remote_ts\": [\"$one\"]"
		[ "$SWAN" = fw2 ] ||
			both="\"local_ts\": [\"$one\"], \"remote_ts\": [\"$SITE2\"]"
		children+="${children:+, }\"net-$n\": { $both,
		    \"esp_proposals\": [\"aes256-sha1-modp2048\"],
		    \"start_action\": \"trap\" }"
	done
	if [ "$SWAN" = fw1 ]; then
		local=10.255.1.2
		remote=10.255.2.2
	fi
	cat >"$LAB/charon.json" <<-END
	{ "secret": "$(cat "$SECRET_OF_1")",
	  "conn": { "version": "2", "mobike": "no",
	    "local_addrs": ["$local"], "remote_addrs": ["$remote"],
	    "proposals": ["${PROPOSALS// /\", \"}"],
	    "local": { "auth": "psk", "id": "$local" },
	    "remote": { "auth": "psk", "id": "$remote" },
	    "children": { $children } } }
	END
}

# culvert GATEWAY WORDS...
culvert() {
	"$CULVERT" "${@:2}" --socket "$LAB/$1.sock"
}

# swan GATEWAY WORDS...: strongSwan's own command, to either daemon.
swan() {
	local socket=$LAB/$1.sock
	[ "$1" != "$SWAN" ] || socket=$LAB/swan.vici
	# It complains of each plugin that is not installed.
	swanctl "${@:2}" --uri "unix://$socket" 2> >(grep -v '^plugin ' >&2)
}

lab_daemons() {
	local gw NETNS_PREFIX
	NETNS_PREFIX=$(ns '')
	export LAB NETNS_PREFIX ARTIFACTS MARKER CULVERTD CHARON PATIENCE
	for gw in fw1 fw2; do
		lab_conf $gw
		if [ $gw = "$SWAN" ]; then
			start charon python3 "$LIB/lab-charon.py" $gw
			continue
		fi
		start_on $gw "culvertd-$gw" "$CULVERTD" -c "$LAB/$gw.conf" \
			-s "$LAB/$gw.sock" -j "$LAB/$gw"
	done
	for gw in fw1 fw2; do
		busywait lab_has_rules $gw ||
			fail "$gw has its rules" "$(tail -n 40 \
				"$ARTIFACTS/culvertd-$gw.log" "$ARTIFACTS/charon.log")"
	done
}

lab_has_rules() {
	if [ "$1" = "$SWAN" ]; then
		grep -qs '^loaded$' "$ARTIFACTS/charon.log"
	else
		culvert "$1" show policy | grep -q dormant
	fi
}

# lab_apply [NAME=VALUE...]: both gateways read what a scene changes; no SA is up.
lab_apply() {
	local gw word
	lab_defaults
	for word; do
		printf -v "${word%%=*}" %s "${word#*=}"
	done
	for gw in fw1 fw2; do
		lab_conf $gw
		if [ $gw = "$SWAN" ]; then
			lab_charon_again
		else
			culvert $gw config apply
		fi || return
	done
	lab_clear
}

lab_charon_again() {
	local before
	before=$(grep -c '^loaded$' "$ARTIFACTS/charon.log")
	kill -HUP "${DAEMON_PIDS[charon]}"
	wait_log charon '^loaded$' $((before + 1))
}

# No SA is up, on either gateway.
lab_clear() {
	local gw
	for gw in fw1 fw2; do
		[ $gw = "$SWAN" ] || culvert $gw clear sa || true
	done
	busywait lab_is_down fw1 && busywait lab_is_down fw2
}

lab_is_down() {
	if [ "$1" = "$SWAN" ]; then
		[ -z "$(swan "$1" --list-sas)" ]
		return
	fi
	culvert "$1" show crypto isakmp sa | grep -q '^There are no IKEv2 SAs' &&
		culvert "$1" show crypto ipsec sa | grep -q '^There are no ipsec sas'
}

# lab_end: what lib.sh does not clean up.
lab_end() {
	lab_stop
	stop wire
	rm -rf "$LAB"
}

# The rules of a gateway outlive its daemon: what strongSwan decrypts there would
# be dropped by them, as what came in clear.
lab_forget() {
	(cd "$LIB" && on "$1" python3 -c '
from cvt import Culvert
Culvert().policy([])')
}

lab_stop() {
	local gw
	for gw in fw1 fw2; do
		if [ $gw = "$SWAN" ]; then
			stop charon
		else
			stop "culvertd-$gw"
		fi
	done
}

# ---------------------------------------------------------------- claims

# What holds whichever daemons speak to each other. pings HOST TO SIZE.
pings() {
	on "$1" ping -i 0.3 -s "$3" -c 5 -W "$PATIENCE" -p "$MARKER" "$2"
}

# lab_first NAME HOST TO: what asks for it first is not lost either; two exchanges,
# and nothing but them and ESP.
lab_first() {
	wire_begins
	check_says "$1: 5 of 5" ' 5 received, 0% packet loss' pings "$2" "$3" 100
	check "$1: ten ESP packets of 200 octets" \
		busywait wire_has '^ESP .* 200 octets' 10
	check_equal "$1: and no other ESP" 10 "$(wire_count '^ESP')"
	check_equal "$1: four IKE messages" 4 "$(wire_count '^IKE')"
	check_equal "$1: two of IKE_SA_INIT" 2 "$(wire_count ' IKE_SA_INIT ')"
	check_equal "$1: two of IKE_AUTH" 2 "$(wire_count ' IKE_AUTH ')"
	check_equal "$1: nothing else" "" "$(wire '^IP')"
	check_equal "$1: IKE is in front of ESP" IKE \
		"$(wire '^(IKE|ESP)' | sed -n '4s/ .*//p')"
	wire_told_repeats
}

# lab_second NAME HOST TO: one more exchange of the same IKE SA.
lab_second() {
	wire_begins
	check_says "$1: 5 of 5" ' 5 received, 0% packet loss' pings "$2" "$3" 200
	check "$1: ten ESP packets of 296 octets" \
		busywait wire_has '^ESP .* 296 octets' 10
	check_equal "$1: one CREATE_CHILD_SA exchange" 2 \
		"$(wire_count ' CREATE_CHILD_SA ')"
	check_equal "$1: and no other IKE" 2 "$(wire_count '^IKE')"
	wire_told_repeats
}

# ---------------------------------------------------------------- the wire

# wire PATTERN: the lines of the link fw1 == wan that match, since wire_begins.
WIRE_FROM=1
wire() {
	tail -n "+$WIRE_FROM" "$ARTIFACTS/wire.log" | grep -E -- "$1" || true
}

wire_begins() {
	WIRE_FROM=$(($(wc -l <"$ARTIFACTS/wire.log") + 1))
}

# wire_count PATTERN: without what was sent again, which is what a slow machine
# does.
wire_count() {
	wire "$1" | grep -cv REPEATED || true
}

# How many of those there were.
wire_told_repeats() {
	diag "messages of IKE that were sent again: $(wire REPEATED | wc -l)"
}

wire_has() {
	[ "$(wire_count "$1")" -ge "$2" ]
}

# field PATTERN TEXT: what the group of the pattern matches, of the first line.
field() {
	sed -nE "s#$1.*#\\n\\1#; s#.*\\n##p" <<<"$2" | sed -n 1p
}
