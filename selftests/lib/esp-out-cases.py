#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of esp-bad.sh about what goes out."""

import errno
import os
import socket
import struct
import subprocess

from cases import run
from cvt import Refused
from esplab import (ESP, FAR, FAR_6, GW1, GW1_6, GW2, GW2_6, H1, H1_6, ICMP,
                    ICMP6, INSIDE, INSIDE_6, TCP, UDP, Events, Port, Watch,
                    address, check, culvert, datagram, dropped, forwarded,
                    host, icmp, icmp6, icmp_error, inbound, inside, ip, ip4,
                    ip6, is_ip6, outbound, policy, put_checksum, short, tcp,
                    tos_of, udp, until, upper, wire, with_tos)

SUITES = ("aes-gcm-16", "chacha20-poly1305", "null-aes-gmac",
          "aes-cbc-hmac-sha2-256-128", "null-hmac-sha1-96")

DF, MORE = 0x4000, 0x2000
UDP_SEGMENT = 103


def near(family=4, **kwargs):
    """A packet from the host to behind the peer."""
    if family == 6:
        return datagram(H1_6, FAR_6, **kwargs)
    return datagram(H1, FAR, **kwargs)


def leaves(sa, packets, **kwargs):
    """Packets of the host leave through the SA."""
    if isinstance(packets, bytes):
        packets = [packets]
    check(packets, into=host, sa=sa,
          wire=[sa.opens(forwarded(one)) for one in packets], **kwargs)


def told_once(events, sa, reason):
    events.wait("sa-event", spi=sa.spi, reason=reason)
    times = [one for one in events.all("sa-event")
             if one["spi"] == sa.spi and one["reason"] == reason]
    assert len(times) == 1, f"{reason} was told {len(times)} times"


def told_nothing(events, sa):
    times = [one for one in events.all("sa-event") if one["spi"] == sa.spi]
    assert not times, times


# --------------------------------------------- E10, E11: the end of numbers

def e10_stops():
    """Without ESN 2^32 - 1 is the last number; a new SA goes on."""
    for suite in SUITES:
        events = Events()
        out = outbound(suite=suite, seq=2**32 - 3)
        packets = [near() for _ in range(5)]
        check(packets, into=host, sa=out, rise={"out-sequence": 3},
              wire=[out.opens(forwarded(one)) for one in packets[:2]])
        assert out.get()["sequence"] == 2**32 - 1
        told_once(events, out, "sequence-near")
        told_once(events, out, "sequence-end")
        leaves(outbound(suite=suite), [near(), near()])
        events.close()


def e10_near():
    """2^20 numbers before the end it is said, not sooner."""
    events = Events()
    out = outbound(seq=2**32 - 1 - 2**20 - 1)
    leaves(out, near())
    told_nothing(events, out)
    leaves(out, near())
    told_once(events, out, "sequence-near")
    events.close()


def e10_ceiling():
    events = Events()
    out = outbound(seq=28, sequence_ceiling=32)
    leaves(out, [near(), near()])
    told_nothing(events, out)
    packets = [near() for _ in range(4)]
    check(packets, into=host, sa=out, rise={"out-sequence": 2},
          wire=[out.opens(forwarded(one)) for one in packets[:2]])
    told_once(events, out, "sequence-near")
    told_once(events, out, "sequence-end")
    # User space raises it; the SA goes on, with the next number.
    culvert.request("sa-set", dict(out.name(), **{"sequence-ceiling": 33}))
    leaves(out, near())
    assert out.get()["sequence"] == 33
    dropped_out("out-sequence", near(), out)
    try:
        culvert.request("sa-set", dict(out.name(), **{"sequence-ceiling": 20}))
        raise AssertionError("the ceiling was lowered")
    except Refused:
        pass
    events.close()


def dropped_out(reason, packets, sa=None, **kwargs):
    if isinstance(packets, bytes):
        packets = [packets]
    check(packets, into=host, rise={reason: len(packets)}, sa=sa, **kwargs)


def e10_dummies():
    """Dummies take numbers too, and there may be none."""
    out = outbound(seq=2**32 - 3)
    with Watch(rise={"out-sequence": 1}, sa=out,
               wire=lambda seen: len(seen) == 2):
        try:
            culvert.request("sa-dummy", dict(out.name(), **{
                "dummies": 4, "dummy-length": 10}))
            raise AssertionError("dummies were sent beyond the end")
        except Refused:
            pass


def e11_over():
    for suite in SUITES:
        events = Events()
        out = outbound(suite=suite, esn=True, seq=2**32 - 3)
        leaves(out, [near() for _ in range(6)])
        assert out.get()["sequence"] == 2**32 + 3
        told_nothing(events, out)
        events.close()


def rule_packets(number):
    return culvert.get("rule-get", {"id": number})["packets"]


def e11_gso():
    """One large packet whose segments lie on both sides of 2^32."""
    for suite in "aes-gcm-16", "aes-cbc-hmac-sha2-256-128":
        out = outbound(suite=suite, esn=True, seq=2**32 - 11)
        with inside("h1"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1000)
        data = os.urandom(20 * 1000)
        before = rule_packets(10)

        def segment(number):
            def matches(seen):
                opened = out.open(seen)
                assert opened.seq == 2**32 - 10 + number, opened.seq
                assert upper(opened.payload)[1][8:] == \
                    data[1000 * number:1000 * number + 1000], "other octets"
            return matches
        with sock, Watch(sa=out, wire=[segment(n) for n in range(20)]):
            sock.sendto(data, (FAR, 9))
        assert rule_packets(10) == before + 1, "it was no GSO packet"


# --------------------------------------------------------- E14: dummies sent

def e14_dummies():
    for suite in SUITES:
        for outer, encap in (4, None), (6, None), (4, 4500), (6, 4500):
            out = outbound(suite=suite, outer=outer, encap=encap)
            before = out.seq
            for length in 0, 1, 100, 1300:
                def dummy(seen, length=length, out=out):
                    opened = out.open(seen)
                    assert opened.next_header == 59, opened
                    assert len(opened.payload) == length, opened
                with Watch(sa=out, wire=[dummy] * 3):
                    culvert.request("sa-dummy", dict(out.name(), **{
                        "dummies": 3, "dummy-length": length}))
            assert out.seq == before + 12
            assert out.get()["stats"]["tfc-sent"] == 12
            out.delete()


# ------------------------------------------------------------ E24: ECN, DSCP

def e24_encapsulate():
    """RFC 6040 4.1, normal mode: the outer field is the inner one."""
    for rule, family in (10, 4), (11, 6):
        for outer in 4, 6:
            out = outbound(rule=rule, outer=outer)
            for tos in 0, 1, 2, 3, 0x28, 0xb9, 0xba, 0xff:
                one = with_tos(near(family), tos)
                check(one, into=host, sa=out,
                      wire=[out.opens(forwarded(one), tos=tos)])


def e24_no_dscp_copy():
    for rule, source, there in ((40, H1, "10.40.0.5"), (41, H1_6, "fd40::5")):
        for outer in 4, 6:
            out = outbound(rule=rule, outer=outer)
            for tos in 0, 0x29, 0xb8, 0xff:
                one = with_tos(datagram(source, there), tos)
                check(one, into=host, sa=out,
                      wire=[out.opens(forwarded(one), tos=tos & 3)])


# ------------------------------------------------------------ E25: DF and MTU

def sized(length, family=4, **kwargs):
    """A packet with that many octets."""
    return near(family, size=length - (48 if family == 6 else 28), **kwargs)


def joined(packets, out=None):
    """What fragments make, of one packet; through out, what is inside."""
    whole, top = {}, None
    for packet in packets:
        if is_ip6(packet):
            protocol, octets = upper(packet)
            if protocol != 44:
                return packet
            protocol, _, offset = struct.unpack(">BBH", octets[:4])
            more, offset, octets = offset & 1, offset & ~7, octets[8:]
            top = top or packet[:6] + bytes([protocol]) + packet[7:40]
        else:
            field = struct.unpack(">H", packet[6:8])[0]
            more, offset = field & MORE, (field & 0x1fff) * 8
            octets = upper(packet)[1]
            top = top or packet[:20]
        whole[offset] = octets
        if not more:
            end = offset + len(octets)
    octets = b"".join(whole[at] for at in sorted(whole))
    assert len(octets) == end, f"{len(octets)} of {end} octets: {whole.keys()}"
    if is_ip6(top):
        return top[:4] + struct.pack(">H", len(octets)) + top[6:] + octets
    return put_checksum(top[:2] + struct.pack(">HHH", 20 + len(octets), 0, 0)
                        + top[8:10] + b"\0\0" + top[12:], 10) + octets


def groups(packets):
    """Packets and the fragments of others, each in its own list."""
    by_ident = {}
    for n, packet in enumerate(packets):
        key = n
        if is_ip6(packet) and packet[6] == 44:
            key = ("6", packet[44:48])
        elif not is_ip6(packet) and packet[6:8] not in (b"\0\0", b"\x40\0"):
            key = ("4", packet[4:6])
        by_ident.setdefault(key, []).append(packet)
    return by_ident.values()


def comes_whole(out, inner, most):
    """For check(wire=): in outer and inner fragments it is all there; outer
    ones have at most that many octets."""
    def matches(seen):
        assert seen, "nothing left"
        assert max(map(len, seen)) <= most, list(map(len, seen))
        opened = [out.open(joined(group)).payload for group in groups(seen)]
        whole = joined(opened)
        assert upper(whole) == upper(inner), f"{short(whole)}"
    return matches


def e25_too_big():
    for rule, family in (10, 4), (11, 6):
        for outer, encap in (4, None), (6, None), (4, 4500):
            for suite in "aes-gcm-16", "aes-cbc-hmac-sha2-256-128":
                out = outbound(rule=rule, outer=outer, encap=encap,
                               suite=suite)
                mtu = out.get()["inner-mtu"]
                assert 1380 < mtu < 1460, mtu
                leaves(out, sized(mtu, family, **(
                    {"frag": DF} if family == 4 else {})))
                one = sized(mtu + 1, family, **(
                    {"frag": DF} if family == 4 else {}))
                kind = (3, 4) if family == 4 else (2, 0)
                dropped_out("out-too-big", one, out, host=[icmp_error(
                    *kind, about=forwarded(one), rest=struct.pack(
                        ">I", mtu))])
                assert out.get()["stats"]["pmtus-sent"] == 1
                out.delete()


def e25_fragmented():
    for outer in 4, 6:
        out = outbound(outer=outer)
        one = sized(1500)
        check(one, into=host, sa=out,
              wire=comes_whole(out, forwarded(one), 1500))
        stats = out.get()["stats"]
        assert stats["pre-frag-successes"] == 1, stats
        assert stats["fragments-created"] == 2, stats


def e25_df():
    """df of the SA: fragmented though the sender says no, or told."""
    out = outbound(df="clear")
    one = sized(1500, frag=DF)
    check(one, into=host, sa=out, wire=comes_whole(out, forwarded(one), 1500))
    for df, wanted in (("clear", 0), ("set", DF), ("copy", 0)):
        out = outbound(df=df)
        one = near()

        def has_df(seen, wanted=wanted, out=out, one=one):
            out.opens(forwarded(one))(seen)
            assert struct.unpack(">H", seen[6:8])[0] == wanted, seen.hex()
        check(one, into=host, sa=out, wire=[has_df])


class route_mtu:
    """with route_mtu(ADDRESS, MTU): of gw1's route to that address."""

    def __init__(self, to, mtu):
        self.words = [to, "dev", "to-gw2", "mtu", "lock", str(mtu)]

    def ip(self, verb):
        subprocess.run(["ip", "-n", os.environ["GW1"], "route", verb,
                        *self.words], check=True)

    def __enter__(self):
        self.ip("add")

    def __exit__(self, *_):
        self.ip("del")


def e25_mtu_68():
    """The least path that there may be: less is left of it than a header."""
    for suite in SUITES:
        with route_mtu("192.0.2.73", 68):
            out = outbound(suite=suite, there="192.0.2.73")
            for length in 48, 68, 69, 200, 1300:
                one = sized(length)
                check(one, into=host, sa=out,
                      wire=comes_whole(out, forwarded(one), 68))
            one = sized(500, frag=DF)
            with Watch(rise={"out-too-big": 1}, sa=out,
                       host=[icmp_error(3, 4)]):
                host.send(one)
        leaves(out, sized(500, frag=DF))


def e25_mtu_68_ip6():
    """IPv6 in IPv4 on such a path: 1280 octets are always carried."""
    with route_mtu("192.0.2.73", 68):
        out = outbound(rule=11, outer=4, there="192.0.2.73")
        for length in 60, 1280:
            one = sized(length, 6)
            check(one, into=host, sa=out,
                  wire=comes_whole(out, forwarded(one), 68))
        dropped_out("out-too-big", sized(1281, 6), out, host=[icmp_error(
            2, 0, rest=struct.pack(">I", 1280))])


def e25_mtu_1280():
    with route_mtu(GW2_6, 1280):
        for rule, family in (10, 4), (11, 6):
            out = outbound(rule=rule, outer=6)
            mtu = out.get()["inner-mtu"]
            assert mtu < 1280, mtu
            leaves(out, sized(mtu, family))
            one = sized(1280, family)
            check(one, into=host, sa=out,
                  wire=comes_whole(out, forwarded(one), 1280))
        # IPv6 has no less to offer; what does not fit goes in two.
        dropped_out("out-too-big", sized(1281, 6), out, host=[icmp_error(
            2, 0, rest=struct.pack(">I", 1280))])


def too_big(out, mtu, spi=None, seq=None, to=None, cut=None, check_icmp=None):
    """An ICMP error of a router on the way, about a packet of the SA."""
    esp = struct.pack(">II", out.spi if spi is None else spi,
                      out.seq if seq is None else seq)
    esp += bytes(24)
    protocol = ESP
    if out.encap:
        esp = struct.pack(">HHHH", 4500, out.encap, 8 + len(esp), 0) + esp
        protocol = UDP
    about = ip(out.here, to or out.there, protocol, esp)[:cut]
    if out.outer == 6:
        error = icmp6("2001:db8::99", out.here, 2, 0, struct.pack(">I", mtu),
                      about)
        at = 2
    else:
        error = icmp(3, 4, struct.pack(">HH", 0, mtu), about)
        at = 2
    if check_icmp is not None:
        error = error[:at] + struct.pack(">H", check_icmp) + error[at + 2:]
    if out.outer == 6:
        return ip6("2001:db8::99", out.here, ICMP6, error)
    return ip4("192.0.2.99", out.here, ICMP, error)


ROADS = [(4, None, "192.0.2.71"), (4, 4500, "192.0.2.72"),
         (6, None, "2001:db8::71"), (6, 4500, "2001:db8::72")]


def e25_forged():
    """Who has not seen a packet of ours lately is not believed, nor who says
    what is known."""
    for outer, encap, there in ROADS:
        out = outbound(outer=outer, encap=encap, there=there, seq=100000)
        leaves(out, [near(), near()])
        # What quotes UDP between the two the kernel would believe.
        with Watch(sa=out, rise={"in-path-mtu": 12} if encap else {}):
            for packet in (
                    too_big(out, 1400, spi=out.spi + 1),
                    too_big(out, 1400, spi=0),
                    too_big(out, 1400, to=GW2 if outer == 4 else GW2_6),
                    too_big(out, 1400, seq=out.seq + 1),
                    too_big(out, 1400, seq=out.seq - 70000),
                    too_big(out, 1400, seq=0),
                    too_big(out, 0), too_big(out, 67),
                    too_big(out, 551 if outer == 4 else 1279),
                    too_big(out, 1400, cut=12),
                    too_big(out, 1400, cut=44 if outer == 6 else 24),
                    too_big(out, 1400, check_icmp=0x1234),
                    too_big(out, 1500), too_big(out, 9000)):
                wire.send(packet)
        got = out.get()
        assert got["stats"]["pmtus-rcvd"] == 0, got
        assert got["path-mtu"] == 1500, got


def e25_credible():
    for outer, encap, there in ROADS:
        events = Events()
        out = outbound(outer=outer, encap=encap, there=there)
        before = out.get()
        leaves(out, [near(), near()])
        check(too_big(out, 1400), sa=out)
        got = out.get()
        assert got["stats"]["pmtus-rcvd"] == 1, got
        assert got["path-mtu"] == 1400 and got["path-mtu-age"] > 0, got
        assert got["inner-mtu"] == before["inner-mtu"] - 100, got
        told = events.wait("sa-event", spi=out.spi, reason="path-mtu")
        assert told["path-mtu"] == 1400, told
        # The host hears of it when it sends too much.
        dropped_out("out-too-big", sized(got["inner-mtu"] + 1, frag=DF), out,
                    host=[icmp_error(3, 4, rest=struct.pack(
                        ">I", got["inner-mtu"]))])
        events.close()


# --------------------------------------- E21: a peer that has another address

def move(out, there):
    fields = {"new-local": out.here, "new-remote": there}
    if out.encap:
        fields.update({"new-local-port": 4500, "new-remote-port": out.encap})
    culvert.request("sa-set", dict(out.name(), **fields))
    out.there = there


def refused(error, *args):
    try:
        culvert.request(*args)
    except Refused as why:
        assert why.errno == error, why
        return str(why)
    raise AssertionError(f"{args} is not refused")


def e21_moved():
    """An SA out that has moved has its new name, and no other; packets, the path
    MTU and its end are those of the new address."""
    for outer, encap, there in ROADS:
        again = "192.0.2.73" if outer == 4 else "2001:db8::73"
        out = outbound(outer=outer, encap=encap, there=there)
        leaves(out, near())
        was = out.name()
        for to in again, there, again, again:
            move(out, to)
            assert out.get()["remote"] == to
            leaves(out, near())
        for op in "sa-get", "sa-set", "sa-del":
            assert "no such SA" in refused(errno.ENOENT, op, was)

        # Of the old address' path it is not told, of the new one's it is.
        mtu = out.get()["path-mtu"]
        check(too_big(out, mtu - 100, to=there), sa=out,
              rise={"in-path-mtu": 1} if encap else {})
        assert out.get()["path-mtu"] == mtu
        check(too_big(out, mtu - 100), sa=out)
        assert out.get()["path-mtu"] == mtu - 100

        # Another may have the name that it had, none the one that it has.
        other = outbound(outer=outer, encap=encap, there=there, spi=out.spi)
        other.spi = out.spi
        try:
            move(other, again)
        except Refused as why:
            assert why.errno == errno.EEXIST, why
            assert "with this SPI to this peer" in str(why), why
        assert other.there == there and other.get()["remote"] == there
        other.delete()
        out.delete()


# ------------------------------------------- E26 to E30: what may not go out

def e26_hard_limits():
    events = Events()
    size = len(near())
    for field, value in (("hard-packets", 3), ("hard-octets", 3 * size)):
        out = outbound(**{field: value})
        leaves(out, [near() for _ in range(3)])
        one = near()
        check(one, into=host, rise={"hold-held": 1})
        events.wait("sa-event", spi=out.spi, reason=field)
        until(lambda: all(one["spi"] != out.spi for one in
                          culvert.dump("sa-get")), "it goes away")
        leaves_with_next(one)
    events.close()


def waits_then_leaves(rule=10, one=None, **kwargs):
    """No SA: the packet waits; it leaves with the next one, in ESP."""
    one = one or near()
    check(one, into=host, rise={"hold-held": 1})
    return leaves_with_next(one, rule, **kwargs)


def leaves_with_next(one, rule=10, **kwargs):
    with Watch(rise={"hold-released": 1}) as watch:
        out = outbound(rule=rule, **kwargs)
        watch.wire = [out.opens(forwarded(one))]
    return out


def e26_deleted():
    out = outbound()
    leaves(out, near())
    out.delete()
    waits_then_leaves()


def e27_no_sa():
    """Whatever there is: without an SA it waits, and fails as it should."""
    policy("60 protect dev to-gw2 local 10.1.0.0/24 remote 10.60.0.0/24",
           "61 protect dev to-gw2 local fd01::/64 remote fd60::/64")
    four = ("10.60.0.5", H1)
    packets = [datagram(H1, "10.60.0.5"),
               ip4(*four[::-1], TCP, tcp(*four[::-1], 80, 1234, 4)),
               ip4(*four[::-1], ICMP, icmp(8, 0, bytes(4))),
               ip4(*four[::-1], ICMP, icmp(3, 3, bytes(4), datagram(*four))),
               # A router behind us, about a packet that came in.
               ip4("10.250.0.7", "10.60.0.5", ICMP,
                   icmp(11, 0, bytes(4), datagram(*four))),
               ip4(*four[::-1], UDP, bytes(64), frag=8),
               ip4(*four[::-1], UDP, bytes(64), frag=MORE),
               datagram(H1_6, "fd60::5"),
               ip6("fdfa::7", "fd60::5", ICMP6, icmp6(
                   "fdfa::7", "fd60::5", 3, 0, bytes(4),
                   datagram("fd60::5", H1_6)))]
    check(packets, into=host, rise={"hold-held": len(packets)})
    with Watch(rise={"out-hold-failed": len(packets)},
               host=lambda seen: len(seen) >= 4):
        culvert.request("rule-fail", {"id": 60})
        culvert.request("rule-fail", {"id": 61})
    policy()


def e27_discard():
    policy("62 discard dev to-gw2 local 10.1.0.0/24 remote 10.62.0.0/24",
           "63 discard dev to-gw2 local fd01::/64 remote fd62::/64")
    dropped_out("out-discard", datagram(H1, "10.62.0.5"),
                host=[icmp_error(3, 13)])
    dropped_out("out-discard", datagram(H1_6, "fd62::5"),
                host=[icmp_error(1, 1)])
    for ends in ("10.62.0.5", H1), ("fd62::5", H1_6):
        check(datagram(*ends), rise={"in-discard": 1})
    policy()


def e27_local():
    """What the gateway itself sends."""
    for rule, mine, there in (10, INSIDE, FAR), (11, INSIDE_6, FAR_6):
        out = outbound(rule=rule)
        family = socket.AF_INET6 if ":" in there else socket.AF_INET
        with inside("gw1"):
            sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((mine, 4711))

        def from_it(seen, out=out):
            assert upper(out.open(seen).payload)[1][8:] == b"hello"
        with sock, Watch(sa=out, wire=[from_it]):
            sock.sendto(b"hello", (there, 9))


def e27_answers():
    """What the gateway answers to packets of a tunnel goes back by it."""
    for rule, mine, there in (10, INSIDE, FAR), (11, INSIDE_6, FAR_6):
        sa, out = inbound(rule=rule), outbound(rule=rule)

        def is_reset(seen, out=out):
            protocol, octets = upper(out.open(seen).payload)
            assert protocol == TCP and octets[13] & 4, octets.hex()

        def is_unreachable(seen, out=out):
            payload = out.open(seen).payload
            icmp_error(*((1, 4) if is_ip6(payload) else (3, 3)))(payload)
        check([sa.packet(ip(there, mine, TCP, tcp(there, mine, 1234, 81, 2))),
               sa.packet(datagram(there, mine, dport=4712))], sa=sa,
              wire=[is_reset, is_unreachable])


def e27_backstop():
    """Around IP: a packet socket of the gateway."""
    port = Port("gw1", "to-gw2", "to-gw2")
    port.ethernet = wire.ethernet[6:] + wire.ethernet[:6]
    check([datagram(H1, FAR), datagram(H1_6, FAR_6)], into=port,
          rise={"out-egress": 2})
    # What no rule is for passes.
    one = datagram(GW1, GW2)
    check(one, into=port, wire=[one])
    port.sock.close()


def e27_malformed():
    dropped_out("out-malformed", [
        ip6(H1_6, FAR_6, 60, b"\x11"),
        ip6(H1_6, FAR_6, 60, struct.pack(">BB", 60, 255) + bytes(62))])


def e27_fragments():
    """A later fragment, and a rule that names ports."""
    four = ip4(H1, "10.20.0.5", UDP, bytes(64), frag=8)
    six = ip6(H1_6, "fd20::5", 44, struct.pack(">BBHI", UDP, 0, 64, 7)
              + bytes(64))
    dropped_out("out-fragment", [four, six])
    for rule, one in (20, four), (21, six):
        out = outbound(rule=rule, flags=["non-first-fragments"])
        leaves(out, one)
        outbound(rule=rule)
        dropped_out("out-fragment", one)


def e27_selectors():
    """The SA is for less than its rule: the rest does not leave."""
    out = outbound(selector=[{
        "local-start": address(H1), "local-end": address(H1),
        "remote-start": address(FAR), "remote-end": address(FAR)}])
    leaves(out, near())
    dropped_out("out-selectors", [datagram("10.1.0.3", FAR),
                                  datagram(H1, "10.2.0.6")], out)


def e29_host():
    out = outbound()
    for life in 0, 1:
        check(near(ttl=life), into=host, sa=out, host=[icmp_error(11, 0)])
    one = near(ttl=2)
    check(one, into=host, sa=out, wire=[out.opens(forwarded(one))])
    out = outbound(rule=11)
    for life in 0, 1:
        check(near(6, hops=life), into=host, sa=out, host=[icmp_error(3, 0)])


def e29_outer():
    """The outer TTL or hop limit is the gateway's own, not the inner one."""
    for rule, family in (10, 4), (11, 6):
        for outer in 4, 6:
            out = outbound(rule=rule, outer=outer)
            one = near(family, **{"ttl" if family == 4 else "hops": 3})
            check(one, into=host, sa=out,
                  wire=[out.opens(forwarded(one), ttl=64)])


def e24_flow_label():
    """RFC 6437 4: that of the inner packet; there is none of IPv4."""
    for rule, family, label in ((10, 4, 0), (11, 6, 0), (11, 6, 0xabcde)):
        out = outbound(rule=rule, outer=6)
        one = near(family, **({"flow": label} if label else {}))
        check(one, into=host, sa=out,
              wire=[out.opens(forwarded(one), label=label)])


def e30_broadcast():
    """To the far network's broadcast address it is a packet like others; what
    is for this link is not forwarded."""
    out = outbound()
    leaves(out, datagram(H1, "10.2.0.255"))
    check([datagram(H1, to) for to in ("255.255.255.255", "224.0.0.1",
                                       "239.1.2.3", "10.1.0.255")],
          into=host, sa=out, host=lambda seen: None)


CASES = (
    ("E10 the last number without ESN, sent", e10_stops),
    ("E10 the end is said in time", e10_near),
    ("E10 a ceiling of the sequence", e10_ceiling),
    ("E10 dummies at the end of the numbers", e10_dummies),
    ("E11 ESN over 2^32, sent", e11_over),
    ("E11 ESN over 2^32 in a GSO packet", e11_gso),
    ("E14 dummies sent", e14_dummies),
    ("E24 ECN and DSCP, encapsulated", e24_encapsulate),
    ("E24 DSCP that is not copied", e24_no_dscp_copy),
    ("E24 the outer flow label", e24_flow_label),
    ("E25 too big with DF: the host is told", e25_too_big),
    ("E25 too big without DF: fragmented before ESP", e25_fragmented),
    ("E25 the DF bit copied, set, cleared", e25_df),
    ("E25 an MTU of 68", e25_mtu_68),
    ("E25 an MTU of 68 and IPv6 inside", e25_mtu_68_ip6),
    ("E25 an MTU of 1280", e25_mtu_1280),
    ("E25 forged path MTUs are ignored", e25_forged),
    ("E25 a credible path MTU is learnt", e25_credible),
    ("E21 an SA out that moved has its new name alone", e21_moved),
    ("E26 beyond packets and octets, sent", e26_hard_limits),
    ("E26 without the SA that was deleted", e26_deleted),
    ("E27 no SA: nothing leaves in clear text", e27_no_sa),
    ("E27 discarded: the host is told", e27_discard),
    ("E27 what the gateway sends itself", e27_local),
    ("E27 what the gateway answers to a tunnel", e27_answers),
    ("E27 around the hooks of IP", e27_backstop),
    ("E27 unreadable headers do not leave", e27_malformed),
    ("E27 later fragments where ports count, sent", e27_fragments),
    ("E27 outside the SA though inside its rule, sent", e27_selectors),
    ("E29 TTL and hop limit 0 and 1 from the host", e29_host),
    ("E29 the outer TTL and hop limit", e29_outer),
    ("E30 broadcast and multicast from the host", e30_broadcast),
)

run(CASES)
