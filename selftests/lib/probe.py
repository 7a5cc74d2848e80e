#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""Packets of one node that can be told apart: numbered datagrams, errors that
come back, sizes on the wire. Commands and answers as in traffic.py.

probe.py IN OUT

  marker HEX             stands in each datagram from now on
  serve PORT             keeps what datagrams arrive there from now on
  send ADDR PORT COUNT   sends the next COUNT numbers; each port has its own
  begin ADDR PORT [MS]   sends numbers until "end PORT", MS milliseconds apart
  end PORT               says sent=N
  got PORT COUNT         waits until that many numbers came: got=N; in what way
                         they were not once and in order: twice=N late=N
  flood ADDR PORT COUNT  datagrams without numbers, as fast as can be; if COUNT
                         is N/M, N spread over M addresses from ADDR on
  pour ADDR PORT         such datagrams until "end PORT"
  knock NAME ADDR PORT [SIZE [df]]    one datagram, whose errors are kept
  dial NAME ADDR PORT    a TCP connection is begun
  error NAME [COUNT]     waits for errors: TYPE/CODE/ERRNO/FROM[/MTU]... each
  sniff DEV              looks at what leaves and enters there, from now on
  wire COUNT [out|in]    waits for ESP packets: the IP length of each, with d
                         for DF, f for a fragment
  syn                    the MSS of TCP SYNs seen since sniff, sorted
  seen                   how many IP packets of TCP there were, and the longest
  gro DEV on|off         whether packets that came there are joined
  frag-needed IP MTU SPI SEQ SRC DST     an ICMP error from here to IP that
                         quotes that ESP packet from SRC to DST
"""

import array
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

PATIENCE = float(os.environ.get("PATIENCE") or 60)
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
UDP_SEGMENT = 103
SEGMENTS = 50
ETH_P_ALL = 3
SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2c
PACKET_OUTGOING = 4
IP_MTU_DISCOVER, IP_RECVERR, IPV6_MTU_DISCOVER, IPV6_RECVERR = 10, 11, 23, 25


class Failed(Exception):
    pass


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def wait(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Served:
    """What arrived on a port."""

    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.sock.bind(("::", port))
        self.numbers = {}
        self.twice = self.late = 0
        self.last = -1
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            octets = self.sock.recv(65536)
            number = int.from_bytes(octets[:4], "big")
            if number in self.numbers:
                self.twice += 1
            elif number < self.last:
                self.late += 1
            self.numbers[number] = True
            self.last = max(self.last, number)


class Sending:
    """A stream that goes on until it is stopped."""

    def __init__(self, send, pause):
        self.send, self.pause = send, pause
        self.on = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        # Processors do not keep each other's order: a veth has a queue for each.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        while self.on:
            self.send()
            time.sleep(self.pause)

    def stop(self):
        self.on = False
        self.thread.join()


class Sniffer:
    """IP packets on a device: (incoming, octets)."""

    def __init__(self, device):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.sock.bind((device, ETH_P_ALL))
        self.packets = []
        self.on = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.on:
            if select.select([self.sock], [], [], 0.1)[0]:
                octets, whence = self.sock.recvfrom(200)
                self.packets.append((whence[2] != PACKET_OUTGOING, octets))

    def stop(self):
        self.on = False
        self.thread.join()
        self.sock.close()


def esp_of(octets):
    """How an ESP packet stands on the wire; None: it is no ESP."""
    if octets[0] >> 4 == 4:
        length, flags = struct.unpack_from(">H2xH", octets, 2)
        proto, at = octets[9], (octets[0] & 15) * 4
        mark = ("d" if flags & 0x4000 else "") + \
            ("f" if flags & 0x3fff else "")
    elif octets[0] >> 4 == 6:
        length, proto = struct.unpack_from(">HB", octets, 4)
        length, at, mark = length + 40, 40, ""
        if proto == 44:
            proto, mark = octets[40], "f"
            return f"{length}{mark}" if proto in (50, 17) else None
    else:
        return None
    if proto == 50:
        return f"{length}{mark}"
    if proto == 17 and len(octets) >= at + 8 and \
            4500 in struct.unpack_from(">HH", octets, at):
        return f"{length}{mark}"
    return None


def tcp_of(octets):
    """(length of the packet, TCP header and options) or None."""
    if octets[0] >> 4 == 4 and octets[9] == 6:
        return (struct.unpack_from(">H", octets, 2)[0],
                octets[(octets[0] & 15) * 4:])
    if octets[0] >> 4 == 6 and octets[6] == 6:
        return struct.unpack_from(">H", octets, 4)[0] + 40, octets[40:]
    return None


def mss_of(tcp):
    """The MSS of a SYN; None: it is none."""
    if not tcp[13] & 2:
        return None
    at, end = 20, (tcp[12] >> 4) * 4
    while at < end and tcp[at]:
        if tcp[at] == 1:
            at += 1
            continue
        if tcp[at] == 2:
            return struct.unpack_from(">H", tcp, at + 2)[0]
        at += tcp[at + 1]
    return 0


class Node:
    def __init__(self):
        self.mark = b""
        self.served = {}
        self.streams = {}
        self.next = {}
        self.socks = {}
        self.sniffer = None

    def do_marker(self, octets):
        self.mark = bytes.fromhex(octets)

    # Numbers.

    def do_serve(self, port):
        self.served[port] = Served(int(port))

    def sender(self, address, port):
        sock = socket.socket(family(address), socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 32 << 20)

        def send():
            number = self.next.get(port, 0)
            try:
                sock.sendto(number.to_bytes(4, "big") + self.mark,
                            (address, int(port)))
            except OSError:
                return
            self.next[port] = number + 1
        return send

    def do_send(self, address, port, count):
        send = self.sender(address, port)
        for _ in range(int(count)):
            send()

    def do_begin(self, address, port, pause="2"):
        self.streams[port] = Sending(self.sender(address, port),
                                     float(pause) / 1000)

    def do_end(self, port):
        if port in self.streams:
            self.streams.pop(port).stop()
        return f"sent={self.next.get(port, 0)}"

    def do_got(self, port, count):
        served = self.served[port]
        wait(lambda: len(served.numbers) >= int(count))
        said = f"got={len(served.numbers)}"
        if served.twice:
            said += f" twice={served.twice}"
        if served.late:
            said += f" late={served.late}"
        return said

    @staticmethod
    def bursts(address, port, spread=1):
        """A function that sends SEGMENTS datagrams in one go."""
        base, colon, last = address.rpartition(":" if ":" in address else ".")
        to = [f"{base}{colon}{int(last) + n}" for n in range(spread)]
        sock = socket.socket(family(address), socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1)

        def send():
            to.append(to.pop(0))
            try:
                sock.sendto(bytes(SEGMENTS), (to[-1], int(port)))
            except OSError as why:
                if why.errno != errno.ENOBUFS:
                    raise
        return send

    def do_flood(self, address, port, count):
        count, _, spread = count.partition("/")
        send = self.bursts(address, port, int(spread or 1))
        for _ in range(int(count) // SEGMENTS):
            send()

    def do_pour(self, address, port):
        self.streams[port] = Sending(self.bursts(address, port), 0)

    # Errors.

    def do_knock(self, name, address, port, size="64", df=None):
        sock = socket.socket(family(address), socket.SOCK_DGRAM)
        level, option, discover = (
            (socket.IPPROTO_IP, IP_RECVERR, IP_MTU_DISCOVER)
            if sock.family == socket.AF_INET else
            (socket.IPPROTO_IPV6, IPV6_RECVERR, IPV6_MTU_DISCOVER))
        sock.setsockopt(level, option, 1)
        # 3: DF, but whatever is known of the path.
        sock.setsockopt(level, discover, 3 if df else 0)
        sock.connect((address, int(port)))
        self.socks[name] = sock
        payload = self.mark[:int(size)]
        sock.send(payload + bytes(int(size) - len(payload)))

    def do_dial(self, name, address, port):
        sock = socket.socket(family(address), socket.SOCK_STREAM)
        sock.setblocking(False)
        self.socks[name] = sock
        why = sock.connect_ex((address, int(port)))
        if why != errno.EINPROGRESS:
            raise Failed(os.strerror(why))

    def do_error(self, name, count="1"):
        sock = self.socks[name]
        if sock.type == socket.SOCK_STREAM:
            if not select.select([], [sock], [], PATIENCE)[1]:
                raise Failed("neither connected nor refused")
            why = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return errno.errorcode.get(why, "connected")
        said = []
        poll = select.poll()
        poll.register(sock, 0)
        for _ in range(int(count)):
            if not poll.poll(PATIENCE * 1000):
                raise Failed(f"no error came, but {said}")
            said.append(self.error_of(sock))
        return " ".join(said)

    @staticmethod
    def error_of(sock):
        _, ancillary, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        for _, _, octets in ancillary:
            why, _, kind, code, _, info, _ = struct.unpack_from(
                "=IBBBBII", octets)
            from_ = struct.unpack_from("=H", octets, 16)[0]
            if from_ == socket.AF_INET:
                whence = socket.inet_ntop(socket.AF_INET, octets[20:24])
            else:
                whence = socket.inet_ntop(socket.AF_INET6, octets[24:40])
            said = f"{kind}/{code}/{errno.errorcode[why]}/{whence}"
            return said + (f"/{info}" if info else "")
        raise Failed("an error without a cause")

    # The wire.

    def do_sniff(self, device):
        if self.sniffer:
            self.sniffer.stop()
        self.sniffer = Sniffer(device)

    def esp(self, way):
        said = []
        for incoming, octets in list(self.sniffer.packets):
            one = esp_of(octets)
            if one and (way is None or incoming == (way == "in")):
                said.append(one)
        return said

    def do_wire(self, count, way=None):
        wait(lambda: len(self.esp(way)) >= int(count))
        return " ".join(self.esp(way))

    def tcp(self):
        return [one for one in map(tcp_of, (octets for _, octets in
                                            list(self.sniffer.packets)))
                if one]

    def do_syn(self):
        def mss():
            return [n for n in (mss_of(one[1]) for one in self.tcp())
                    if n is not None]
        wait(lambda: len(mss()) >= 2)
        return " ".join(map(str, sorted(set(mss()))))

    def do_seen(self):
        lengths = [one[0] for one in self.tcp()]
        return f"packets={len(lengths)} longest={max(lengths, default=0)}"

    @staticmethod
    def do_gro(device, state):
        value = array.array("I", [ETHTOOL_SGRO, state == "on"])
        request = struct.pack("16sP16x", device.encode(),
                              value.buffer_info()[0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCETHTOOL, request)

    @staticmethod
    def do_frag_needed(to, mtu, spi, seq, source, destination):
        esp = struct.pack(">II", int(spi, 0), int(seq)) + bytes(64)
        if family(source) == socket.AF_INET:
            quoted = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(esp), 1,
                                 0x4000, 64, 50, 0,
                                 socket.inet_aton(source),
                                 socket.inet_aton(destination)) + esp
            error = struct.pack(">BBHHH", 3, 4, 0, 0, int(mtu)) + quoted
            error = error[:2] + struct.pack(">H", checksum(error)) + error[4:]
            proto = socket.IPPROTO_ICMP
        else:
            quoted = struct.pack(">IHBB16s16s", 6 << 28, len(esp), 50, 64,
                                 socket.inet_pton(socket.AF_INET6, source),
                                 socket.inet_pton(socket.AF_INET6,
                                                  destination)) + esp
            error = struct.pack(">BBHI", 2, 0, 0, int(mtu)) + quoted
            proto = socket.IPPROTO_ICMPV6
        with socket.socket(family(to), socket.SOCK_RAW, proto) as sock:
            sock.sendto(error, (to, 0))


def run(node, line):
    said = []
    for command in line.split(";"):
        name, *words = command.split()
        try:
            method = getattr(node, "do_" + name.replace("-", "_"))
            said.append(method(*words))
        except (Failed, OSError, ValueError, AttributeError, KeyError,
                TypeError) as why:
            raise Failed(f"{name} {words[0] if words else ''}: {why}") from why
    return " ".join(filter(None, said))


def main():
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
