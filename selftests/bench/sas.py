#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""sas.py culvert|xfrm PAIRS RULE: puts as many pairs of SAs into the kernel, each
of another peer, AES-GCM-256 with a window of 64. Prints the seconds that the kernel
took: the requests are made before, and the clock stands while Python works."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
from cvt import OPS, Culvert, encode, pairs, SA_ALIASES
from genl import NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, attr

NETLINK_XFRM = 6
XFRM_MSG_NEWSA = 16
XFRMA_ALG_AEAD, XFRMA_REPLAY_ESN_VAL = 18, 23
MODE_TUNNEL = 1
AF_INET, ESP = 2, 50
NLM_F_CREATE_EXCL = 0x600

FIRST_SPI = 0x5a17c300  # its octets are nowhere else in a request
KEY = bytes(range(36))
WINDOW = 64
HERE, THERE = "192.0.2.1", "198.18.0.0"
FIRST_PEER, = struct.unpack("!I", socket.inet_aton(THERE))
CHUNK = 50  # requests in one send


def culvert_request(way, rule):
    """Of sa-add, in pieces: what is before, between and behind the SPI and the
    peer's address, in the order in which the two stand there."""
    words = (f"rule {rule} mode tunnel local {HERE} remote {THERE}"
             f" suite aes-gcm-16 encr-key {KEY.hex()}")
    if way == "in":
        words += f" window {WINDOW}"
    body = struct.pack("=BBH", OPS["sa-add"][0], 1, 0) + encode(
        "sa", pairs("sa", words.split(), SA_ALIASES, "sa-flag",
                    {"direction": way, "spi": FIRST_SPI}))
    spi = body.index(struct.pack(">I", FIRST_SPI))
    peer = body.index(socket.inet_aton(THERE))
    assert spi < peer
    return body[:spi], body[spi + 4:peer], body[peer + 4:]


def culvert_bodies(count, rule):
    requests = [culvert_request(way, rule) for way in ("in", "out")]
    for n in range(count):
        before, between, behind = requests[n & 1]
        yield (before + struct.pack(">I", FIRST_SPI + n // 2) + between
               + struct.pack(">I", FIRST_PEER + n // 2) + behind)


def xfrm_bodies(count):
    """struct xfrm_usersa_info and what belongs to it."""
    aead = struct.pack("=64sII", b"rfc4106(gcm(aes))", len(KEY) * 8, 128) + KEY
    window = struct.pack("=6I", WINDOW // 32, 0, 0, 0, 0, WINDOW) \
        + bytes(WINDOW // 8)
    for n in range(count):
        ends = [socket.inet_aton(HERE),
                struct.pack(">I", FIRST_PEER + n // 2)]
        if n & 1 == 0:
            ends.reverse()
        source, destination = ends
        selector = bytes(40) + struct.pack("=HBBB3xiI", 0, 0, 0, 0, 0, 0)
        body = selector + destination.ljust(16, b"\0") \
            + struct.pack(">IB3x", FIRST_SPI + n // 2, ESP) \
            + source.ljust(16, b"\0") + b"\xff" * 32 + bytes(32) \
            + bytes(32) + bytes(12) \
            + struct.pack("=IIHBBB7x", 0, 2 + n // 2, AF_INET, MODE_TUNNEL,
                          0, 0)
        body += attr(XFRMA_ALG_AEAD, aead)
        if n & 1 == 0:
            body += attr(XFRMA_REPLAY_ESN_VAL, window)
        yield body


def chunks(bodies, kind, flags):
    """Whole messages, a few in each chunk, of which the last is answered."""
    bodies = list(bodies)
    for first in range(0, len(bodies), CHUNK):
        some = bodies[first:first + CHUNK]
        yield b"".join(
            struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags
                        | (NLM_F_ACK if n == len(some) else 0), n, 0) + body
            for n, body in enumerate(some, 1)), len(some)


def pour(sock, ready):
    """Sends all; the kernel works through a chunk before send returns."""
    took = 0.0
    for chunk, last in ready:
        begin = time.monotonic()
        sock.send(chunk)
        took += time.monotonic() - begin
        sequence = None
        while sequence != last:
            octets = sock.recv(1 << 17)
            _, kind, _, sequence = struct.unpack_from("=IHHI", octets)
            error, = struct.unpack_from("=i", octets, 16)
            if kind != NLMSG_ERROR or error:
                sys.exit(f"sas.py: request {sequence} of a chunk is refused: "
                         + os.strerror(-error))
    return took


def main():
    what, count = sys.argv[1], 2 * int(sys.argv[2])
    if what == "culvert":
        client = Culvert()
        sock, family = client.genl.socket, client.genl.family
        ready = list(chunks(culvert_bodies(count, sys.argv[3]), family, 0))
    else:
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM)
        ready = list(chunks(xfrm_bodies(count), XFRM_MSG_NEWSA,
                            NLM_F_CREATE_EXCL))
    print(f"{pour(sock, ready):.6f}")


main()
