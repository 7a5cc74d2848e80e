#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""wire.py DEVICE: a line for each IP packet that passes the device, in either
direction, as soon as it passes. Knows what stands in clear text there: outer
headers, the header of IKE (RFC 7296 3.1), SPI and sequence number of ESP.

	IKE 10.255.1.2 10.255.2.2 IKE_AUTH request 1 350 octets
	ESP 10.255.1.2 10.255.2.2 0x5a3c0001 1 200 octets
	IP 10.255.1.2 10.255.255.11 icmp 84 octets

Octets are those of the IP packet. A message of IKE that passed before, octet for
octet, is REPEATED."""

import signal
import socket
import struct
import sys

ETH_P_IP = 0x0800
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 50: "esp"}
EXCHANGES = {34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA",
             37: "INFORMATIONAL"}
RESPONSE = 0x20
ESP_IN_UDP = 4500


def tell_ike(message, seen):
    if len(message) < 28:
        return None
    exchange, flags, number = struct.unpack_from("!BBI", message, 18)
    if exchange not in EXCHANGES:
        return None
    again = " REPEATED" if message in seen else ""
    seen.add(message)
    return "%s %s %d%s" % (EXCHANGES[exchange], "response" if
                           flags & RESPONSE else "request", number, again)


def tell(packet, seen):
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    header = (packet[0] & 15) * 4
    length = struct.unpack_from("!H", packet, 2)[0]
    protocol = packet[9]
    ends = "%s %s" % (socket.inet_ntoa(packet[12:16]),
                      socket.inet_ntoa(packet[16:20]))
    inner = packet[header:length]
    words = None
    if protocol == 50 and len(inner) >= 8:
        words = "ESP %s 0x%08x %d" % ((ends,) + struct.unpack_from("!II", inner))
    elif protocol == 17 and len(inner) >= 8:
        ports = struct.unpack_from("!HH", inner)
        if 500 in ports:
            ike = tell_ike(inner[8:], seen)
            words = ike and "IKE %s %s" % (ends, ike)
        elif ESP_IN_UDP in ports and inner[8:12] == bytes(4):
            ike = tell_ike(inner[12:], seen)
            words = ike and "IKE %s %s" % (ends, ike)
    if not words:
        words = "IP %s %s" % (ends, PROTOCOLS.get(protocol, protocol))
    return "%s %d octets" % (words, length)


def main():
    seen = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                         socket.htons(3))  # ETH_P_ALL: what leaves, too
    sock.bind((sys.argv[1], 3))
    print("ready", flush=True)
    while True:
        packet, address = sock.recvfrom(65535)
        line = tell(packet, seen) if address[1] == ETH_P_IP else None
        if line:
            print(line, flush=True)


main()
