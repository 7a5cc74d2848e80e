#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of esp-bad.sh about what comes in: numbered as the families of bad
input are. Each ends with check() of esplab.py or one of its kin."""

import mmap
import os
import socket
import struct

import espcrypt
from cases import Skip, run
from cvt import Culvert
from esplab import (ESP, FAR, FAR_6, GW1, GW1_6, GW2, GW2_6, H1, H1_6, ICMP,
                    ICMP6, INSIDE, INSIDE_6, IP6, IPIP, PATIENCE, TCP, UDP,
                    Events, address, arrives, check, culvert, datagram, dropped, forwarded,
                    host, icmp, icmp6,
                    icmp_error, inbound, inside, ip, ip4, ip6, is_ip6,
                    outbound, policy, pseudo, put_checksum, set_up, short, tcp,
                    tos_of, udp, until, upper, wire, with_tos)

# One suite of each kind.
SUITES = ("aes-gcm-16", "chacha20-poly1305", "null-aes-gmac",
          "aes-cbc-hmac-sha2-256-128", "null-hmac-sha1-96")

AH = 51
MORE = 0x2000  # fragments follow


def flip(octets, bit):
    changed = bytearray(octets)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def far(sa=None, **kwargs):
    """A packet from behind the peer, of the family of a rule."""
    if sa == 6:
        return datagram(FAR_6, H1_6, **kwargs)
    return datagram(**kwargs)


def kernel_says_unreachable(seen):
    """What no SA is for is left to the kernel, which may answer."""
    for packet in seen:
        icmp_error(*((4, 1) if is_ip6(packet) else (3, 2)))(packet)


def unknown(packets):
    if isinstance(packets, bytes):
        packets = [packets]
    check(packets, rise={"in-spi-unknown": len(packets)},
          wire=kernel_says_unreachable)


# ------------------------------------------------- E01 to E06: the ESP header

def e01_octets():
    inbound()
    dropped("in-short", [ip(GW2, GW1, ESP, bytes(n)) for n in range(8)])
    dropped("in-short", [ip(GW2_6, GW1_6, ESP, bytes(n)) for n in range(8)])
    # In UDP it may be anything.
    check([ip(GW2, GW1, UDP, udp(GW2, GW1, 4500, 4500, b"\1" * n))
           for n in range(8)], wire=lambda seen: None)


def e02_short():
    for suite in SUITES:
        for outer in 4, 6:
            sa = inbound(suite=suite, outer=outer)
            how = espcrypt.SUITES[suite]
            esp = struct.pack(">II", sa.spi, 1) + bytes(100)
            dropped("in-short", [sa.wrap(esp[:n]) for n in
                                 range(8, 8 + how.iv + how.icv + 2)], sa)


def e02_no_payload():
    """The least that can be: no payload, whose ICV is right."""
    for suite in SUITES:
        sa = inbound(suite=suite)
        how = espcrypt.SUITES[suite]
        dropped("in-inner-header", sa.packet(b"", next_header=IPIP), sa)
        dropped("in-icv", sa.wrap(struct.pack(">II", sa.spi, 9) + bytes(
            how.iv + how.align + how.icv)), sa)
        arrives(sa, datagram())


def e03_alignment():
    for suite in SUITES:
        sa = inbound(suite=suite)
        how = espcrypt.SUITES[suite]
        esp = sa.seal(datagram())
        dropped("in-length", [
            sa.wrap(esp[:-how.icv - n] + esp[-how.icv:])
            for n in range(1, how.align)], sa)
        arrives(sa, datagram())


def e04_reserved():
    sa = inbound()
    body = sa.seal(datagram())[4:]
    for spi in 0, 1, 2, 128, 255:
        unknown(ip(GW2, GW1, ESP, struct.pack(">I", spi) + body))
        unknown(ip(GW2_6, GW1_6, ESP, struct.pack(">I", spi) + body))


def e04_unknown():
    sa = inbound()
    body = sa.seal(datagram())[4:]
    unknown([ip(GW2, GW1, ESP, struct.pack(">I", spi) + body)
             for spi in (256, 0x00abcdef, 0xdeadbeef, 0xffffffff)])
    arrives(sa, datagram())


def e04_other_namespace():
    with inside("h1"):
        other = Culvert()
    other.policy(["1 protect dev to-gw1 local 10.77.0.1 remote 10.78.0.1"])
    sa = inbound()
    sa.delete()
    other.request("sa-add", {
        "direction": "in", "spi": sa.spi, "rule-id": 1, "mode": "tunnel",
        "local": GW1, "remote": GW2, "suite": "aes-gcm-16",
        "encr-key": sa.encr})
    unknown(sa.packet(datagram()))
    assert other.counters()["in-spi-unknown"] == 0
    other.policy([])


def e04_no_sa():
    """A gateway whose SAs are gone, as after a restart, says so too."""
    culvert.policy(["99 protect dev to-gw2 local 10.98.0.0/24"])
    before = culvert.counters()["in-spi-unknown"]
    for packet in (ip(GW2, GW1, ESP, struct.pack(">II", 0x7777, 1) + bytes(40)),
                   ip(GW2_6, GW1_6, ESP, struct.pack(">II", 0x7777, 1)
                      + bytes(40))):
        wire.send(packet)
    until(lambda: culvert.counters()["in-spi-unknown"] == before + 2,
          "ESP for no SA at all is counted")
    set_up()


def e04_outbound():
    sa = outbound(rule=20)
    unknown(sa.packet(datagram("10.20.0.1", sport=1000)))


def e04_destination():
    sa = inbound()
    unknown(sa.wrap(sa.seal(datagram()), destination="192.0.2.11"))
    unknown(sa.wrap(sa.seal(datagram()), destination=INSIDE))
    unknown(ip(GW2_6, GW1_6, ESP, sa.seal(datagram())))
    arrives(sa, datagram())
    sa = inbound(outer=6)
    unknown(ip(GW2, GW1, ESP, sa.seal(datagram())))
    arrives(sa, datagram())


def e04_ah():
    """The same number, but of AH: nothing to do with us."""
    sa = inbound()
    check(ip(GW2, GW1, AH, struct.pack(">BBHII", IPIP, 4, 0, sa.spi, 1)
             + bytes(12) + datagram()), sa=sa, wire=kernel_says_unreachable)


def e05_each_octet():
    for suite in SUITES:
        sa = inbound(suite=suite)
        esp = sa.seal(datagram())
        icv = espcrypt.SUITES[suite].icv
        dropped("in-icv", [sa.wrap(flip(esp, 8 * n)) for n in
                           range(len(esp) - icv, len(esp))], sa)
        check(sa.wrap(esp), sa=sa, host=lambda seen: len(seen) == 1)


def e05_zeros_and_shortened():
    for suite in SUITES:
        sa = inbound(suite=suite)
        how = espcrypt.SUITES[suite]
        dropped("in-icv", [sa.packet(datagram(), icv=lambda tag: bytes(
            len(tag))), sa.packet(datagram(), icv=lambda tag: bytes([255])
                                  * len(tag))], sa)
        # A sender that cuts the ICV to 96 bits: what it says is ciphertext
        # and what ICV is then another.
        if how.icv == 16:
            dropped("in-icv" if how.align == 4 else "in-length",
                    sa.packet(datagram(), icv=lambda tag: tag[:12]), sa)
        arrives(sa, datagram())


def e05_short_icv_suites():
    for suite, cut in (("aes-gcm-16", "aes-gcm-12"), ("aes-gcm-12",
                       "aes-gcm-8"), ("aes-gcm-8", "aes-gcm-16")):
        sa = inbound(suite=suite)
        dropped("in-icv", sa.wrap(espcrypt.seal(
            cut, sa.encr, b"", sa.spi, 1, False, datagram(), IPIP)), sa)
        arrives(sa, datagram())


def e06_bits():
    for suite in SUITES:
        sa = inbound(suite=suite)
        esp = sa.seal(datagram(), seq=0x12345678)
        iv = espcrypt.SUITES[suite].iv
        dropped("in-icv", [sa.wrap(flip(esp, n)) for n in range(32, 64)], sa)
        if iv:
            dropped("in-icv", [sa.wrap(flip(esp, n)) for n in
                               range(64, 64 + 8 * iv, 7)], sa)
        unknown([sa.wrap(flip(esp, n)) for n in range(8)])
        assert sa.get()["sequence"] == 0, "the window moved"


# -------------------------------------------------- E07 to E12: the sequence

def e07_twice():
    for suite in SUITES:
        sa = inbound(suite=suite)
        one = datagram()
        packet = sa.packet(one)
        check([packet, packet], rise={"in-replay": 1}, sa=sa,
              host=[forwarded(one)])
        dropped("in-replay", [packet] * 5, sa)


def e07_two_cpus():
    """Two CPUs send the same packet at the same moment, often."""
    if os.cpu_count() < 2:
        raise Skip("one CPU")
    rounds = 100
    sa = inbound()
    frames = [wire.frame(sa.packet(datagram())) for _ in range(rounds)]
    shared = mmap.mmap(-1, 4096)
    before = culvert.counters()["in-replay"]
    child = os.fork()
    mine, other = (1, 0) if child else (0, 1)
    if not child:
        os.sched_setaffinity(0, {1})
    for n, frame in enumerate(frames):
        shared[mine] = n + 1
        while shared[other] <= n:
            pass
        wire.sock.send(frame)
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    until(lambda: culvert.counters()["in-replay"] - before == rounds,
          f"{rounds} replays")
    got = sa.get()
    assert got["packets"] == rounds, got
    assert got["stats"]["drop"] == {"in-replay": rounds}, got
    # What passed is on its way to the host, on either CPU.
    for _ in range(rounds):
        assert host.receive(), "a packet that passed did not arrive"
    assert host.receive(0.2) is None, "more packets arrived than passed"


def e08_edges():
    for window in 32, 64, 96, 8192:
        sa = inbound(replay_window=window)
        top = 20000
        arrives(sa, datagram(), seq=top)
        arrives(sa, datagram(), seq=top - window + 1)
        dropped("in-replay-old", [
            sa.packet(datagram(), seq=seq)
            for seq in (top - window, top - window - 1, 1)], sa)
        dropped("in-replay", [
            sa.packet(datagram(), seq=seq)
            for seq in (top, top - window + 1)], sa)
        arrives(sa, datagram(), seq=top + 1)
        dropped("in-replay-old", sa.packet(datagram(), seq=top - window + 1),
                sa)
        arrives(sa, datagram(), seq=top - window + 2)
        # W further than top: nothing of the old window is left.
        arrives(sa, datagram(), seq=top + 1 + window)
        dropped("in-replay-old", sa.packet(datagram(), seq=top + 1), sa)


def e08_zero():
    sa = inbound()
    dropped("in-replay-old", sa.packet(datagram(), seq=0), sa)
    arrives(sa, datagram(), seq=1)
    dropped("in-replay-old", sa.packet(datagram(), seq=0), sa)
    assert sa.get()["sequence"] == 1


def e08_reverse():
    for window in 32, 128:
        sa = inbound(replay_window=window)
        inner = [datagram() for _ in range(window)]
        check([sa.packet(one, seq=500 - n) for n, one in enumerate(inner)],
              sa=sa, host=[forwarded(one) for one in inner])
        dropped("in-replay-old", sa.packet(datagram(), seq=500 - window), sa)


def e08_jump():
    sa = inbound()
    arrives(sa, datagram(), seq=5)
    arrives(sa, datagram(), seq=2**31 + 5)
    dropped("in-replay-old", sa.packet(datagram(), seq=6), sa)
    arrives(sa, datagram(), seq=2**32 - 1)
    dropped("in-replay-old", sa.packet(datagram(), seq=2**31 + 6), sa)


def forge(sa, seq):
    return sa.packet(datagram(), seq=seq, icv=lambda tag: bytes(len(tag)))


def e09_forged():
    for esn in False, True:
        sa = inbound(esn=esn)
        arrives(sa, datagram(), seq=10)
        dropped("in-icv", [forge(sa, seq) for seq in
                           (11, 1000, 2**31, 2**32 - 1)], sa)
        assert sa.get()["sequence"] == 10, "the window moved"
        arrives(sa, [datagram(), datagram()])
        # Nor is a number taken by who does not know the key.
        dropped("in-icv", forge(sa, 20), sa)
        arrives(sa, datagram(), seq=20)


def e10_end_inbound():
    sa = inbound(seq=2**32 - 3)
    arrives(sa, [datagram(), datagram()])
    dropped("in-replay-old", [sa.packet(datagram(), seq=seq)
                              for seq in (0, 1, 2**31)], sa)


def e11_over():
    for suite in SUITES:
        sa = inbound(suite=suite, esn=True, seq=2**32 - 5)
        arrives(sa, [datagram() for _ in range(10)])
        assert sa.get()["sequence"] == 2**32 + 5
        dropped("in-replay", [sa.packet(datagram(), seq=seq)
                              for seq in (2**32 - 1, 2**32 + 5)], sa)


def e11_burst():
    """Packets are lost, more than the window is wide."""
    for lost in 100, 5000, 2**31:
        sa = inbound(esn=True, replay_window=64, seq=2**32 - 50)
        arrives(sa, datagram())
        arrives(sa, datagram(), seq=2**32 - 50 + lost)
        arrives(sa, datagram(), seq=2**32 - 51 + lost)
        # Of before the burst: taken for one of the next 2^32.
        dropped("in-icv", sa.packet(datagram(), seq=2**32 - 48), sa)


def e11_reordering():
    sa = inbound(esn=True, replay_window=128, seq=2**32 - 20)
    order = list(range(2**32 - 19, 2**32 + 20))
    order = order[1::2] + order[::-2]
    for seq in order:
        arrives(sa, datagram(), seq=seq)
    dropped("in-replay", [sa.packet(datagram(), seq=seq) for seq in order], sa)
    # The far end of the numbers that there are here.
    sa = inbound(esn=True, seq=2**63 - 3)
    arrives(sa, datagram())


def e12_high_half():
    for suite in SUITES:
        sa = inbound(suite=suite, esn=True, seq=3 * 2**32 + 100)
        dropped("in-icv", [sa.packet(datagram(), seq=high * 2**32 + 101)
                           for high in (0, 2, 4, 2**31)], sa)
        # No high half at all.
        dropped("in-icv", sa.wrap(espcrypt.seal(
            suite, sa.encr, sa.integ, sa.spi, 101, False, datagram(), IPIP)),
            sa)
        arrives(sa, datagram(), seq=3 * 2**32 + 101)
    sa = inbound()
    dropped("in-icv", sa.wrap(espcrypt.seal(
        sa.suite, sa.encr, b"", sa.spi, 1, True, datagram(), IPIP)), sa)


# --------------------------------------------------- E13 and E14: the trailer

TRAILERS = ("aes-gcm-16", "aes-cbc-hmac-sha2-256-128", "null-hmac-sha1-96")


def e13_pad_length():
    for suite in TRAILERS:
        sa = inbound(suite=suite)
        inner = datagram(size=38)
        pad = -(len(inner) + 2) % espcrypt.SUITES[suite].align
        dropped("in-padding", [sa.packet(inner, pad_len=length) for length in
                               (len(inner) + pad + 1, 200, 255)], sa)
        # It says that all of the body is padding, which it is not ...
        dropped("in-padding", sa.packet(inner, pad_len=len(inner) + pad), sa)
        # ... or is.
        dropped("in-inner-header", sa.packet(
            b"", next_header=IPIP, pad=espcrypt.padding(46)), sa)
        arrives(sa, datagram())


def e13_255():
    for suite in TRAILERS:
        sa = inbound(suite=suite)
        # 255 + 2 and 71 or 79 octets fill blocks of 4 and 16.
        inner = datagram(size=43 if suite[4:7] != "cbc" else 51)
        arrives(sa, inner, pad=espcrypt.padding(255))
        wrong = espcrypt.padding(254) + b"\0"
        dropped("in-padding", sa.packet(inner, pad=wrong), sa)


def e13_octets():
    for suite in TRAILERS:
        sa = inbound(suite=suite)
        inner = datagram(size=36)  # 64 octets in all
        for pad in (bytes(14), espcrypt.padding(13) + b"\0",
                    bytes(range(14)), b"\2" + espcrypt.padding(14)[1:],
                    espcrypt.padding(14)[::-1], os.urandom(14)):
            dropped("in-padding", sa.packet(inner, pad=pad), sa)
        arrives(sa, datagram())


def e13_misaligned():
    for suite in "aes-gcm-16", "chacha20-poly1305", "null-hmac-sha1-96":
        sa = inbound(suite=suite)
        dropped("in-length", [sa.packet(datagram(size=size), pad=b"")
                              for size in (36, 37, 39)], sa)
        arrives(sa, datagram(size=38), pad=b"")


def e14_dummies():
    for suite in SUITES:
        sa = inbound(suite=suite)
        check([sa.packet(os.urandom(n), next_header=59)
               for n in (0, 1, 100, 1300)], rise={"in-dummy": 4}, sa=sa)
        stats = sa.get()["stats"]
        assert stats["tfc-rcvd"] == 4 and stats["recv-errors"] == 0, stats
        arrives(sa, datagram())


def e14_tunnel():
    for outer in 4, 6:
        sa = inbound(outer=outer)
        for number in 0, 1, 2, 6, UDP, 43, 44, ESP, AH, 58, 60, 143, 253, 255:
            dropped("in-next-header",
                    sa.packet(datagram(), next_header=number), sa)
        arrives(sa, datagram())


def e14_other_family():
    sa = inbound()
    dropped("in-inner-header", sa.packet(datagram(), next_header=IP6), sa)
    dropped("in-inner-header", sa.packet(far(6), next_header=IPIP), sa)
    dropped("in-selectors", sa.packet(far(6)), sa)
    sa = inbound(rule=11)
    dropped("in-selectors", sa.packet(datagram()), sa)
    arrives(sa, far(6))


def local_socket(port, family=socket.AF_INET):
    with inside("gw1"):
        sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind(("", port))
    sock.settimeout(60)
    return sock


def e14_transport():
    for rule, outer, here, there in ((30, 4, GW1, GW2), (31, 6, GW1_6, GW2_6)):
        sa = inbound(rule=rule, mode="transport", outer=outer)
        right = udp(there, here, 3000, 7, b"to the gateway itself")
        dropped("in-next-header", [sa.packet(right, next_header=number)
                                   for number in (ESP, AH)], sa)
        dropped("in-selectors", [
            sa.packet(datagram(), next_header=number)
            for number in (1, 2, TCP, IPIP, IP6, 143, 253)], sa)
        dropped("in-selectors", sa.packet(
            udp(there, here, 2999, 7, b"x"), next_header=UDP), sa)
        with local_socket(7, socket.AF_INET if outer == 4
                          else socket.AF_INET6) as sock:
            check(sa.packet(right, next_header=UDP), sa=sa)
            assert sock.recv(100) == right[8:]


def e14_nested():
    """ESP in ESP, 20 deep: each layer is an SA's."""
    policy("50 protect dev to-gw2 local 192.0.2.1 remote 192.0.2.2 proto esp")
    inner, layers = inbound(), inbound(rule=50)
    one = datagram()
    packet = inner.packet(one)
    for _ in range(20):
        packet = layers.packet(packet)
    check(packet, sa=layers, host=[forwarded(one)])
    assert layers.get()["packets"] == 20, layers.get()
    # Not without the rule: the layers lie outside the selectors.
    outer = inbound()
    dropped("in-selectors", outer.packet(inner.packet(one)), outer)
    policy()


# ------------------------------------------------- E15 to E18: the inner packet

def e15_ip4():
    sa = inbound()
    body = udp(FAR, H1, 1111, 7, bytes(40))
    wrong = [ip4(FAR, H1, UDP, body, **one) for one in (
        {"version": 0}, {"version": 5}, {"version": 6}, {"version": 15},
        {"ihl": 0}, {"ihl": 1}, {"ihl": 4}, {"check": 0}, {"check": 0xffff},
        {"length": 0}, {"length": 19}, {"length": 69}, {"length": 65535})]
    wrong.append(ip4(FAR, H1, UDP, b"", ihl=15))
    wrong += [datagram()[:n] for n in range(1, 20)]
    for one in wrong:
        dropped("in-inner-header", sa.packet(one, next_header=IPIP), sa)
    arrives(sa, datagram())


def e15_ip6():
    sa = inbound(rule=11)
    body = udp(FAR_6, H1_6, 1111, 7, bytes(40))
    wrong = [ip6(FAR_6, H1_6, UDP, body, **one) for one in (
        {"version": 0}, {"version": 4}, {"version": 5}, {"version": 15},
        {"length": 49}, {"length": 65535})]
    # A jumbogram; an extension header that ends behind the packet.
    wrong.append(ip6(FAR_6, H1_6, 0, struct.pack(
        ">BBBBI", UDP, 0, 0xc2, 4, 100000) + body, length=0))
    wrong.append(ip6(FAR_6, H1_6, 60, b"\x11"))
    wrong.append(ip6(FAR_6, H1_6, 60, struct.pack(">BB", 60, 255) + bytes(62)))
    wrong += [far(6)[:n] for n in range(1, 40, 3)]
    for one in wrong:
        dropped("in-inner-header", sa.packet(one, next_header=IP6), sa)
    arrives(sa, far(6))


def e15_tfc():
    for rule, family in (10, 4), (11, 6):
        sa = inbound(rule=rule)
        for padding in 1, 3, 200, 1300:
            one = far(family)
            check(sa.packet(one + os.urandom(padding),
                            next_header=IP6 if family == 6 else IPIP),
                  sa=sa, host=[forwarded(one)])


def e16_addresses():
    sa = inbound()
    dropped("in-selectors", [sa.packet(datagram(*ends)) for ends in (
        ("10.3.0.5", H1), ("10.1.255.255", H1), ("10.2.1.0", H1),
        (FAR, "10.0.255.255"), (FAR, "10.1.1.0"), (FAR, GW1), (FAR, GW2),
        (H1, FAR), (GW1, H1), (INSIDE, H1), (H1, H1), ("127.0.0.1", H1),
        ("224.0.0.1", H1), ("0.0.0.0", H1), ("255.255.255.255", H1),
        (FAR, "127.0.0.1"))], sa)
    arrives(sa, datagram())
    sa = inbound(rule=11)
    dropped("in-selectors", [sa.packet(datagram(*ends)) for ends in (
        ("fd03::5", H1_6), (FAR_6, "fd02::2"), (H1_6, FAR_6), ("::1", H1_6),
        (GW1_6, H1_6), ("ff02::1", H1_6), ("::", H1_6), ("fe80::1", H1_6),
        ("::ffff:10.2.0.5", H1_6))], sa)
    arrives(sa, far(6))


def e16_ports():
    sa = inbound(rule=20)
    near, source = H1, "10.20.0.9"
    dropped("in-selectors", [sa.packet(datagram(source, near, **one)) for one
                             in ({"sport": 999}, {"sport": 2000},
                                 {"sport": 1000, "dport": 8},
                                 {"sport": 7, "dport": 1000})], sa)
    dropped("in-selectors", [
        sa.packet(ip4(source, near, TCP, tcp(source, near, 1000, 7, 2))),
        sa.packet(ip4(source, near, ICMP, icmp(8, 0, bytes(4)))),
        sa.packet(ip4(source, near, 253, bytes(8)))], sa)
    arrives(sa, [datagram(source, sport=1000), datagram(source, sport=1999)])


def e16_sa_narrower():
    """The SA is for less than its rule."""
    sa = inbound(selector=[{
        "local-start": address(H1), "local-end": address(H1),
        "remote-start": address(FAR), "remote-end": address(FAR),
        "protocol": UDP, "local-port-start": 7, "local-port-end": 7}])
    arrives(sa, datagram())
    dropped("in-selectors", [sa.packet(datagram("10.2.0.6")),
                             sa.packet(datagram(FAR, "10.1.0.3")),
                             sa.packet(datagram(dport=8)),
                             sa.packet(ip4(FAR, H1, TCP, tcp(
                                 FAR, H1, 1111, 7, 2)))], sa)


def with_any(case):
    """A rule for everything behind the others."""
    def wrapped():
        policy("70 protect dev to-gw2 local 0.0.0.0/0 remote 0.0.0.0/0")
        try:
            case()
        finally:
            policy()
    return wrapped


def e16_earlier_rule():
    """Rules are in order: what an earlier one covers, or lets by, does not come
    through the SA of a later one."""
    policy("70 bypass dev to-gw2 local 10.1.0.0/24 remote 10.60.0.0/24"
           " proto tcp", "71 discard dev to-gw2 remote 10.61.0.0/24",
           "72 protect dev to-gw2 local 0.0.0.0/0 remote 0.0.0.0/0")
    sa = inbound(rule=72)
    arrives(sa, datagram("10.60.0.5"))
    dropped("in-selectors", [
        sa.packet(datagram(FAR)), sa.packet(datagram("10.61.0.5")),
        sa.packet(ip4("10.60.0.5", H1, TCP, tcp("10.60.0.5", H1, 1111, 7, 2)))],
            sa)
    policy()


@with_any
def e16_martians():
    """Through an SA for everything: the kernel's own checks still stand."""
    sa = inbound(rule=70)
    arrives(sa, datagram("203.0.113.5"))
    check([sa.packet(datagram(*ends)) for ends in (
        (GW1, H1), (INSIDE, H1), ("127.0.0.1", H1), ("224.0.0.1", H1),
        ("255.255.255.255", H1), ("203.0.113.5", "127.0.0.1"))], sa=sa)


@with_any
def e16_source_route():
    sa = inbound(rule=70)
    body = udp(FAR, H1, 1111, 7, bytes(20))
    for kind in 131, 137:  # loose and strict, by way of GW1 to H1
        option = struct.pack(">BBB4sB", kind, 7, 4, address(H1), 0)
        check(sa.packet(ip4(FAR, GW1, UDP, body, options=option)), sa=sa,
              wire=lambda seen: None)


def fragment(source, destination, offset, payload, more, protocol=UDP,
             ident=77):
    if ":" not in destination:
        return ip4(source, destination, protocol, payload, ident=ident,
                   frag=offset // 8 | (MORE if more else 0))
    return ip6(source, destination, 44, struct.pack(
        ">BBHI", protocol, 0, offset | more, ident) + payload)


PORTS = ((20, "10.20.0.9", H1, "10.77.0.9"), (21, "fd20::9", H1_6, "fd77::9"))


def e17_not_first():
    for rule, source, near, _ in PORTS:
        sa = inbound(rule=rule)
        later = fragment(source, near, 24, bytes(24), False)
        dropped("in-fragment", [sa.packet(later), sa.packet(
            fragment(source, near, 1480, bytes(1000), True))], sa)
        assert sa.get()["stats"]["fragments-in"] == 2
        arrives(sa, datagram(source, near, sport=1000))


def e17_negotiated():
    for rule, source, near, strange in PORTS:
        sa = inbound(rule=rule, flags=["non-first-fragments"])
        arrives(sa, fragment(source, near, 24, bytes(24), False))
        dropped("in-selectors", [
            sa.packet(fragment(strange, near, 24, bytes(24), False)),
            sa.packet(fragment(source, near, 24, bytes(24), False, TCP))], sa)
        whole = udp(source, near, 999, 7, bytes(40))
        dropped("in-selectors", sa.packet(
            fragment(source, near, 0, whole, True)), sa)


def e17_tiny():
    for rule, source, near, _ in PORTS:
        sa = inbound(rule=rule)
        whole = udp(source, near, 1000, 7, bytes(40))
        dropped("in-fragment", [
            sa.packet(fragment(source, near, 0, whole[:n], True))
            for n in range(4)], sa)
        arrives(sa, fragment(source, near, 0, whole[:8], True))


def e17_overlapping():
    sa = inbound(rule=10)
    whole = udp(FAR, H1, 1000, 7, bytes(100))
    arrives(sa, [fragment(FAR, H1, 0, whole[:48], True),
                 fragment(FAR, H1, 24, whole[:48], True),
                 fragment(FAR, H1, 8, whole, False),
                 fragment(FAR, H1, 65528, bytes(64), False)])


def options(count, last):
    """A chain of destination options."""
    chain = b"".join(struct.pack(">BB6s", 60, 0, b"\1\4\0\0\0\0")
                     for _ in range(count - 1))
    return chain + struct.pack(">BB6s", last, 0, b"\1\4\0\0\0\0")


def e17_chain():
    source = "fd20::9"
    sa = inbound(rule=21)
    for port in 1000, 999:
        one = ip6(source, H1_6, 60, options(100, UDP) + udp(
            source, H1_6, port, 7, bytes(20)))
        if port == 1000:
            arrives(sa, one)
        else:
            dropped("in-selectors", sa.packet(one), sa)
    # Ports nobody can reach: nothing follows, or a hidden fragment does.
    dropped("in-selectors", sa.packet(ip6(source, H1_6, 60, options(100, 59))),
            sa)
    dropped("in-fragment", sa.packet(ip6(
        source, H1_6, 60, options(50, 44) + struct.pack(
            ">BBHI", UDP, 0, 64, 7) + bytes(32))), sa)


def e17_completed_in_clear():
    """A fragment on the wire that claims to be ESP, which a rule lets in, does not
    complete a tunnelled packet for the gateway itself."""
    sa = inbound(rule=11)
    with inside("gw1"):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind((INSIDE_6, 7))
        sock.settimeout(PATIENCE)
    data = os.urandom(64)
    whole = udp(FAR_6, INSIDE_6, 1111, 7, data)
    first, last = whole[:32], whole[32:]
    with sock:
        check([sa.packet(fragment(FAR_6, INSIDE_6, 0, first, 1)),
               fragment(FAR_6, INSIDE_6, 32, last, 0, protocol=ESP)], sa=sa)
        sock.setblocking(False)
        try:
            raise AssertionError(f"completed: {sock.recv(1000).hex()}")
        except BlockingIOError:
            pass
        sock.settimeout(PATIENCE)
        check(sa.packet(fragment(FAR_6, INSIDE_6, 32, last, 0)), sa=sa)
        assert sock.recv(1000) == data


def e17_in_transport():
    """A fragment header inside ESP in transport mode."""
    sa = inbound(rule=31, mode="transport", outer=6)
    dropped("in-fragment", sa.packet(struct.pack(">BBHI", UDP, 0, 64, 7)
                                     + bytes(32), next_header=44), sa)


def quoting(router, near, quoted, kind=None, **kwargs):
    if is_ip6(quoted):
        return ip6(router, near, ICMP6, icmp6(
            router, near, kind or 1, 0, bytes(4), quoted), **kwargs)
    return ip4(router, near, ICMP, icmp(kind or 3, 1, bytes(4), quoted),
               **kwargs)


# rule, a router, host, far host, another network, another host here
ERRORS = ((10, "10.250.0.1", H1, FAR, "10.77.0.5", "10.1.0.77"),
          (11, "fdfa::1", H1_6, FAR_6, "fd77::5", "fd01::77"))


def e18_inside():
    for rule, router, near, there, _, _ in ERRORS:
        sa = inbound(rule=rule)
        about = datagram(near, there)
        arrives(sa, quoting(router, near, about))
        arrives(sa, quoting(router, near, about[:48]))
        assert sa.get()["stats"]["icmp-errors-valid"] == 2


def e18_outside():
    for rule, router, near, there, strange, _ in ERRORS:
        sa = inbound(rule=rule)
        dropped("in-icmp-error", [
            sa.packet(quoting(router, near, datagram(near, strange))),
            # From a host that may speak, about one that it has no part in.
            sa.packet(quoting(there, near, datagram(near, strange))),
            # What came from there, not what went there.
            sa.packet(quoting(router, near, datagram(there, near)))], sa)
        assert sa.get()["stats"]["icmp-errors-invalid"] == 3
        # Not an error, so that nothing is quoted; nothing quoted.
        dropped("in-selectors", [
            sa.packet(quoting(router, near, datagram(near, there),
                              kind=128 if rule == 11 else 8)),
            sa.packet(quoting(router, near, datagram(near, there)[:12]))
            if rule == 10 else
            sa.packet(quoting(router, near, datagram(near, there)[:30]))], sa)


def e18_elsewhere():
    """An error goes to the sender of what it quotes, to nobody else."""
    for rule, router, near, there, strange, other in ERRORS:
        sa = inbound(rule=rule)
        about = datagram(near, there)
        dropped("in-icmp-error", [
            sa.packet(quoting(router, other, about)),
            sa.packet(quoting(router, strange, about)),
            sa.packet(quoting(there, GW1_6 if rule == 11 else GW1, about))],
            sa)


def e18_ports():
    for rule, source, near, _ in PORTS:
        sa = inbound(rule=rule)
        arrives(sa, quoting(source, near, datagram(
            near, source, sport=7, dport=1500)))
        dropped("in-icmp-error", [
            sa.packet(quoting(source, near, datagram(near, source, **ports)))
            for ports in ({"sport": 7, "dport": 999},
                          {"sport": 8, "dport": 1500})], sa)


# ---------------------------------------------- E19 to E21: the outer packet

def split(packet, size, order=None, ident=None):
    """Fragments of an outer packet with size octets each."""
    ident = ident if ident is not None else struct.unpack(
        ">I", os.urandom(4))[0]
    protocol, payload = upper(packet)
    source, destination = ((packet[12:16], packet[16:20])
                           if not is_ip6(packet)
                           else (packet[8:24], packet[24:40]))
    family = socket.AF_INET6 if is_ip6(packet) else socket.AF_INET
    source, destination = (socket.inet_ntop(family, one)
                           for one in (source, destination))
    parts = [fragment(source, destination, at, payload[at:at + size],
                      at + size < len(payload), protocol,
                      ident & (0xffffffff if is_ip6(packet) else 0xffff))
             for at in range(0, len(payload), size)]
    return parts[::order or 1]


OUTER = [(outer, encap) for outer in (4, 6) for encap in (None, 4500)]


def e19_joined():
    for outer, encap in OUTER:
        sa = inbound(outer=outer, encap=encap)
        for size, order in (8, 1), (256, 1), (600, -1):
            one = datagram(size=1300 if size > 8 else 60)
            check(split(sa.packet(one), size, order), sa=sa,
                  host=[forwarded(one)])


def e19_largest():
    for outer, encap in OUTER:
        sa = inbound(outer=outer, encap=encap)
        most = 65515 if outer == 4 else 65535
        size = most - (8 if encap else 0) - 8 - 8 - 16
        # With the two octets of the trailer it needs no padding.
        check(split(sa.packet(bytes(size // 4 * 4 - 2), next_header=59), 1400),
              rise={"in-dummy": 1}, sa=sa)


def e19_unfinished():
    for outer in 4, 6:
        sa = inbound(outer=outer)
        for _ in range(10):
            check([split(sa.packet(datagram()), 40)[0] for _ in range(100)],
                  sa=sa)
        # Later ones alone, which have no SPI.
        check([split(sa.packet(datagram()), 40)[1] for _ in range(100)], sa=sa)
        one = datagram()
        check(split(sa.packet(one), 40), sa=sa, host=[forwarded(one)])


def e19_overlapping():
    for outer in 4, 6:
        sa = inbound(outer=outer)
        whole = sa.packet(datagram(size=200))
        first, second, *rest = split(whole, 64, ident=9)
        other = split(sa.packet(datagram(size=200)), 72, ident=9)[1]
        # Over IPv6 what overlaps is dropped as a whole (RFC 5722), by name.
        check([first, second, other, *rest], sa=sa, wire=lambda seen: None,
              rise={"in-defrag": 1} if outer == 6 else {})
        arrives(sa, datagram())


def e19_bad_icv():
    for outer in 4, 6:
        sa = inbound(outer=outer)
        check(split(forge(sa, 5), 64), rise={"in-icv": 1}, sa=sa)


def e19_atomic():
    """A fragment that is a whole packet, RFC 6946."""
    sa = inbound(outer=6)
    one = datagram()
    check(split(sa.packet(one), 2000), sa=sa, host=[forwarded(one)])


def to_ike(packet, wanted, **expected):
    """It reaches the socket of who speaks IKE on port 4500."""
    with local_socket(4500) as sock:
        check(packet, **expected)
        if wanted is not None:
            assert sock.recv(65536) == wanted


def in_udp(payload, port=4500):
    return ip4(GW2, GW1, UDP, udp(GW2, GW1, 4500, port, payload))


def e20_short():
    inbound(encap=4500)
    for n in range(8):
        to_ike(in_udp(b"\x01" * n), b"\x01" * n)


def e20_keepalive():
    inbound(encap=4500)
    to_ike(in_udp(b"\xff"), b"\xff")
    to_ike(in_udp(b"\xff\xff"), b"\xff\xff")


def e20_ike():
    inbound(encap=4500)
    for length in 0, 1, 4, 24, 1000:
        message = bytes(4) + b"\x5a" * length
        to_ike(in_udp(message), message)


def e20_unknown():
    sa = inbound(encap=4500)
    for spi in 1, 255, 256, 0x00abcdef, 0xdeadbeef:
        esp = struct.pack(">I", spi) + sa.seal(datagram())[4:]
        to_ike(in_udp(esp), esp, rise={"in-spi-unknown": 1})


def e20_checksum():
    for outer in 4, 6:
        sa = inbound(encap=4500, outer=outer)
        for wrong in 1, 0x1234, 0xffff:
            dropped("in-udp-checksum", sa.wrap(sa.seal(datagram()),
                                               check=wrong), sa)
        one = datagram()
        check(sa.wrap(sa.seal(one), check=0), sa=sa, host=[forwarded(one)])
        source, destination = (GW2, GW1) if outer == 4 else (GW2_6, GW1_6)
        esp = udp(source, destination, 4500, 4500, sa.seal(one))
        check(ip(source, destination, UDP, esp), sa=sa, host=[forwarded(one)])


def e20_encapsulation():
    for outer in 4, 6:
        plain = inbound(outer=outer)
        source, destination = (GW2, GW1) if outer == 4 else (GW2_6, GW1_6)
        dropped("in-encapsulation", ip(source, destination, UDP, udp(
            source, destination, 4500, 4500, plain.seal(datagram()))), plain)
        encap = inbound(outer=outer, encap=4500)
        dropped("in-encapsulation", ip(
            source, destination, ESP, encap.seal(datagram())), encap)


def e20_other_port():
    """Only 4500 is for ESP."""
    sa = inbound(encap=4500)
    with local_socket(500) as sock:
        esp = sa.seal(datagram())
        check(in_udp(esp, 500), sa=sa)
        assert sock.recv(65536) == esp


def e21_mapping():
    events = Events()
    sa = inbound(encap=4500)
    out = outbound(encap=4500)
    one, two = datagram(), datagram()
    check([sa.wrap(sa.seal(one), sport=61000),
           sa.wrap(sa.seal(two), source="192.0.2.77", sport=4501)], sa=sa,
          host=[forwarded(one), forwarded(two)])
    got = events.all("mapping-change")
    assert len(got) == 1, f"told {len(got)} times, not once: {got}"
    assert got[0]["mapped"] == GW2 and got[0]["mapped-port"] == 61000, got
    assert got[0]["spi"] == sa.spi and got[0]["remote"] == GW2, got
    assert sa.get()["remote-port"] == 4500
    # Packets still go where user space said.
    back = datagram(H1, FAR)
    check(back, into=host, sa=out, wire=[out.opens(forwarded(back))])
    # When it has moved the SA, the next change is told.
    culvert.request("sa-set", dict(sa.name(), **{
        "new-local": GW1, "new-remote": GW2, "new-local-port": 4500,
        "new-remote-port": 61000}))
    sa.encap = 61000
    arrives(sa, datagram())
    assert len(events.all("mapping-change")) == 1
    one = datagram()
    check(sa.wrap(sa.seal(one), sport=61001), sa=sa, host=[forwarded(one)])
    assert len(events.all("mapping-change")) == 2
    events.close()
    out.delete()


def e21_plain():
    """Without UDP too, the address may be another."""
    events = Events()
    sa = inbound()
    one = datagram()
    check(sa.wrap(sa.seal(one), source="192.0.2.77"), sa=sa,
          host=[forwarded(one)])
    got = events.all("mapping-change")
    assert len(got) == 1 and got[0]["mapped"] == "192.0.2.77", got
    events.close()


def e21_spoofed():
    events = Events()
    sa = inbound(encap=4500)
    arrives(sa, datagram())
    esp = sa.seal(datagram())
    dropped("in-icv", sa.wrap(flip(esp, 100), sport=61000), sa)
    check(sa.wrap(esp), sa=sa, host=lambda seen: None)
    dropped("in-replay", [sa.wrap(esp, sport=61000),
                          sa.wrap(esp, source="192.0.2.77")], sa)
    assert not events.all("mapping-change"), events.got
    assert sa.get()["remote-port"] == 4500
    events.close()


# ----------------------------------------------------------- E24: ECN, DSCP

NOT, ECT1, ECT0, CE = 0, 1, 2, 3
# RFC 6040 4.2: what becomes of the inner field (rows), by the outer (columns)
ECN = {NOT: (NOT, NOT, NOT, None), ECT0: (ECT0, ECT1, ECT0, CE),
       ECT1: (ECT1, ECT1, ECT1, CE), CE: (CE, CE, CE, CE)}


def e24_ecn():
    for rule, family in (10, 4), (11, 6):
        for outer_family in 4, 6:
            sa = inbound(rule=rule, outer=outer_family)
            for inner, row in ECN.items():
                for outer, result in enumerate(row):
                    one = with_tos(far(family), 0x28 | inner)
                    packet = sa.wrap(sa.seal(one), tos=0xb8 | outer)
                    if result is None:
                        dropped("in-ecn", packet, sa)
                        continue
                    one = with_tos(one, 0x28 | result)
                    check(packet, sa=sa, host=[forwarded(one)])


def e24_dscp():
    for rule, source, near in ((40, "10.40.0.5", H1), (41, "fd40::5", H1_6)):
        sa = inbound(rule=rule)
        one = with_tos(datagram(source, near), 0x28 | ECT0)
        check(sa.wrap(sa.seal(one), tos=0xb8 | CE), sa=sa,
              host=[forwarded(with_tos(one, 0xb8 | CE))])
        check(sa.wrap(sa.seal(one), tos=0), sa=sa,
              host=[forwarded(with_tos(one, ECT0))])


# ------------------------------------------------------- E26 to E30: the rest

def ends(sa, event, reason):
    event.wait("sa-event", spi=sa.spi, reason=reason)
    until(lambda: all(one["spi"] != sa.spi for one in
                      culvert.dump("sa-get")), f"{sa.spi} goes away")


def e26_hard_limits():
    """The last packet that it may carry, one more, and one after that."""
    events = Events()
    size = len(datagram())
    # What an SA counts is the payload with its padding.
    octets = size + -(size + 2) % 4
    for field, value in (("hard-packets", 3), ("hard-octets", 3 * octets)):
        sa = inbound(**{field: value})
        arrives(sa, [datagram(), datagram(), datagram()])
        check(sa.packet(datagram()), rise={"in-expired": 1})
        ends(sa, events, field)
        unknown(sa.packet(datagram()))
    events.close()


def e26_hard_seconds():
    events = Events()
    sa = inbound(hard_seconds=1)
    ends(sa, events, "hard-seconds")
    unknown(sa.packet(datagram()))
    events.close()


def e26_deleted():
    for encap in None, 4500:
        sa = inbound(encap=encap)
        arrives(sa, datagram())
        sa.delete()
        packet = sa.packet(datagram())
        if encap:
            with local_socket(4500):
                check(packet, rise={"in-spi-unknown": 1})
        else:
            unknown(packet)


CLEAR = (
    ("forwarded", datagram()),
    ("to the gateway", datagram(FAR, INSIDE)),
    ("a TCP RST", ip4(FAR, H1, TCP, tcp(FAR, H1, 80, 1234, 4))),
    ("a ping", ip4(FAR, H1, ICMP, icmp(8, 0, bytes(4)))),
    ("a first fragment", fragment(FAR, H1, 0, bytes(64), True)),
    ("a later fragment", fragment(FAR, H1, 64, bytes(64), False)),
    ("ICMP error about it", quoting("10.250.0.1", H1, datagram(H1, FAR))),
    ("IPv6, forwarded", datagram(FAR_6, H1_6)),
    ("IPv6, to the gateway", datagram(FAR_6, "fd01::1")),
    ("IPv6, a TCP RST", ip6(FAR_6, H1_6, TCP, tcp(FAR_6, H1_6, 80, 1234, 4))),
    ("IPv6, ICMP error about it", quoting("fdfa::1", H1_6,
                                          datagram(H1_6, FAR_6))),
    ("IPv6, a fragment", fragment(FAR_6, H1_6, 64, bytes(64), False)),
    ("IPv6, no neighbour discovery: hop limit 64",
     ip6(FAR_6, H1_6, ICMP6, icmp6(FAR_6, H1_6, 136, 0, bytes(20)))),
)


def e27_clear():
    for what, packet in CLEAR:
        try:
            dropped("in-clear", packet)
        except AssertionError as why:
            raise AssertionError(f"{what}: {why}") from why


def e27_ports():
    """A rule that names ports: fragments that tell none may be its."""
    dropped("in-clear", [
        datagram("10.20.0.5", sport=1000),
        fragment("10.20.0.5", H1, 64, bytes(64), False),
        fragment("10.20.0.5", H1, 0, bytes(3), True),
        quoting("10.250.0.1", H1, datagram(H1, "10.20.0.5", sport=7,
                                           dport=1000))])
    for one in datagram("10.20.0.5", sport=999), \
            fragment("10.20.0.5", H1, 64, bytes(64), False, TCP):
        check(one, host=[forwarded(one)])
    # Over IPv6 the protocol that such a fragment claims counts for nothing.
    dropped("in-clear", [fragment("fd20::5", H1_6, 64, bytes(64), False, one)
                         for one in (UDP, TCP, 60, ESP)])


def e27_esp_of_nobody():
    """ESP through the gateway between covered addresses is clear text too."""
    dropped("in-clear", ip4(FAR, H1, ESP, struct.pack(">II", 0x999, 1)
                            + bytes(40)))


def e27_malformed():
    dropped("in-malformed", [
        ip6(FAR_6, H1_6, 60, b"\x11"),
        ip6("fd99::1", H1_6, 60, struct.pack(">BB", 60, 255) + bytes(62))])


def e27_neighbours():
    """Neighbour discovery is exempt, whatever rules say: the gateway answers."""
    policy("71 protect dev to-gw2 local ::/0 remote ::/0")
    solicited = "ff02::1:ff00:1"
    body = address(GW1_6) + struct.pack(">BB6s", 1, 1, wire.ethernet[6:])
    packet = ip6(GW2_6, solicited, ICMP6, icmp6(
        GW2_6, solicited, 135, 0, bytes(4), body), hops=255)
    with_noise = []
    check(packet)
    policy()
    assert not with_noise


@with_any
def e28_peer_inside():
    """The peer's address lies in what its tunnel is for."""
    sa, out = inbound(rule=70), outbound(rule=70)
    one = datagram(GW2, H1)
    check(sa.packet(one), sa=sa, host=[forwarded(one)])
    back = datagram(H1, GW2)
    check(back, into=host, sa=out, wire=[out.opens(forwarded(back))])
    # In clear text it is covered.
    dropped("in-clear", datagram(GW2, H1))
    out.delete()


@with_any
def e28_itself():
    """A packet for the SA within the SA: opened again, until it was seen."""
    sa = inbound(rule=70)
    one = datagram(GW2, H1)
    layer = sa.packet(sa.packet(one))
    check(layer, sa=sa, host=[forwarded(one)])
    twice = sa.packet(layer)
    check(twice, rise={"in-replay": 1}, sa=sa)


def e29_inner():
    for rule, family in (10, 4), (11, 6):
        sa, out = inbound(rule=rule), outbound(rule=rule)
        for life in 0, 1:
            one = far(family)
            one = (one[:7] + bytes([life]) + one[8:] if family == 6 else
                   put_checksum(one[:8] + bytes([life, one[9], 0, 0])
                                + one[12:20], 10) + one[20:])

            def told(seen, about=one):
                """In ESP only: it says what was sent inside."""
                inner = out.open(seen).payload
                icmp_error(*((3, 0) if is_ip6(inner) else (11, 0)))(inner)
            check(sa.packet(one), sa=sa, wire=[told])
        arrives(sa, far(family, **{"hops" if family == 6 else "ttl": 2}))
        out.delete()


def e29_outer():
    for outer in 4, 6:
        sa = inbound(outer=outer)
        for life in 0, 1, 255:
            one = datagram()
            check(sa.wrap(sa.seal(one), **{
                "ttl" if outer == 4 else "hops": life}), sa=sa,
                host=[forwarded(one)])


def e30_selectors():
    sa = inbound()
    dropped("in-selectors", [sa.packet(datagram(FAR, to)) for to in (
        "255.255.255.255", "224.0.0.1", "239.1.2.3", "10.255.255.255",
        "0.0.0.0")], sa)
    sa = inbound(rule=11)
    dropped("in-selectors", [sa.packet(datagram(FAR_6, to)) for to in (
        "ff02::1", "ff05::2", "::")], sa)


@with_any
def e30_any():
    """Through an SA for everything, none of these is forwarded."""
    sa = inbound(rule=70)
    check([sa.packet(datagram("203.0.113.5", to)) for to in (
        "255.255.255.255", "224.0.0.1", "239.1.2.3", "10.1.0.255", "0.0.0.0",
        "240.0.0.1")], sa=sa, wire=lambda seen: None)


def e30_outer():
    """ESP to an address that is nobody's own."""
    sa = inbound()
    for to in "192.0.2.255", "255.255.255.255", "224.0.0.1":
        check(sa.wrap(sa.seal(datagram()), destination=to), sa=sa,
              rise={"in-spi-unknown": 1}, wire=lambda seen: None)


CASES = (
    ("E01 an outer payload of 0 to 7 octets", e01_octets),
    ("E02 shorter than header, IV, trailer and ICV", e02_short),
    ("E02 no payload at all", e02_no_payload),
    ("E03 ciphertext that is no multiple of the block", e03_alignment),
    ("E04 SPI 0 and the reserved ones", e04_reserved),
    ("E04 unknown SPIs", e04_unknown),
    ("E04 the SPI of an SA in another namespace", e04_other_namespace),
    ("E04 any SPI where there is no SA", e04_no_sa),
    ("E04 the SPI of an SA out", e04_outbound),
    ("E04 the right SPI at the wrong address", e04_destination),
    ("E04 AH with the number of an SA", e04_ah),
    ("E05 the ICV wrong in each octet", e05_each_octet),
    ("E05 an ICV of zeros, of ones, shortened", e05_zeros_and_shortened),
    ("E05 the ICV of a suite with another length", e05_short_icv_suites),
    ("E06 a bit of SPI, sequence number or IV flipped", e06_bits),
    ("E07 the same packet twice", e07_twice),
    ("E07 the same packet on two CPUs at once", e07_two_cpus),
    ("E08 the edges of the window", e08_edges),
    ("E08 sequence number 0", e08_zero),
    ("E08 a window's packets in reverse", e08_reverse),
    ("E08 a jump of 2^31", e08_jump),
    ("E09 a forged number moves no window", e09_forged),
    ("E10 the last numbers, received", e10_end_inbound),
    ("E11 ESN over 2^32, received", e11_over),
    ("E11 ESN over 2^32 with bursts of loss", e11_burst),
    ("E11 ESN over 2^32 in another order", e11_reordering),
    ("E12 the high half of the number is wrong", e12_high_half),
    ("E13 the pad length", e13_pad_length),
    ("E13 255 octets of padding", e13_255),
    ("E13 padding that is not 1, 2, 3", e13_octets),
    ("E13 no padding where it is needed", e13_misaligned),
    ("E14 dummies received", e14_dummies),
    ("E14 next headers that no tunnel has", e14_tunnel),
    ("E14 the other family's next header", e14_other_family),
    ("E14 next headers in transport mode", e14_transport),
    ("E14 ESP in ESP 20 deep", e14_nested),
    ("E15 inner IPv4 headers", e15_ip4),
    ("E15 inner IPv6 headers", e15_ip6),
    ("E15 TFC padding is cut off", e15_tfc),
    ("E16 addresses outside the selectors", e16_addresses),
    ("E16 ports and protocols outside the selectors", e16_ports),
    ("E16 outside the SA though inside its rule", e16_sa_narrower),
    ("E16 inside the SA, but of an earlier rule", e16_earlier_rule),
    ("E16 own, loopback and multicast sources through any any", e16_martians),
    ("E16 source routes through any any", e16_source_route),
    ("E17 a later fragment where ports count", e17_not_first),
    ("E17 a later fragment as negotiated", e17_negotiated),
    ("E17 a tiny first fragment", e17_tiny),
    ("E17 overlapping fragments", e17_overlapping),
    ("E17 100 extension headers", e17_chain),
    ("E17 a fragment header in transport mode", e17_in_transport),
    ("E17 completed by a fragment in clear text", e17_completed_in_clear),
    ("E18 an ICMP error about a packet inside", e18_inside),
    ("E18 an ICMP error about a packet outside", e18_outside),
    ("E18 an ICMP error to somebody else", e18_elsewhere),
    ("E18 an ICMP error where ports count", e18_ports),
    ("E19 outer fragments are joined first", e19_joined),
    ("E19 the largest packet of fragments", e19_largest),
    ("E19 fragments that never end", e19_unfinished),
    ("E19 overlapping outer fragments", e19_overlapping),
    ("E19 outer fragments with a wrong ICV", e19_bad_icv),
    ("E19 a whole packet with a fragment header", e19_atomic),
    ("E20 0 to 7 octets in UDP", e20_short),
    ("E20 keepalives reach their socket", e20_keepalive),
    ("E20 IKE reaches its socket", e20_ike),
    ("E20 unknown SPIs in UDP", e20_unknown),
    ("E20 UDP checksums wrong, 0 and right", e20_checksum),
    ("E20 in UDP for a plain SA and the reverse", e20_encapsulation),
    ("E20 ESP in UDP to another port", e20_other_port),
    ("E21 a new mapping is told and not followed", e21_mapping),
    ("E21 a new address without UDP is told", e21_plain),
    ("E21 a spoofed or replayed packet tells nothing", e21_spoofed),
    ("E24 the 16 combinations of ECN, decapsulated", e24_ecn),
    ("E24 DSCP kept inside, or taken from outside", e24_dscp),
    ("E26 beyond packets and octets that it may carry", e26_hard_limits),
    ("E26 beyond its time", e26_hard_seconds),
    ("E26 for a deleted SA", e26_deleted),
    ("E27 clear text that a rule covers", e27_clear),
    ("E27 clear text where ports count", e27_ports),
    ("E27 ESP of nobody between covered addresses", e27_esp_of_nobody),
    ("E27 clear text that cannot be read", e27_malformed),
    ("E27 neighbour discovery is exempt", e27_neighbours),
    ("E28 the peer inside its own selectors", e28_peer_inside),
    ("E28 a packet for the SA inside the SA", e28_itself),
    ("E29 inner TTL and hop limit 0 and 1", e29_inner),
    ("E29 outer TTL and hop limit 0 and 1", e29_outer),
    ("E30 broadcast and multicast outside the selectors", e30_selectors),
    ("E30 broadcast and multicast through any any", e30_any),
    ("E30 ESP to broadcast and multicast", e30_outer),
)

run(CASES)
