#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""Traffic of one node. Answers on UDP and TCP port 7, and sends what it is
told to: a line of commands, separated by semicolons, is answered with "ok" and
what was seen, or with "error: WHAT WENT WRONG".

traffic.py IN OUT

  marker HEX|-           the plain text is made of HEX from now on; -: of other
                         octets, for what is meant to be legible
  ping ADDR SIZE...      ICMP echo with payloads of these sizes. Over IPv4
                         without DF, and ignoring what is known of the path, so
                         that routers must fragment.
  udp ADDR SIZE...       UDP echo; a size mtu, mtu+N or mtu-N is such that the
                         IP packet has the length of the known path MTU
  tcp ADDR OCTETS        sent there and sent back
  probe ADDR             sends what just fits the link, DF set, and says what
                         path MTU it learns: mtu=N
  forget [NETWORK GATEWAY]      forgets what it learnt about paths: IPv4; IPv6
                         to that network
  encap PORT             takes ESP out of UDP for the kernel's XFRM

Each packet is sent once, must come back once, and as it was. One that could be
lost on the way to learning a path MTU is the probe's.
"""

import os
import select
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from genl import attr

PATIENCE = float(os.environ.get("PATIENCE") or 60)
ECHO = 7

IP_MTU_DISCOVER, IP_RECVERR, IP_MTU, IP_XFRM_POLICY = 10, 11, 14, 17
IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_XFRM_POLICY = 23, 24, 25, 35
PMTUDISC_WANT, PMTUDISC_DO, PMTUDISC_OMIT = 1, 2, 5
SOL_RAW, ICMP_FILTER, ICMP6_FILTER = 255, 1, 1
UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2
SO_RCVBUFFORCE = 33
RTM_NEWROUTE, NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = \
    24, 1, 4, 0x100, 0x400
EMSGSIZE = 90

BULK = 1 << 20


class Failed(Exception):
    pass


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Pattern:
    """The plain text: the marker again and again, each with its place, so that
    octets in the wrong place show."""

    def __init__(self):
        self.set(os.urandom(16))

    def set(self, marker):
        self.text = b"".join(marker + b"%08d" % n
                             for n in range(BULK // (len(marker) + 8) + 1))

    def part(self, start, octets):
        return self.text[start:start + octets]


# ------------------------------------------------------------------- server

def listen():
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    for one in (udp, tcp):
        one.bind(("::", ECHO))
    tcp.listen(64)
    return udp, tcp


def serve(alive, udp, tcp):
    """Echoes until the other end of alive is closed."""
    conns = {}  # what came: gathered until the end, then sent back
    ended = {}
    while True:
        readable, writable, _ = select.select(
            [alive, udp, tcp] + list(conns), list(ended), [])
        if alive in readable:
            os._exit(0)
        if udp in readable:
            try:
                octets, whence = udp.recvfrom(65536)
                udp.sendto(octets, whence)
            except OSError:
                pass  # the one who asked sees no answer
        if tcp in readable:
            conn, _ = tcp.accept()
            conn.setblocking(False)
            conns[conn] = bytearray()
        for conn in readable:
            if conn not in conns:
                continue
            try:
                octets = conn.recv(1 << 18)
            except OSError:
                octets = None
            if octets:
                conns[conn] += octets
                continue
            gathered = conns.pop(conn)
            if octets is None:
                conn.close()
            else:
                ended[conn] = memoryview(gathered)
        for conn in writable:
            try:
                ended[conn] = ended[conn][conn.send(ended[conn]):]
            except OSError:
                ended[conn] = b""
            if not ended[conn]:
                del ended[conn]
                conn.close()


# ------------------------------------------------------------------- client

def wait_for(sock, end, events=select.POLLIN):
    """Poll's events, 0 if the time is over."""
    poll = select.poll()
    poll.register(sock, events)
    left = end - time.monotonic()
    ready = poll.poll(left * 1000) if left > 0 else []
    return ready[0][1] if ready else 0


def gather(sock, wanted, take):
    """Until each of wanted, a dict from a key to octets, came back once."""
    end = time.monotonic() + PATIENCE
    left = dict(wanted)
    while left:
        if not wait_for(sock, end):
            break
        try:
            got = take(sock)
        except OSError as why:
            raise Failed(f"{why.strerror}, {len(left)} not back") from why
        if got is None:
            continue
        key, octets = got
        if key not in wanted:
            raise Failed(f"{len(octets)} octets that nobody sent")
        if key not in left:
            raise Failed(f"size {len(octets)} came back twice")
        if octets != left.pop(key):
            raise Failed(f"size {len(octets)} came back changed")
    if left:
        sizes = sorted(len(octets) for octets in left.values())
        raise Failed(f"{len(sizes)} of {len(wanted)} did not come back: sizes "
                     + " ".join(map(str, sizes)))


class Node:
    def __init__(self):
        self.pattern = Pattern()
        self.ident = 0
        self.kept = []

    def do_marker(self, octets):
        self.pattern.set(os.urandom(16) if octets == "-"
                         else bytes.fromhex(octets))

    def do_ping(self, address, *sizes):
        self.ident = (self.ident + 1) & 0xffff
        ident = os.getpid() * 64 + self.ident & 0xffff
        if family(address) == socket.AF_INET:
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                 socket.IPPROTO_ICMP)
            sock.setsockopt(SOL_RAW, ICMP_FILTER,
                            struct.pack("=I", ~1 + 2**32))
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_OMIT)
            request = 8
        else:
            sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                                 socket.IPPROTO_ICMPV6)
            only = [2**32 - 1] * 8
            only[129 // 32] ^= 1 << 129 % 32
            sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER,
                            struct.pack("=8I", *only))
            request = 128

        def take(sock):
            octets, whence = sock.recvfrom(65536)
            if request == 8:
                octets = octets[(octets[0] & 15) * 4:]
            if whence[0] != address or octets[4:6] != struct.pack(">H", ident):
                return None
            return struct.unpack(">H", octets[6:8])[0], octets[8:]

        with sock:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
            wanted = {n: self.pattern.part(n, int(size))
                      for n, size in enumerate(sizes)}
            for n, payload in wanted.items():
                header = struct.pack(">BBHHH", request, 0, 0, ident, n)
                if request == 8:
                    header = struct.pack(">BBHHH", request, 0,
                                         checksum(header + payload), ident, n)
                sock.sendto(header + payload, (address, 0))
            gather(sock, wanted, take)

    @staticmethod
    def udp_socket(address, discover):
        sock = socket.socket(family(address), socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        sock.settimeout(PATIENCE)
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, discover)
        sock.connect((address, ECHO))
        return sock

    @staticmethod
    def path_mtu(sock):
        if sock.family == socket.AF_INET:
            return sock.getsockopt(socket.IPPROTO_IP, IP_MTU)
        return sock.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)

    def do_udp(self, address, *sizes):
        with self.udp_socket(address, PMTUDISC_WANT) as sock:
            wanted = {}
            for n, size in enumerate(sizes):
                if size.startswith("mtu"):
                    size = self.path_mtu(sock) + int(size[3:] or 0) - (
                        28 if sock.family == socket.AF_INET else 48)
                size = int(size)
                if size in wanted:
                    continue
                wanted[size] = self.pattern.part(n, size)
                sock.send(wanted[size])

            def take(sock):
                octets = sock.recv(65536)
                return len(octets), octets
            gather(sock, wanted, take)

    def do_tcp(self, address, octets):
        octets = int(octets)
        sent = self.pattern.part(0, octets)
        back = bytearray()
        end = time.monotonic() + PATIENCE
        with socket.socket(family(address), socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            try:
                sock.connect((address, ECHO))
                sock.sendall(sent)
                sock.shutdown(socket.SHUT_WR)
                while time.monotonic() < end:
                    got = sock.recv(1 << 18)
                    if not got:
                        break
                    back += got
            except OSError as why:
                raise Failed(f"{why}, {len(back)} of {octets} octets came"
                             " back") from why
        if back != sent:
            raise Failed(f"{len(back)} of {octets} octets came back"
                         + (", changed" if len(back) == octets else ""))

    def do_probe(self, address):
        size = 1472 if family(address) == socket.AF_INET else 1452
        end = time.monotonic() + PATIENCE
        with self.udp_socket(address, PMTUDISC_DO) as sock:
            if sock.family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
            try:
                sock.send(self.pattern.part(0, size))
                if not wait_for(sock, end):
                    raise Failed("neither an answer nor an error came back")
                sock.recv(65536)  # raises what came
            except OSError as why:
                if why.errno != EMSGSIZE:
                    raise
            return f"mtu={self.path_mtu(sock)}"

    @staticmethod
    def do_forget(network=None, gateway=None):
        with open("/proc/sys/net/ipv4/route/flush", "w",
                  encoding="ascii") as flush:
            flush.write("1")
        if network is None:
            return
        # A new route knows nothing of what was learnt through the old one.
        address, length = network.split("/")
        route = struct.pack("=BBBBBBBBI", socket.AF_INET6, int(length), 0, 0,
                            254, 3, 0, 1, 0)
        for kind, one in ((1, address), (5, gateway)):
            route += attr(kind, socket.inet_pton(socket.AF_INET6, one))
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
            sock.send(struct.pack(
                "=IHHII", 16 + len(route), RTM_NEWROUTE, NLM_F_REQUEST
                | NLM_F_ACK | NLM_F_REPLACE | NLM_F_CREATE, 1, 0) + route)
            error = -struct.unpack_from("=i", sock.recv(65536), 16)[0]
        if error:
            raise Failed(os.strerror(error))

    def do_encap(self, port):
        for of, level, policy in (
                (socket.AF_INET, socket.IPPROTO_IP, IP_XFRM_POLICY),
                (socket.AF_INET6, socket.IPPROTO_IPV6, IPV6_XFRM_POLICY)):
            sock = socket.socket(of, socket.SOCK_DGRAM)
            if of == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # Policies hold for ESP in UDP too, but for a socket's own ones:
            # struct xfrm_userpolicy_info, all 0 but family and direction.
            for direction in 0, 1:
                info = bytearray(168)
                struct.pack_into("=H", info, 40, of)
                info[160] = direction
                sock.setsockopt(level, policy, bytes(info))
            sock.bind(("", int(port)))
            sock.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
            self.kept.append(sock)


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def run(node, line):
    said = []
    for command in line.split(";"):
        name, *words = command.split()
        try:
            method = getattr(node, "do_" + name)
            said.append(method(*words))
        except (Failed, OSError, ValueError, AttributeError,
                TypeError) as why:
            raise Failed(f"{name} {words[0] if words else ''}: {why}") from why
    return " ".join(filter(None, said))


def main():
    echo = listen()
    alive, parent = os.pipe()
    if os.fork() == 0:
        os.close(parent)
        serve(alive, *echo)
    os.close(alive)
    # A test stops what it started with SIGTERM; that is a good end.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    node = Node()
    with open(sys.argv[1], encoding="utf-8") as lines, \
            open(sys.argv[2], "w", encoding="utf-8") as out:
        while True:
            line = lines.readline()
            if not line:
                return
            try:
                said = run(node, line)
                if said:
                    print(said, file=out)
                print("ok", file=out, flush=True)
            except Failed as why:
                print("error:", why, file=out, flush=True)


main()
