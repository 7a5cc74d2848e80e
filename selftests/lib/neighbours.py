#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Traffic of one node where each packet matters: flows that stay open while
the gateways around them change, errors that come back, packets made by hand.
Echoes on UDP and TCP port 77, each message at once. A line of commands is
answered with "ok" and what was seen, or with "error: WHAT WENT WRONG".

neighbours.py IN OUT

  open NAME udp|tcp|icmp ADDR [from ADDR] [sport PORT] [port PORT]
  say NAME [COUNT]       messages, one by one; each must come back
  shout NAME [COUNT]     messages; nobody waits for an answer
  stream NAME            messages on and on, a few hundred a second, but ten
                         a second while the last few did not come back
  still NAME             no more of them
  hush NAME              the same, and says sent=N, and back=N once a last
                         message is back
  close NAME
  error ADDR SIZE [ttl N] [df] [again] [port PORT]
                         a UDP datagram to where nobody listens, and the ICMP
                         error that it meets: type=N code=N from=ADDR info=N;
                         again: more of them, until one meets an error
  inbox PORT             gathers datagrams that come to the port
  taken PORT [COUNT]     waits for as many and says what came: TEXT TEXT...
  esp SPI KEY SEQ OUTER-SRC OUTER-DST PACKET      sends a packet inside ESP,
                         null-hmac-sha2-256-128, by hand
  clear PACKET           sends it as it is
  frame DEVICE DST-MAC PACKET [pad]               as an Ethernet frame
  segments ADDR SIZE COUNT                        a UDP packet of so many
                         segments, for the device to cut

PACKET is SRC,DST,ID,TEXT[,first|last]: a UDP datagram to port 78 of which the
first or the last fragment is sent; TEXT is the last one's payload.
"""

import os
import select
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

PATIENCE = float(os.environ.get("PATIENCE") or 60)
ECHO = 77
INBOX = 78
LATE = 16  # messages on the way, before a stream waits for a slow machine
FIRST = 16  # octets of a datagram in its first fragment

IP_MTU_DISCOVER, IP_RECVERR = 10, 11
IPV6_MTU_DISCOVER, IPV6_RECVERR = 23, 25
PMTUDISC_DONT, PMTUDISC_DO, PMTUDISC_PROBE = 0, 2, 3
UDP_SEGMENT = 103
SOL_RAW, ICMP_FILTER, ICMP6_FILTER = 255, 1, 1
IP_FREEBIND, IPV6_FREEBIND = 15, 78


class Failed(Exception):
    pass


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def ready(sock, seconds):
    return bool(select.select([sock], [], [], seconds)[0])


def dies_at_once(sock):
    """A connection whose path is gone would keep its namespace for minutes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    return sock


# ------------------------------------------------------------------- server

def echo():
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    # An answer leaves by the address that was asked.
    udp.setsockopt(socket.IPPROTO_IPV6, 49, 1)  # IPV6_RECVPKTINFO
    udp.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
    udp.bind(("::", ECHO))
    tcp = dies_at_once(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("::", ECHO))
    tcp.listen(16)
    conns = []
    while True:
        for one in select.select([udp, tcp] + conns, [], [])[0]:
            try:
                if one is udp:
                    octets, info, _, whence = udp.recvmsg(65536, 256)
                    info = [i for i in info if i[1] in (8, 50)]
                    udp.sendmsg([octets], answer_from(info), 0, whence)
                elif one is tcp:
                    conns.append(tcp.accept()[0])
                else:
                    octets = one.recv(65536)
                    if octets:
                        one.sendall(octets)
                    else:
                        conns.remove(one)
                        one.close()
            except OSError:
                if one in conns:
                    conns.remove(one)
                    one.close()


def answer_from(info):
    """The address, not the device: routes find that."""
    answers = []
    for level, kind, data in info:
        if kind == 8:
            data = struct.pack("=I4s4s", 0, data[4:8], data[4:8])
        else:
            data = data[:16] + struct.pack("=I", 0)
        answers.append((level, kind, data))
    return answers


# -------------------------------------------------------------------- flows

class Flow:
    def __init__(self, kind, address, source=None, sport=0, port=ECHO):
        self.kind, self.address = kind, address
        self.number = 0
        self.going = False
        self.seen = set()
        self.rest = b""
        of = family(address)
        if kind == "icmp":
            self.sock = self.icmp_socket(of)
        elif kind == "tcp":
            self.sock = dies_at_once(socket.socket(of, socket.SOCK_STREAM))
        else:
            self.sock = socket.socket(of, socket.SOCK_DGRAM)
        if source or sport:
            self.sock.bind((source or ("::" if of == socket.AF_INET6
                                       else "0.0.0.0"), sport))
        self.sock.settimeout(PATIENCE)
        self.sock.connect((address, 0 if kind == "icmp" else port))

    def icmp_socket(self, of):
        self.ident = os.getpid() * 7 + id(self) // 64 & 0xffff
        if of == socket.AF_INET:
            sock = socket.socket(of, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            sock.setsockopt(SOL_RAW, ICMP_FILTER,
                            struct.pack("=I", ~1 + 2**32))
            self.request = 8
        else:
            sock = socket.socket(of, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            only = [2**32 - 1] * 8
            only[129 // 32] ^= 1 << 129 % 32
            sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER,
                            struct.pack("=8I", *only))
            self.request = 128
        return sock

    def send(self):
        self.number += 1
        text = b"message %08d" % self.number
        if self.kind == "icmp":
            header = struct.pack(">BBHHH", self.request, 0, 0, self.ident,
                                 self.number & 0xffff)
            if self.request == 8:
                header = header[:2] + struct.pack(">H", checksum(
                    header + text)) + header[4:]
            self.sock.send(header + text)
        else:
            self.sock.send(text)

    def receive(self):
        """Notes the numbers of messages that came back."""
        octets = self.sock.recv(65536)
        if self.kind == "icmp":
            if self.request == 8:
                octets = octets[(octets[0] & 15) * 4:]
            if octets[4:6] != struct.pack(">H", self.ident):
                return
            octets = octets[8:]
        elif self.kind == "tcp" and not octets:
            raise Failed("the connection was closed")
        octets = self.rest + octets
        while len(octets) >= 16:
            if not octets.startswith(b"message "):
                raise Failed(f"{len(octets)} octets that nobody sent")
            self.seen.add(int(octets[8:16]))
            octets = octets[16:]
        self.rest = octets

    def say(self):
        self.send()
        end = time.monotonic() + PATIENCE
        while ready(self.sock, max(0, end - time.monotonic())):
            self.receive()
            if self.number in self.seen:
                return
        raise Failed(f"message {self.number} did not come back")

    def stream(self):
        self.going = True
        self.begin = self.number
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.going:
            try:
                self.send()
                while ready(self.sock, 0):
                    self.receive()
            except (OSError, Failed):
                pass
            late = self.number - max(self.seen, default=self.begin)
            time.sleep(0.003 if late < LATE else 0.1)

    def still(self):
        if self.going:
            self.going = False
            self.thread.join()

    def close(self):
        self.still()
        self.sock.close()

    def hush(self):
        self.still()
        self.say()
        while ready(self.sock, 0):
            self.receive()
        return (f"sent={self.number - self.begin}"
                f" back={sum(n > self.begin for n in self.seen)}")


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


# ---------------------------------------------------------- packets by hand

def packet(what):
    """The octets of a PACKET."""
    source, destination, ident, text, *part = what.split(",")
    of = family(source)
    ends = (socket.inet_pton(of, source) + socket.inet_pton(of, destination))
    body = bytes(FIRST - 8) + text.encode()
    length = 8 + len(body)
    udp = struct.pack(">HHHH", INBOX, INBOX, length, 0)
    pseudo = ends + struct.pack(">IBBBB" if of == socket.AF_INET6
                                else ">HBBBB", length, 0, 0, 0, 17)
    total = checksum(pseudo + udp + body) or 0xffff
    payload = udp[:6] + struct.pack(">H", total) + body
    start, more = 0, 0
    if part == ["first"]:
        payload, more = payload[:FIRST], 1
    elif part == ["last"]:
        payload, start = payload[FIRST:], FIRST
    ident = int(ident)
    if of == socket.AF_INET:
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident,
                             more << 13 | start // 8, 64, 17, 0) + ends
        return (header[:10] + struct.pack(">H", checksum(header))
                + header[12:] + payload)
    kind = 17
    if part:
        payload = struct.pack(">BBHI", 17, 0, start | more, ident) + payload
        kind = 44
    return struct.pack(">IHBB", 6 << 28, len(payload), kind, 64) \
        + ends + payload


def send_raw(octets):
    of = socket.AF_INET if octets[0] >> 4 == 4 else socket.AF_INET6
    where = octets[16:20] if of == socket.AF_INET else octets[24:40]
    with socket.socket(of, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.sendto(octets, (socket.inet_ntop(of, where), 0))


class Node:
    def __init__(self):
        self.flows = {}
        self.inboxes = {}

    def do_open(self, name, kind, address, *words):
        names = {"from": "source", "sport": "sport", "port": "port"}
        how = {names[w]: v if w == "from" else int(v)
               for w, v in zip(words[::2], words[1::2])}
        self.flows[name] = Flow(kind, address, **how)

    def do_say(self, name, count="1"):
        for _ in range(int(count)):
            self.flows[name].say()

    def do_shout(self, name, count="1"):
        for _ in range(int(count)):
            self.flows[name].send()

    def do_stream(self, name):
        self.flows[name].stream()

    def do_still(self, name):
        self.flows[name].still()

    def do_hush(self, name):
        return self.flows[name].hush()

    def do_close(self, name):
        self.flows.pop(name).close()

    @staticmethod
    def do_error(address, size, *words):
        how = dict(zip(words, words[1:]))
        of = family(address)
        v4 = of == socket.AF_INET
        level = socket.IPPROTO_IP if v4 else socket.IPPROTO_IPV6
        with socket.socket(of, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(level, IP_RECVERR if v4 else IPV6_RECVERR, 1)
            sock.setsockopt(level,
                            IP_MTU_DISCOVER if v4 else IPV6_MTU_DISCOVER,
                            PMTUDISC_PROBE if "df" in words
                            else PMTUDISC_DONT)
            if "ttl" in how:
                sock.setsockopt(level, 2 if v4 else 16, int(how["ttl"]))
            poll = select.poll()
            poll.register(sock, 0)
            times = int(PATIENCE) if "again" in words else 1
            for _ in range(times):
                sock.sendto(bytes(int(size)),
                            (address, int(how.get("port", 9))))
                if poll.poll(PATIENCE * 1000 / times):
                    break
            else:
                raise Failed("no error came back")
            _, infos, _, _ = sock.recvmsg(1, 512, 0x2000)  # MSG_ERRQUEUE
        data = infos[0][2]
        _, _, kind, code, _, info, _ = struct.unpack_from("=IBBBBII", data)
        whence = (data[20:24] if v4 else data[24:40])
        return (f"type={kind} code={code} from={socket.inet_ntop(of, whence)}"
                f" info={info}")

    def do_inbox(self, port):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind(("::", int(port)))
        self.inboxes[port] = sock

    def do_taken(self, port, count="0"):
        sock, texts = self.inboxes[port], []
        while ready(sock, PATIENCE if len(texts) < int(count) else 0):
            texts.append(sock.recv(65536)[FIRST - 8:].decode())
        if len(texts) < int(count):
            raise Failed(f"{len(texts)} of {count} datagrams came")
        return " ".join(texts)

    @staticmethod
    def do_esp(spi, key, seq, source, destination, what):
        # hmac alone: cryptography takes seconds to import here.
        import hmac
        inner = packet(what)
        plain = inner + bytes(range(1, 1 + -(len(inner) + 2) % 4))
        plain += bytes([len(plain) - len(inner),
                        4 if inner[0] >> 4 == 4 else 41])
        esp = struct.pack(">II", int(spi), int(seq)) + plain
        esp += hmac.digest(bytes.fromhex(key), esp, "sha256")[:16]
        of = family(source)
        ends = (socket.inet_pton(of, source)
                + socket.inet_pton(of, destination))
        if of == socket.AF_INET:
            header = struct.pack(">BBHHHBBH", 0x45, 0, 0, 0, 0, 64, 50, 0)
        else:
            header = struct.pack(">IHBB", 6 << 28, len(esp), 50, 64)
        send_raw(header + ends + esp)

    @staticmethod
    def do_clear(what):
        send_raw(packet(what))

    @staticmethod
    def do_frame(device, mac, what, pad=None):
        octets = packet(what)
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as sock:
            sock.sendto(octets + bytes(6 if pad else 0),
                        (device, 0x0800 if octets[0] >> 4 == 4 else 0x86dd,
                         0, 0, bytes.fromhex(mac.replace(":", ""))))

    @staticmethod
    def do_segments(address, size, count):
        with socket.socket(family(address), socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, int(size))
            sock.sendto(bytes(int(size) * int(count)), (address, INBOX))


def run(node, line):
    said = []
    for command in filter(str.strip, line.split(";")):
        name, *words = command.split()
        try:
            said.append(getattr(node, "do_" + name)(*words))
        except (Failed, OSError, ValueError, AttributeError, TypeError,
                KeyError, struct.error) as why:
            raise Failed(f"{command.strip()}: {why!r}") from why
    return "\n".join(filter(None, said))


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Thread(target=echo, daemon=True).start()
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
