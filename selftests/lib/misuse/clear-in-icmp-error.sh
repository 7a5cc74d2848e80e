#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nothing but an ICMP error that quotes a packet to a host: the packet itself
# came by another way.
# expect: no clear text on gw1-gw2
# expect: 1 packets: pair of inner IPv4 addresses
. "$(dirname "$0")/../lib.sh"
topology "h1 10.1.0.2/24 -- 10.1.0.1/24 gw1 192.0.2.1/24 == 192.0.2.2/24 gw2"
on gw1 python3 - <<'END'
import socket
import struct


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


quoted = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 1, 0,
                     socket.inet_aton("10.1.0.2"),
                     socket.inet_aton("10.1.0.1")) + bytes(8)
error = struct.pack("!BBHI", 3, 1, 0, 0) + quoted
error = error[:2] + struct.pack("!H", checksum(error)) + error[4:]
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sock.sendto(error, ("192.0.2.2", 0))
END
done_testing
