# SPDX-License-Identifier: GPL-2.0-only
"""A gateway between a host and a peer that sends what no peer should: the base
of the scripts that feed bad ESP to culvert. The gateway, gw1, is a real one;
the host h1 and the peer gw2 are packet sockets of this process, which knows the
keys, makes every packet octet by octet and looks at all that comes out.

	h1 10.1.0.2, fd01::2 -- gw1 192.0.2.1, 2001:db8::1 -- 192.0.2.2 gw2

check() is what a case is made of: it sends, then sends a packet of another
tunnel each way and waits until those have come out, behind what was sent
before; so it needs no time to know that a packet was dropped. Then it compares
all that came out, every counter, the SA's own drops and the kernel's log with
what was expected.

The environment names the namespaces: H1, GW1, GW2.
"""

import errno
import fcntl
import os
import re
import select
import socket
import struct
import time

import espcrypt
from cases import CLONE_NEWNET, libc
from cvt import OP_NAMES, OPS, Culvert, decode
from genl import HEADERS, Genl

PATIENCE = float(os.environ.get("PATIENCE") or 60)

H1, GW1, GW2 = "10.1.0.2", "192.0.2.1", "192.0.2.2"
H1_6, GW1_6, GW2_6 = "fd01::2", "2001:db8::1", "2001:db8::2"
INSIDE, INSIDE_6 = "10.1.0.1", "fd01::1"  # gw1's addresses towards h1
FAR, FAR_6 = "10.2.0.5", "fd02::5"  # behind the peer

ESP, UDP, TCP, ICMP, ICMP6, IPIP, IP6 = 50, 17, 6, 1, 58, 4, 41
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, ETH_P_ARP = 3, 0x800, 0x86dd, 0x806
PACKET_OUTGOING = 4
SIOCGIFHWADDR, SIOCSIFMTU, SIOCETHTOOL = 0x8927, 0x8922, 0x8946
SO_RCVBUFFORCE = 33

# Rules of the gateway, in their order. Those that a case adds come behind.
RULES = (
    "10 protect dev to-gw2 local 10.1.0.0/24 remote 10.2.0.0/24",
    "11 protect dev to-gw2 local fd01::/64 remote fd02::/64",
    "20 protect dev to-gw2 local 10.1.0.0/24 remote 10.20.0.0/24 proto udp"
    " local-port 7 remote-port 1000-1999",
    "21 protect dev to-gw2 local fd01::/64 remote fd20::/64 proto udp"
    " local-port 7 remote-port 1000-1999",
    "30 protect dev to-gw2 local 192.0.2.1 remote 192.0.2.2 proto udp"
    " remote-port 3000-3999",
    "31 protect dev to-gw2 local 2001:db8::1 remote 2001:db8::2 proto udp"
    " remote-port 3000-3999",
    "40 protect dev to-gw2 local 10.1.0.0/24 remote 10.40.0.0/24"
    " no-dscp-copy decap-dscp",
    "41 protect dev to-gw2 local fd01::/64 remote fd40::/64"
    " no-dscp-copy decap-dscp",
    "90 protect dev to-gw2 local 10.1.0.0/24 remote 10.99.0.0/24",
)

# Reasons that an SA counts too.
OF_SA = re.compile("(in|out)-(short|length|encapsulation|udp-checksum|replay|"
                   "replay-old|icv|padding|next-header|inner-header|selectors|"
                   "fragment|icmp-error|ecn|dummy|expired|crypto|crypto-busy|"
                   "sa-gone|no-memory|backlog|too-big|fragment-failed|segment-failed|"
                   "sequence|no-route)$")


# ------------------------------------------------------------ the namespaces

def open_namespace(name):
    return os.open(f"/run/netns/{name}", os.O_RDONLY)


HOME = os.open("/proc/self/ns/net", os.O_RDONLY)
SPACES = {name: open_namespace(os.environ[name.upper()])
          for name in ("h1", "gw1", "gw2")}


class inside:
    """with inside("gw1"): sockets that are made belong to that namespace."""

    def __init__(self, name):
        self.space = SPACES[name]

    def __enter__(self):
        if libc.setns(self.space, CLONE_NEWNET):
            raise OSError("setns")

    def __exit__(self, *_):
        if libc.setns(HOME, CLONE_NEWNET):
            raise OSError("setns")


def packet_socket(node, device):
    with inside(node):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    sock.bind((device, ETH_P_ALL))
    return sock


def mac_of(node, device):
    with inside(node), socket.socket() as sock:
        answer = fcntl.ioctl(sock, SIOCGIFHWADDR,
                             device.encode().ljust(32, b"\0"))
    return answer[18:24]


def set_mtu(node, device, mtu):
    with inside(node), socket.socket() as sock:
        fcntl.ioctl(sock, SIOCSIFMTU, struct.pack("16si12x", device.encode(),
                                                  mtu))


# ------------------------------------------------------------------- packets

def address(text):
    return socket.inet_pton(
        socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def put_checksum(octets, at, pseudo=b""):
    return (octets[:at] + struct.pack(">H", checksum(pseudo + octets))
            + octets[at + 2:])


def ip4(source, destination, protocol, payload, tos=0, ttl=64, ident=0,
        frag=0, length=None, version=4, options=b"", ihl=None, check=None):
    """frag: flags and offset. What is not given is right."""
    if ihl is None:
        ihl = 5 + len(options) // 4
    if length is None:
        length = 20 + len(options) + len(payload)
    header = struct.pack(">BBHHHBBH4s4s", version << 4 | ihl, tos, length,
                         ident, frag, ttl, protocol, 0, address(source),
                         address(destination)) + options
    if check is None:
        return put_checksum(header, 10) + payload
    return header[:10] + struct.pack(">H", check) + header[12:] + payload


def ip6(source, destination, protocol, payload, tos=0, hops=64, length=None,
        version=6, flow=0):
    if length is None:
        length = len(payload)
    return struct.pack(">IHBB16s16s", version << 28 | tos << 20 | flow, length,
                       protocol, hops, address(source),
                       address(destination)) + payload


def ip(source, destination, protocol, payload, **kwargs):
    make = ip6 if ":" in destination else ip4
    return make(source, destination, protocol, payload, **kwargs)


def pseudo(source, destination, protocol, length):
    source, destination = address(source), address(destination)
    if len(source) == 16:
        return source + destination + struct.pack(">II", length, protocol)
    return source + destination + struct.pack(">HH", protocol, length)


def udp(source, destination, sport, dport, data, check=None, length=None):
    if length is None:
        length = 8 + len(data)
    octets = struct.pack(">HHHH", sport, dport, length, 0) + data
    if check is not None:
        return octets[:6] + struct.pack(">H", check) + octets[8:]
    return put_checksum(octets, 6, pseudo(source, destination, UDP,
                                          len(octets)))


def tcp(source, destination, sport, dport, flags, seq=1, data=b"", ack=0):
    octets = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags,
                         1000, 0, 0) + data
    return put_checksum(octets, 16, pseudo(source, destination, TCP,
                                           len(octets)))


def icmp(kind, code, rest, body=b""):
    return put_checksum(struct.pack(">BBH", kind, code, 0) + rest + body, 2)


def icmp6(source, destination, kind, code, rest, body=b""):
    octets = struct.pack(">BBH", kind, code, 0) + rest + body
    return put_checksum(octets, 2, pseudo(source, destination, ICMP6,
                                          len(octets)))


COUNT = [0]


def datagram(source=FAR, destination=H1, size=40, sport=1111, dport=7,
             **kwargs):
    """An IP packet with a UDP datagram that no other has."""
    COUNT[0] += 1
    data = (b"%08d" % COUNT[0] * (size // 8 + 1))[:size]
    return ip(source, destination, UDP,
              udp(source, destination, sport, dport, data), **kwargs)


def is_ip6(packet):
    return packet[0] >> 4 == 6


def forwarded(packet):
    """As a router hands it on."""
    if is_ip6(packet):
        return packet[:7] + bytes([packet[7] - 1]) + packet[8:]
    end = (packet[0] & 15) * 4
    header = packet[:8] + bytes([packet[8] - 1, packet[9], 0, 0]) \
        + packet[12:end]
    return put_checksum(header, 10) + packet[end:]


def with_tos(packet, tos):
    if is_ip6(packet):
        word = struct.unpack(">I", packet[:4])[0] & ~0xff00000
        return struct.pack(">I", word | tos << 20) + packet[4:]
    header = packet[:1] + bytes([tos]) + packet[2:10] + b"\0\0" + packet[12:20]
    return put_checksum(header, 10) + packet[20:]


def tos_of(packet):
    if is_ip6(packet):
        return struct.unpack(">I", packet[:4])[0] >> 20 & 0xff
    return packet[1]


def ttl_of(packet):
    return packet[7 if is_ip6(packet) else 8]


def label_of(packet):
    return int.from_bytes(packet[1:4], "big") & 0xfffff


def upper(packet):
    """The protocol behind the IP header, and its octets."""
    if is_ip6(packet):
        return packet[6], packet[40:]
    return packet[9], packet[(packet[0] & 15) * 4:]


def is_noise(packet):
    """What IP says on its own: neighbours, routers, listeners, and, half a
    minute later, that fragments never became a packet."""
    protocol, octets = upper(packet)
    if not is_ip6(packet):
        return protocol == ICMP and octets[:2] == b"\x0b\x01"
    if protocol == ICMP6 and octets[:2] == b"\x03\x01":
        return True
    if protocol == 0:
        protocol, octets = octets[0], octets[8:]
    return protocol == ICMP6 and octets[0] in (*range(130, 138), 143)


def short(packet):
    kind = {ESP: "ESP", UDP: "UDP", ICMP: "ICMP", ICMP6: "ICMPv6",
            TCP: "TCP"}.get(upper(packet)[0], f"protocol {upper(packet)[0]}")
    return f"{kind} of {len(packet)} octets, {packet.hex()[:160]}"


# ----------------------------------------------------------------- the ports

class Port:
    """One end of a link to the gateway."""

    def __init__(self, node, device, gateway_device):
        self.sock = packet_socket(node, device)
        self.ethernet = mac_of("gw1", gateway_device) + mac_of(node, device)
        self.seen = []

    def frame(self, packet):
        kind = ETH_P_IPV6 if is_ip6(packet) else ETH_P_IP
        return self.ethernet + struct.pack(">H", kind) + packet

    def send(self, packet):
        self.sock.send(self.frame(packet))

    def receive(self, seconds=PATIENCE):
        """The next IP packet from the gateway, or None."""
        end = time.monotonic() + seconds
        while True:
            left = max(end - time.monotonic(), 0)
            if not select.select([self.sock], [], [], left)[0]:
                return None
            octets, whence = self.sock.recvfrom(1 << 17)
            if (whence[2] == PACKET_OUTGOING or whence[1] == ETH_P_ARP
                    or whence[1] not in (ETH_P_IP, ETH_P_IPV6)
                    or is_noise(octets[14:])):
                continue
            return octets[14:]

    def gather_until(self, is_last, what):
        """Puts what comes into seen, but for the packet that is_last."""
        while True:
            packet = self.receive()
            assert packet, f"{what} does not flow any more"
            if is_last(packet):
                return
            self.seen.append(packet)

    def take(self):
        seen, self.seen = self.seen, []
        return seen


class Log:
    """What the module says in the kernel's log from now on."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def lines(self):
        lines = []
        while True:
            try:
                record = os.read(self.file, 8192).decode(errors="replace")
            except OSError as why:
                if why.errno == errno.EPIPE:
                    continue
                return lines
            line = record.partition(";")[2].splitlines()[0]
            if "culvert" in line:
                lines.append(line)


# --------------------------------------------------------------- the gateway

def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


class Events:
    """What the module tells from now on."""

    def __init__(self):
        with inside("gw1"):
            self.genl = Genl()
        self.genl.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)
        # Unbound, it would be taken for the kernel's own, which hears nothing.
        self.genl.socket.bind((0, 0))
        self.genl.socket.setsockopt(270, 1, culvert.groups["events"])
        self.got = []

    def close(self):
        self.genl.socket.close()

    def read(self, seconds=0):
        if not select.select([self.genl.socket], [], [], seconds)[0]:
            return
        octets = self.genl.socket.recv(1 << 17)
        at = 0
        while at < len(octets):
            length, kind = struct.unpack_from("=IH", octets, at)
            if kind == culvert.genl.family:
                name = OP_NAMES[octets[at + 16]]
                fields = decode(OPS[name][1],
                                octets[at + HEADERS:at + length])
                fields.pop("header", None)
                self.got.append((name, fields))
            at += (length + 3) & ~3

    def all(self, *names):
        """Those with one of these names so far."""
        while select.select([self.genl.socket], [], [], 0)[0]:
            self.read()
        return [fields for name, fields in self.got if name in names]

    def wait(self, name, **wanted):
        """Until one has these fields."""
        end = time.monotonic() + PATIENCE
        while True:
            for one, fields in self.got:
                if one == name and wanted.items() <= fields.items():
                    return fields
            assert time.monotonic() < end, f"no {name} {wanted}: {self.got}"
            self.read(1)


def policy(*more):
    """The rules, and more behind them."""
    culvert.policy(RULES + more)


SPI = [0x1000]


class SA:
    """An SA of the gateway, with what is needed to be its other end."""

    def __init__(self, direction, rule=10, suite="aes-gcm-16", mode="tunnel",
                 outer=4, esn=False, encap=None, seq=0, key=16, there=None,
                 **fields):
        SPI[0] += 1
        self.spi, self.suite, self.esn, self.seq = SPI[0], suite, esn, seq
        self.direction, self.encap = direction, encap
        how = espcrypt.SUITES[suite]
        salt = 0 if how.digest else espcrypt.SALT
        if how.encrypt == "chacha":
            key = 32
        self.encr = b"" if how.encrypt == "null" else os.urandom(key + salt)
        self.integ = os.urandom({"sha1": 20, "sha256": 32, "sha384": 48,
                                 "sha512": 64}[how.digest]
                                if how.digest else 0)
        self.outer = outer
        self.here, self.there = (GW1, GW2) if outer == 4 else (GW1_6, GW2_6)
        self.there = there or self.there
        flags = ["esn"] * esn + ["activate"] * (direction == "out")
        flags += fields.pop("flags", [])
        request = {
            "direction": direction, "spi": self.spi, "rule-id": rule,
            "mode": mode, "local": self.here, "remote": self.there,
            "suite": suite, "flags": flags, "sequence": seq}
        if self.encr:
            request["encr-key"] = self.encr
        if self.integ:
            request["integ-key"] = self.integ
        if encap:
            request["local-port"], request["remote-port"] = 4500, encap
        request.update({k.replace("_", "-"): v for k, v in fields.items()})
        culvert.request("sa-add", request)

    def name(self):
        return {"direction": self.direction, "spi": self.spi,
                "remote": self.there}

    def get(self):
        return culvert.get("sa-get", self.name())

    def delete(self):
        culvert.request("sa-del", self.name())

    def drops(self):
        return self.get()["stats"].get("drop", {})

    # The other end.

    def seal(self, payload, seq=None, next_header=None, **broken):
        """ESP, right but for what is broken; sequence numbers go on."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        if next_header is None:
            next_header = IP6 if payload and is_ip6(payload) else IPIP
        return espcrypt.seal(self.suite, self.encr, self.integ, self.spi, seq,
                             self.esn, payload, next_header, **broken)

    def wrap(self, esp, sport=None, check=None, **header):
        """An outer packet of ESP, in UDP if the SA's is."""
        source = header.pop("source", self.there)
        destination = header.pop("destination", self.here)
        if self.encap:
            esp = udp(source, destination, sport or self.encap, 4500, esp,
                      check=0 if check is None and self.outer == 4 else check)
            return ip(source, destination, UDP, esp, **header)
        return ip(source, destination, ESP, esp, **header)

    def packet(self, payload, **broken):
        return self.wrap(self.seal(payload, **broken))

    def open(self, packet):
        """Of an outer packet that the gateway sent."""
        protocol, esp = upper(packet)
        if self.encap:
            assert protocol == UDP, short(packet)
            assert esp[:4] == struct.pack(">HH", 4500, self.encap), \
                short(packet)
            esp = esp[8:]
        else:
            assert protocol == ESP, short(packet)
        spi, low = struct.unpack_from(">II", esp)
        assert spi == self.spi, f"SPI {spi:#x}, not {self.spi:#x}"
        # Sequence numbers from here go up only.
        high = self.seq >> 32
        if self.esn and low < self.seq & 0xffffffff:
            high += 1
        opened = espcrypt.open_(self.suite, self.encr, self.integ, esp,
                                self.esn, high)
        self.seq = opened.seq
        return opened

    def opens(self, packet, **outer):
        """For check(out=): the packet comes out and opens to this one."""
        def matches(seen):
            assert self.open(seen).payload == packet, \
                f"opens to {self.open(seen).payload.hex()}"
            for name, value in outer.items():
                is_now = {"tos": tos_of, "ttl": ttl_of,
                          "label": label_of}[name](seen)
                assert is_now == value, f"{name} {is_now}, not {value}"
        return matches


def inbound(**kwargs):
    return SA("in", **kwargs)


def outbound(**kwargs):
    return SA("out", **kwargs)


# ---------------------------------------------------------------- the checks

def in_hex(packets):
    more = f" and {len(packets) - 5} more" if len(packets) > 5 else ""
    return " ".join(map(short, packets[:5])) + more or "nothing"


def compare(where, seen, wanted):
    """wanted: packets, or functions that object to one by an exception."""
    if callable(wanted):
        wanted(seen)
        return
    assert len(seen) == len(wanted), \
        f"{where}: {len(seen)} packets, not {len(wanted)}: {in_hex(seen)}"
    for packet, one in zip(seen, wanted):
        if callable(one):
            one(packet)
        else:
            assert packet == one, \
                f"{where}: {short(packet)}, not {short(one)}"


def settle():
    """Until all that was sent before is through: a packet of another tunnel
    flows each way behind it."""
    there, back = datagram("10.99.0.5"), datagram(H1, "10.99.0.5")
    wire.send(other_in.packet(there))
    host.gather_until(forwarded(there).__eq__, "another tunnel in")
    host.send(back)

    def is_back(packet):
        protocol, octets = upper(packet)
        return protocol == ESP and \
            octets[:4] == struct.pack(">I", other_out.spi) and \
            other_out.open(packet).payload == forwarded(back)
    wire.gather_until(is_back, "another tunnel out")


def counters():
    """Those that say what became of packets. How often user space was asked for
    an SA depends on the time."""
    return {name: value for name, value in culvert.counters().items()
            if not name.startswith("netlink-") and name != "acquires"}


class Watch:
    """with Watch(...): what happens inside it is judged at its end."""

    def __init__(self, rise=None, sa=None, host=(), wire=(), of_sa=None):
        self.rise, self.sa = rise or {}, sa
        self.host, self.wire = host, wire
        self.of_sa = of_sa

    def __enter__(self):
        host.take(), wire.take()
        self.before = counters()
        self.drops = self.sa.drops() if self.sa else {}
        return self

    def __exit__(self, kind, *_):
        if kind:
            return
        settle()
        rise = {k: v - self.before[k] for k, v in counters().items()
                if v != self.before[k]}
        # Looked at in this order: what came out says most.
        try:
            compare("the host", host.take(), self.host)
            compare("the peer", wire.take(), self.wire)
        except AssertionError as why:
            raise AssertionError(f"{why}; counters rose by {rise}") from why
        assert rise == self.rise, f"counters rose by {rise}, not {self.rise}"
        if self.sa:
            wanted = self.of_sa
            if wanted is None:
                wanted = {k: v for k, v in self.rise.items()
                          if OF_SA.match(k)}
            drops = {k: v - self.drops.get(k, 0)
                     for k, v in self.sa.drops().items()
                     if v != self.drops.get(k, 0)}
            assert drops == wanted, f"the SA counted {drops}, not {wanted}"
        said = log.lines()
        assert not said, f"the kernel said: {said}"


def check(packets, into=None, **expected):
    """Sends packets, at once if there is one, to the gateway and judges."""
    if isinstance(packets, bytes):
        packets = [packets]
    with Watch(**expected):
        for packet in packets:
            (into or wire).send(packet)


def dropped(reason, packets, sa=None, times=None):
    """All of the packets die for this reason, and nothing else happens."""
    if isinstance(packets, bytes):
        packets = [packets]
    check(packets, rise={reason: times or len(packets)}, sa=sa)


def arrives(sa, inner, **kwargs):
    """Packets through the SA come to the host."""
    if isinstance(inner, bytes):
        inner = [inner]
    check([sa.packet(one, **kwargs) for one in inner], sa=sa,
          host=[forwarded(one) for one in inner])


def icmp_error(kind, code, about=None, rest=None):
    """For host= and wire=: an ICMP error, about that packet."""
    def matches(seen):
        protocol, octets = upper(seen)
        assert protocol in (ICMP, ICMP6), f"no ICMP error: {short(seen)}"
        assert tuple(octets[:2]) == (kind, code), \
            f"type and code {tuple(octets[:2])}, not {kind, code}"
        if rest is not None:
            assert octets[4:8] == rest, f"{octets[4:8].hex()}, {rest.hex()}"
        if about is not None:
            assert octets[8:28] == about[:20], f"about {octets[8:].hex()}"
    return matches


# -------------------------------------------------------------------- set-up

def set_up():
    """The rules, no SA but those of the other tunnel."""
    global other_in, other_out  # pylint: disable=global-statement
    policy()
    other_in, other_out = SA("in", rule=90), SA("out", rule=90)


# Everything happens on one CPU, in its order.
os.sched_setaffinity(0, {0})
with inside("gw1"):
    culvert = Culvert()
culvert.policy([])  # of who was here before
# A packet that waits does so for as long as its case takes.
culvert.request("settings-set", {"hold-age": 600000})
host = Port("h1", "to-gw1", "to-h1")
wire = Port("gw2", "to-gw1", "to-gw2")
log = Log()
set_up()
