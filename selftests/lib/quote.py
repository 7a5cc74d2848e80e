#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sends one packet that has another inside, in clear, as a tunnel without
encryption (ipip) or an ICMP error (icmp) would.

usage: quote.py ipip|icmp DESTINATION INNER-SOURCE INNER-DESTINATION
"""

import socket
import struct
import sys


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def main():
    how, destination, inner_source, inner_destination = sys.argv[1:]
    inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64,
                        socket.IPPROTO_UDP, 0, socket.inet_aton(inner_source),
                        socket.inet_aton(inner_destination)) + bytes(8)
    if how == "ipip":
        protocol, packet = socket.IPPROTO_IPIP, inner
    else:
        # Destination unreachable, host unreachable; then the quote.
        packet = struct.pack("!BBHI", 3, 1, 0, 0) + inner
        packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
        protocol = socket.IPPROTO_ICMP
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    sock.sendto(packet, (destination, 0))


main()
