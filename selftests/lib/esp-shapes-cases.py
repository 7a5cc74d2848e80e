#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of esp-shapes.sh: right packets in memory of every shape, and
ciphers that answer later."""

import contextlib
import ctypes
import fcntl
import mmap
import os
import socket
import struct
import subprocess

import async_crypto
import espcrypt
from cases import Skip, run
from esplab import (FAR, GW1, GW1_6, GW2, GW2_6, H1, SIOCETHTOOL, TCP, UDP,
                    Port, Watch, arrives, check, counters, culvert, datagram,
                    dropped, forwarded, host, inbound, inside, ip4, outbound,
                    policy, set_mtu, settle, tcp, udp, until, upper, wire)

# One suite of each kind.
SUITES = ("aes-gcm-16", "chacha20-poly1305", "null-aes-gmac",
          "aes-cbc-hmac-sha2-256-128", "null-hmac-sha1-96")

PAGE = 4096
MORE = 0x2000
UDP_SEGMENT, SO_ZEROCOPY, MSG_ZEROCOPY = 103, 60, 0x4000000
ETHTOOL_SGRO = 0x2c


def large_links(mtu=65535):
    for node, device in (("gw1", "to-h1"), ("h1", "to-gw1"),
                         ("gw1", "to-gw2"), ("gw2", "to-gw1")):
        set_mtu(node, device, mtu)


# --------------------------------------------------------- E22: shapes of skbs

SIZES = (1, 1000, PAGE - 100, PAGE, PAGE + 1, 9000, 8 * PAGE + 500, 60000)


def e22_paged_in():
    """The packet socket's large packets lie in pages; the largest in more than
    8 of them."""
    for suite in SUITES:
        for esn in False, True:
            sa = inbound(suite=suite, esn=esn)
            for size in SIZES:
                arrives(sa, datagram(size=size))


def e22_paged_out():
    for suite in SUITES:
        for outer, encap in (4, None), (6, 4500):
            out = outbound(suite=suite, outer=outer, encap=encap)
            for size in SIZES:
                one = datagram(H1, FAR, size=size)
                check(one, into=host, sa=out, wire=[out.opens(forwarded(one))])


def e22_every_length():
    """Without room in front or behind: each length around two blocks."""
    for suite in SUITES:
        sa, out = inbound(suite=suite), outbound(suite=suite)
        there = [datagram(size=size) for size in range(34)]
        back = [datagram(H1, FAR, size=size) for size in range(34)]
        check([sa.packet(one) for one in there], sa=sa,
              host=[forwarded(one) for one in there])
        check(back, into=host, sa=out,
              wire=[out.opens(forwarded(one)) for one in back])


def peer_socket(outer=4):
    """Of the peer's kernel, for ESP in UDP. The gateway takes it for the
    peer's."""
    with inside("gw2"):
        sock = socket.socket(socket.AF_INET if outer == 4 else
                             socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    sock.bind((GW2 if outer == 4 else GW2_6, 4500))
    sock.connect((GW1 if outer == 4 else GW1_6, 4500))
    return sock


def e22_spliced():
    """Pages of a file: they must not change where they are deciphered."""
    for suite in SUITES:
        for esn in False, True:
            for size in 100, 3000, 20000, 50000:
                sa = inbound(suite=suite, esn=esn, encap=4500)
                one = datagram(size=size)
                esp = sa.seal(one)
                file = os.memfd_create("esp")
                os.write(file, esp)
                with peer_socket() as sock:
                    with Watch(sa=sa, host=[forwarded(one)]):
                        assert os.sendfile(sock.fileno(), file, 0,
                                           len(esp)) == len(esp)
                    assert os.pread(file, len(esp), 0) == esp, \
                        "the file was changed"
                    with Watch(sa=sa, rise={"in-replay": 1}):
                        os.sendfile(sock.fileno(), file, 0, len(esp))
                os.close(file)


def e22_zerocopy():
    """Memory of another process's, as it stands."""
    for suite in SUITES:
        for size in 100, 20000, 50000:
            sa = inbound(suite=suite, encap=4500)
            one = datagram(size=size)
            esp = sa.seal(one)
            memory = mmap.mmap(-1, 16 * PAGE)
            memory[:len(esp)] = esp
            with peer_socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
                with memoryview(memory) as view, \
                        Watch(sa=sa, host=[forwarded(one)]):
                    sock.sendmsg([view[:len(esp)]], [], MSG_ZEROCOPY)
                assert memory[:len(esp)] == esp, "the memory was changed"


def e22_spliced_out():
    """The same on the way out: the file is the host's."""
    for suite in SUITES:
        out = outbound(suite=suite)
        data = os.urandom(20000)
        file = os.memfd_create("plain")
        os.write(file, data)
        with inside("h1"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect((FAR, 9))

        def has_data(seen, out=out, data=data):
            assert upper(out.open(seen).payload)[1][8:] == data
        with sock:
            for _ in range(2):
                with Watch(sa=out, wire=[has_data]):
                    os.sendfile(sock.fileno(), file, 0, len(data))
        assert os.pread(file, len(data), 0) == data, "the file was changed"
        os.close(file)


def e22_cloned():
    """Somebody captures on the gateway: what he sees stays what it was."""
    tap = Port("gw1", "to-gw2", "to-gw2")
    for suite in SUITES:
        for size in 100, 9000:
            sa = inbound(suite=suite)
            one = datagram(size=size)
            packet = sa.packet(one)
            check(packet, sa=sa, host=[forwarded(one)])
            while True:
                seen = tap.receive()
                assert seen, "the capture saw nothing"
                if seen == packet:
                    break
                assert seen[12:16] != packet[12:16] or \
                    seen[20:24] != packet[20:24], "the capture was changed"
    tap.sock.close()


def cut(packet, at):
    """An outer packet in fragments, cut at these places of its payload."""
    edges = [0, *at, len(packet) - 20]
    ident = struct.unpack(">H", os.urandom(2))[0]
    return [ip4(GW2, GW1, packet[9], packet[20 + a:20 + b], ident=ident,
                frag=a // 8 | (MORE if b != edges[-1] else 0))
            for a, b in zip(edges, edges[1:])]


def e22_fragments():
    """Joined from fragments, cut at each place there is: a list of packets."""
    for suite in SUITES:
        for esn in False, True:
            sa = inbound(suite=suite, esn=esn)
            for at in range(8, 8 * (len(sa.packet(datagram())) // 8 - 2), 8):
                one = datagram()
                check(cut(sa.packet(one), [at]), sa=sa,
                      host=[forwarded(one)])
            for places in ([8, 16, 24, 32], [5000, 5008, 15000],
                           range(1400, 30000, 1400), [20000, 40000]):
                one = datagram(size=max(*places, 60) + 1000)
                places = [at // 8 * 8 for at in places]
                check(cut(sa.packet(one), places), sa=sa,
                      host=[forwarded(one)])


def e22_fragments_out():
    """The host's fragments are joined by the gateway's firewall, and leave as
    fragments again, each in ESP."""
    table = "table inet track { chain all_of_it { type filter hook prerouting" \
        " priority 0; ct state established accept; }; }"
    name = os.environ["GW1"]
    subprocess.run(["ip", "netns", "exec", name, "nft", table], check=True)
    large_links(1500)
    try:
        for suite in SUITES:
            out = outbound(suite=suite)
            one = datagram(H1, FAR, size=3000)
            parts = [ip4(H1, FAR, UDP, one[20 + at:20 + at + 1000],
                         ident=4711, frag=at // 8 |
                         (MORE if at + 1000 < len(one) - 20 else 0))
                     for at in range(0, len(one) - 20, 1000)]
            got = {}

            def part(seen, out=out, got=got):
                inner = out.open(seen).payload
                at = struct.unpack(">H", inner[6:8])[0] & 0x1fff
                got[at * 8] = inner[20:]
            with Watch(sa=out, wire=lambda seen: list(map(part, seen))):
                for packet in parts:
                    host.send(packet)
            assert b"".join(got[at] for at in sorted(got)) == one[20:], \
                sorted(got)
    finally:
        large_links()
        subprocess.run(["ip", "netns", "exec", name, "nft", "delete", "table",
                        "inet", "track"], check=True)


class together:
    """with together(GRO): what the peer sends arrives at the gateway at once,
    whose device joins packets of a flow (GRO) or does not."""

    def __init__(self, gro):
        self.by_device = gro

    def run(self, *words):
        subprocess.run(["tc", "-n", os.environ["GW2"], "qdisc", *words],
                       check=True)

    def __enter__(self):
        self.gro(self.by_device)
        self.run("add", "dev", "to-gw1", "root", "netem", "delay", "200ms",
                 "limit", "10000")

    def __exit__(self, *_):
        self.run("del", "dev", "to-gw1", "root")
        self.gro(0)

    @staticmethod
    def gro(on):
        value = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_SGRO,
                                                        on))
        with inside("gw1"), socket.socket() as sock:
            fcntl.ioctl(sock, SIOCETHTOOL, struct.pack(
                "16sP16x", b"to-gw2", ctypes.addressof(value)))


def stream(count, size=1000):
    """Segments of one TCP connection, and their octets."""
    data = os.urandom(count * size)
    return data, [ip4(FAR, H1, TCP, tcp(
        FAR, H1, 80, 1234, 0x10, seq=1 + at, data=data[at:at + size], ack=1),
        frag=0x4000, ident=at // size) for at in range(0, len(data), size)]


def octets_of_stream(length):
    """Of each packet that the host gets, until there are so many."""
    got = []
    while sum(map(len, got)) < length:
        packet = host.receive()
        assert packet, f"{sum(map(len, got))} of {length} octets came"
        got.append(upper(packet)[1][20:])
    return got


def e22_gro():
    """Deciphered segments of a connection become a large packet again, whether
    or not the device joins what is in clear text."""
    for suite, gro in ((suite, gro) for suite in SUITES for gro in (1, 0)):
        for count, size in (40, 1000), (60, 1080):
            sa = inbound(suite=suite)
            data, segments = stream(count, size)
            # They are joined if the next is there before the last is done with.
            for _ in range(20):
                with together(gro):
                    for one in segments:
                        wire.send(sa.packet(one))
                    got = octets_of_stream(len(data))
                assert b"".join(got) == data, [len(one) for one in got]
                if len(got) < count:
                    break
            assert len(got) < count, "nothing was joined"
            with Watch(sa=sa):
                pass


def e22_gso_in_udp():
    """The peer lets its kernel cut: one large packet of many ESP ones."""
    for outer in 4, 6:
        for suite in SUITES:
            sa = inbound(suite=suite, outer=outer, encap=4500)
            inner = [datagram(size=1000) for _ in range(30)]
            packets = [sa.seal(one) for one in inner]
            with peer_socket(outer) as sock, \
                    Watch(sa=sa, host=[forwarded(one) for one in inner]):
                sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(packets[0]))
                sock.send(b"".join(packets))


class backlog:
    """with backlog(N): so many packets may wait for the stack."""

    FILE = "/proc/sys/net/core/netdev_max_backlog"

    def __init__(self, packets):
        self.packets = packets

    def __enter__(self):
        with open(self.FILE, encoding="ascii") as file:
            self.before = file.read()
        self.set(str(self.packets))

    def __exit__(self, *_):
        self.set(self.before)

    def set(self, words):
        with open(self.FILE, "w", encoding="ascii") as file:
            file.write(words)


def e22_backlog():
    """More comes out of ESP at once than may wait: what is lost is counted."""
    sa = inbound(encap=4500)
    inner = [datagram(size=1000) for _ in range(5)]
    packets = [sa.seal(one) for one in inner]
    with peer_socket(4) as sock, Watch(
            sa=sa, host=[forwarded(inner[0])], rise={"in-backlog": 4}):
        sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(packets[0]))
        with backlog(0):
            sock.send(b"".join(packets))


# -------------------------------------------- E23: ciphers that answer later

NAMES = {"aes-gcm-16": "rfc4106(gcm(aes))",
         "aes-cbc-hmac-sha2-256-128": "authenc(hmac(sha256),cbc(aes))",
         "aes-cbc-hmac-sha2-256-128 esn":
         "authencesn(hmac(sha256),cbc(aes))"}


class later:
    """with later("cryptd", SUITE): ciphers of the suite are that template's,
    which answers later."""

    def __init__(self, template, suite, esn=False):
        self.template = template
        self.inner = NAMES[suite + " esn" * (esn and "c" in suite[4:5])]

    def __enter__(self):
        subprocess.run(["modprobe", "-a", "crypto_user", "af_alg",
                        "algif_aead", self.template], check=False)
        try:
            self.driver = async_crypto.make(f"{self.template}({self.inner})")
        except OSError as why:
            raise Skip(f"no {self.template}({self.inner}): {why}") from why
        return self

    def sa(self, make, **kwargs):
        sa = make(**kwargs)
        driver = sa.get()["driver"]
        assert driver == self.driver, f"{driver}, not {self.driver}"
        return sa

    def __exit__(self, *_):
        # It goes when its last user is gone.
        policy()
        for sa in culvert.dump("sa-get"):
            if sa.get("driver") == self.driver:
                culvert.request("sa-del", {k: sa[k] for k in (
                    "direction", "spi", "remote")})
        until(lambda: async_crypto.forget(self.driver, self.inner) == 0,
              f"{self.driver} can be removed")


def comes(port, packets):
    """Until these came by the port, in this order."""
    for one in packets:
        seen = port.receive()
        assert seen is not None, "a packet did not come out"
        if callable(one):
            one(seen)
        else:
            assert seen == one, seen.hex()


# The cryptd of 6.1 fails the kernel's own tests, with a warning.
TEMPLATES = (("cryptd",) if os.uname().release.split(".")[:2] != ["6", "1"]
             else ()) + ("pcrypt",)
ASYNC = [(template, suite, esn) for template in TEMPLATES
         for suite, esn in (("aes-gcm-16", False), ("aes-gcm-16", True),
                            ("aes-cbc-hmac-sha2-256-128", False),
                            ("aes-cbc-hmac-sha2-256-128", True))]


def for_each_cipher(case):
    def wrapped():
        for template, suite, esn in ASYNC:
            with later(template, suite, esn) as cipher:
                try:
                    case(cipher, suite=suite, esn=esn)
                except Exception as why:
                    raise AssertionError(
                        f"{cipher.driver}: {why!r}") from why
    return wrapped


@for_each_cipher
def e23_flows(cipher, **kwargs):
    sa, out = cipher.sa(inbound, **kwargs), cipher.sa(outbound, **kwargs)
    with Watch(sa=sa):
        for size in 100, 1300, 9000, 60000:
            there = [datagram(size=size) for _ in range(10)]
            for one in there:
                wire.send(sa.packet(one))
            comes(host, map(forwarded, there))
    with Watch(sa=out):
        for size in 100, 1300, 9000, 60000:
            back = [datagram(H1, FAR, size=size) for _ in range(10)]
            for one in back:
                host.send(one)
            comes(wire, [out.opens(forwarded(one)) for one in back])


@for_each_cipher
def e23_wrong(cipher, **kwargs):
    """What is wrong dies of the same reasons, though later."""
    sa = cipher.sa(inbound, **kwargs)
    before = counters()

    def rise():
        return {k: v - before[k] for k, v in counters().items()
                if v != before[k]}
    one = datagram()
    for packet in [sa.packet(datagram(), icv=lambda tag: bytes(len(tag)))] * 3:
        wire.send(packet)
    packet = sa.packet(one)
    # Both may be in the cipher at once: one passes.
    wire.send(packet)
    wire.send(packet)
    wire.send(sa.packet(datagram("10.3.0.5")))
    wire.send(sa.packet(datagram(), pad_len=255))
    wanted = {"in-icv": 3, "in-replay": 1, "in-selectors": 1, "in-padding": 1}
    until(lambda: rise() == wanted, f"{wanted} and not {rise()}")
    comes(host, [forwarded(one)])
    assert sa.drops() == wanted, sa.drops()
    with Watch(sa=sa):
        pass


def ksoftirqds():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError), \
                open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read().startswith("ksoftirqd/"):
                yield int(pid)


class realtime:
    """with realtime(): nobody else has this CPU, so a cipher that answers
    later has not answered yet; but the softirqs that take the packets there,
    should they be put off, come first."""

    LIMIT = "/proc/sys/kernel/sched_rt_runtime_us"

    def limit(self, value=None):
        with open(self.LIMIT, "r+", encoding="ascii") as file:
            before = file.read()
            if value is not None:
                file.seek(0)
                file.write(value)
        return before

    def __enter__(self):
        self.before = self.limit("-1")
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        for pid in ksoftirqds():
            os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(60))

    def __exit__(self, *_):
        for pid in 0, *ksoftirqds():
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        self.limit(self.before)


@for_each_cipher
def e23_deleted_in(cipher, **kwargs):
    """The SA goes while its packets are in the cipher."""
    for _ in range(5):
        sa = cipher.sa(inbound, **kwargs)
        packets = [sa.packet(datagram()) for _ in range(50)]
        before = counters()
        with realtime():
            for packet in packets:
                wire.send(packet)
            sa.delete()

        def gone(before=before):
            return counters()["in-sa-gone"] - before["in-sa-gone"]

        def passed():
            settle()
            return len(host.seen)
        host.take()
        until(lambda: gone() + passed() == 50,
              f"{gone()} of 50 died, {len(host.seen)} passed")
        host.take()
        if cipher.template == "cryptd":
            assert gone() > 0, "none was in the cipher"
    with Watch():
        pass


@for_each_cipher
def e23_deleted_out(cipher, **kwargs):
    for _ in range(5):
        out = cipher.sa(outbound, **kwargs)
        packets = [datagram(H1, FAR) for _ in range(50)]
        with realtime():
            for packet in packets:
                host.send(packet)
            out.delete()
        # Those that were in the cipher leave, as they were sealed.
        comes(wire, [out.opens(forwarded(one)) for one in packets])
    with Watch():
        pass


@for_each_cipher
def e23_full(cipher, **kwargs):
    """More packets than the cipher's queue takes."""
    if cipher.template != "cryptd":
        return
    sa = cipher.sa(inbound, **kwargs)
    packets = [wire.frame(sa.packet(datagram(size=1))) for _ in range(2000)]
    before = counters()
    with realtime():
        for packet in packets:
            wire.sock.send(packet)

    def rise(name):
        return counters()[name] - before[name]

    def passed():
        settle()
        return len(host.seen)
    host.take()
    until(lambda: rise("in-crypto-busy") + passed() == len(packets),
          f"{rise('in-crypto-busy')} busy, {len(host.seen)} passed")
    host.take()
    assert rise("in-crypto-busy") > 0, "the queue was never full"
    assert sa.drops() == {"in-crypto-busy": rise("in-crypto-busy")}
    with Watch(sa=sa):
        one = datagram()
        wire.send(sa.packet(one))
        comes(host, [forwarded(one)])


CASES = (
    ("E22 large packets in pages, received", e22_paged_in),
    ("E22 large packets in pages, sent", e22_paged_out),
    ("E22 no room in front and behind", e22_every_length),
    ("E22 pages of a file that were spliced", e22_spliced),
    ("E22 another's memory, MSG_ZEROCOPY", e22_zerocopy),
    ("E22 pages of a file, sent", e22_spliced_out),
    ("E22 clones", e22_cloned),
    ("E22 lists of fragments", e22_fragments),
    ("E22 lists of fragments, sent", e22_fragments_out),
    ("E22 segments are joined behind the tunnel", e22_gro),
    ("E22 ESP in UDP as one GSO packet", e22_gso_in_udp),
    ("E22 more at once than the stack takes", e22_backlog),
    ("E23 packets flow and keep their order", e23_flows),
    ("E23 what is wrong is dropped and counted", e23_wrong),
    ("E23 the SA is deleted while packets are opened", e23_deleted_in),
    ("E23 the SA is deleted while packets are sealed", e23_deleted_out),
    ("E23 the cipher's queue is full", e23_full),
)

large_links()
run(CASES)
