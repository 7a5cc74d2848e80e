#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""TCP segments of every length, in bursts that the kernel cuts: the memory behind
the last octet of a packet is what its length leaves of a power of two.

segments.py serve PORT           until it is stopped; says "ready"
segments.py send ADDR PORT FIRST LAST STEP   with each maximum segment size of
                                 these; each octet must come back
"""

import signal
import socket
import sys
import threading

BURST = 6


def serve(port):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.create_server(("", port), family=socket.AF_INET6,
                              dualstack_ipv6=True) as server:
        print("ready", flush=True)
        while True:
            threading.Thread(target=echo, args=(server.accept()[0],),
                             daemon=True).start()


def echo(sock):
    with sock:
        while octets := sock.recv(1 << 16):
            sock.sendall(octets)


def send(address, port, first, last, step):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sizes = range(first, last + 1, step)
    for size in sizes:
        with socket.socket(family) as sock:
            sock.settimeout(60)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, size)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect((address, port))
            octets = bytes(n & 0xff for n in range(size * BURST))
            sock.sendall(octets)
            back = b""
            while len(back) < len(octets):
                some = sock.recv(1 << 16)
                assert some, f"size {size}: {len(back)} octets came back"
                back += some
            assert back == octets, f"size {size}: other octets came back"
    print(f"sizes={len(sizes)}")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        send(sys.argv[2], *map(int, sys.argv[3:]))
