#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of netlink-state.sh: requests about settings, rules and SAs, each
refused in words for one reason, counted, and without effect; and what many of
them do at once. Runs in a network namespace of its own, which netlink-state.sh
gives a device "outside" with a peer, 192.0.2.2 and 2001:db8::2, behind it.
"""

import contextlib
import errno
import os
import random
import socket
import struct
import subprocess
import time

from cases import CLONE_NEWNET, Skip, in_child, run, unshare
from cvt import (Culvert, OP_NAMES, OPS, SET_NAMES, SETS, address, decode,
                 encode, name_at, rule_fields)
from genl import (GENL_ID_CTRL, Genl, HEADERS, NLA_F_NESTED,
                  NLA_F_NET_BYTEORDER, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE,
                  NLMSG_ERROR, attr, attrs, u32, u64)
from scene import (IN, KEYS, OUT, RULES, SLOW, alive, but, changes_nothing,
                   culvert, genl, good_keys, heard, listener, named, received,
                   rule, sa, set_scene, udp, unchanged, until)

MANY_RULES, MANY_PAIRS = (5000, 1000) if SLOW else (100000, 20000)
REQUEST_LAST = 17
MAX64 = (1 << 64) - 1


# ---------------------------------------------------------------- checks

def counters(sock=None):
    """The reading is a request itself."""
    answer = (sock or genl).ask(OPS["counter-get"][0], flags=NLM_F_DUMP)
    assert answer.errno == 0, str(answer)
    return [message[-8:] for message in answer.messages]


def risen(before, after):
    """How much each counter rose from one reading to the next."""
    rise = {n: struct.unpack("=Q", b)[0] - struct.unpack("=Q", a)[0]
            for n, (a, b) in enumerate(zip(before, after)) if a != b}
    rise[0] -= 1
    return {n: more for n, more in rise.items() if more}


def check_refusal(op, body, answer, error, words, attribute, missing):
    set_name = OPS[op][1]
    assert answer.errno == error, \
        f"{op}: expected {os.strerror(error)}, got {answer}"
    assert words in answer.words and bool(words) == bool(answer.words), \
        f"{op}: expected '{words}', got {answer}"
    seen = answer.offset
    if seen is not None:
        seen = name_at(set_name, body, HEADERS, seen)
    assert seen == attribute, \
        f"{op}: points at {seen}, not at {attribute}: {answer}"
    seen = answer.missing
    if seen is not None:
        seen = SET_NAMES[set_name][seen]
    assert seen == missing, \
        f"{op}: misses {seen}, not {missing}: {answer}"
    assert not answer.messages, f"{op}: a refusal with an answer: {answer}"


def refuse(op, fields, error, words, attribute=None, missing=None,
           reaches=True, raw=None, flags=0):
    """Sends and compares. reaches: the module itself, not the kernel's policy
    check in front of it, refuses."""
    body = encode(OPS[op][1], fields) if raw is None else raw
    before = counters()
    answer = genl.ask(OPS[op][0], body, flags=flags)
    rise = risen(before, counters())
    check_refusal(op, body, answer, error, words, attribute, missing)
    wanted = {0: 1, 1: 1} if reaches else {}
    assert rise == wanted, f"{op}: counters rose by {rise}, not {wanted}"


def accept(op, fields):
    before = counters()
    answer = culvert.request(op, fields)
    rise = risen(before, counters())
    assert rise == {0: 1}, f"{op}: counters rose by {rise}"
    return answer


def add_and_delete(fields):
    """Adds an SA, returns what the module says of it, deletes it."""
    accept("sa-add", fields)
    name = {k: fields[k] for k in ("direction", "spi", "remote")}
    said = culvert.get("sa-get", name)
    culvert.request("sa-del", name)
    return said


# ------------------------------------------------- N01: attributes, headers

KINDS = {1: "flag", 2: "u8", 3: "u16", 4: "u32", 5: "u64", 10: "binary",
         12: "string", 13: "nest"}
OCTETS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
GOOD = {"flag": b"", "u8": bytes(1), "u16": bytes(2), "u32": bytes(4),
        "u64": bytes(8), "binary": bytes(4), "string": b"x\0", "nest": b""}


def ask_policies():
    """The attributes that the kernel lets pass for each request: for each
    number of one {attribute: type}."""
    answer = genl.ask(10, attr(1, struct.pack("=H", genl.family)),
                      flags=NLM_F_DUMP, family=GENL_ID_CTRL)
    assert answer.errno == 0, str(answer)
    policies, of = {}, {}
    for message in answer.messages:
        for kind, payload, _ in attrs(message[HEADERS:]):
            kind &= 0x3fff
            for number, inner, _ in attrs(payload) if kind in (8, 9) else ():
                number &= 0x3fff
                fields = {k & 0x3fff: v for k, v, _ in attrs(inner)}
                if kind == 9 and 1 in fields:
                    of[number] = struct.unpack("=I", fields[1])[0]
                elif kind == 8:
                    for attribute, body in fields.items():
                        what = {k: v for k, v, _ in attrs(body)}
                        policies.setdefault(number, {})[attribute] = \
                            KINDS[struct.unpack("=I", what[1])[0]]
    return {op: policies.get(policy, {}) for op, policy in of.items()}


def taken(op):
    """(number, type, bits of the number) of each attribute a request takes."""
    for number, kind in POLICIES[OPS[op][0]].items():
        yield number, kind, number | (NLA_F_NESTED if kind == "nest" else 0)


POLICY_FAILED = "Attribute failed policy validation"


def n01_lengths(op):
    for number, kind, bits in taken(op):
        name = SET_NAMES[OPS[op][1]][number]
        for length in (0, OCTETS.get(kind, 0) - 1, OCTETS.get(kind, 0) + 1,
                       65531):
            if kind in OCTETS and 0 <= length:
                refuse(op, None, errno.EINVAL, "invalid attribute length",
                       name, reaches=False, raw=attr(bits, bytes(length)))
        if kind == "flag":
            refuse(op, None, errno.ERANGE, POLICY_FAILED, name,
                   reaches=False, raw=attr(bits, bytes(1)))
        for text in (b"x", b"", b"x" * 16 + b"\0"):
            if kind == "string":
                refuse(op, None, errno.EINVAL, POLICY_FAILED, name,
                       reaches=False, raw=attr(bits, text))


def n01_doubled(op):
    for number, kind, bits in taken(op):
        name = SET_NAMES[OPS[op][1]][number]
        if (op, name) == ("sa-add", "selector"):
            continue
        first = attr(bits, GOOD[kind])
        body = first * 2
        before = counters()
        answer = genl.ask(OPS[op][0], body)
        rise = risen(before, counters())
        assert answer.errno == errno.EINVAL and rise == {0: 1, 1: 1} and \
            answer.words == "attribute is given twice" and \
            answer.offset == HEADERS + len(first), f"{name}: {answer}, {rise}"


def n01_flags(op):
    for number, kind, bits in taken(op):
        name = SET_NAMES[OPS[op][1]][number]
        refuse(op, None, errno.EINVAL, "NLA_F_NESTED is missing"
               if kind == "nest" else "NLA_F_NESTED not expected",
               name, reaches=False,
               raw=attr(bits ^ NLA_F_NESTED, GOOD[kind]))
        refuse(op, None, errno.EINVAL, "NLA_F_NET_BYTEORDER not expected",
               name, raw=attr(bits | NLA_F_NET_BYTEORDER, GOOD[kind]))


def n19_unknown(op):
    """What the set has and the request does not take, and what nothing has."""
    known = POLICIES[OPS[op][0]]
    last = max(known, default=0)
    for number in [*SET_NAMES[OPS[op][1]], 77, 0x3fff]:
        if number in known:
            continue
        answer = genl.ask(OPS[op][0], attr(number, bytes(4)))
        assert answer.errno == errno.EINVAL and answer.offset == HEADERS and \
            answer.words in ("Unknown attribute type",
                             "Unsupported attribute"), \
            f"{number} of {last}: {answer}"


def each(check):
    """A case for every request that takes attributes."""
    def case():
        for op in OPS:
            if OPS[op][0] <= REQUEST_LAST:
                check(op)
    case.__name__ = check.__name__
    return case


def n01_missing():
    which = (("direction", "an SA has a direction"),
             ("spi", "an SA has an SPI"))
    remote = (("remote", "an SA out is named with its remote address"),)
    table = [
        ("policy-add", rule(), (
            ("id", "a rule needs an id"),
            ("action", "a rule needs an action"),
            ("selector", "a rule needs a selector, which may be empty"))),
        ("rule-get", {"id": 1}, (("id", "needs the id of a rule"),)),
        ("rule-fail", {"id": 10}, (("id", "needs the id of a rule"),)),
        ("sa-add", sa(), which + (
            ("rule-id", "an SA belongs to a rule"),
            ("mode", "an SA has a mode"),
            ("local", "needs the address of this gateway"),
            ("remote", "needs the address of the peer"),
            ("suite", "an SA has a suite"))),
        ("sa-add", sa("out"), remote),
        ("explain", {"direction": "out", "source": "10.1.0.1",
                     "destination": "10.2.0.2"},
         (("direction", "needs a direction"), ("source", "needs a source"),
          ("destination", "needs a destination"))),
    ]
    for op in ("sa-set", "sa-del", "sa-get", "sa-dummy"):
        table.append((op, named("out", OUT), which + remote))
    culvert.request("policy-begin")
    for op, good, ones in table:
        for name, words in ones:
            refuse(op, but(good, **{name: None}), errno.EINVAL, words,
                   missing=name)
    culvert.request("policy-abort")


def n01_nest_lies():
    """What stands in a selector is looked at as closely as the rest."""
    def nested(octets, length=None):
        return attr(SETS["rule"]["selector"][0] | NLA_F_NESTED, octets,
                    length)
    start = encode("rule", {"id": 99, "action": "bypass"})
    for octets, words in (
            (attr(2, bytes(1)) * 2, "attribute is given twice"),
            (attr(2 | NLA_F_NET_BYTEORDER, b"\6"),
             "NLA_F_NET_BYTEORDER not expected"),
            (attr(2 | NLA_F_NESTED, b"\6"), "NLA_F_NESTED not expected"),
            (attr(2, b"\6\0"), "invalid attribute length"),
            (attr(2, b""), "invalid attribute length"),
            (attr(7, bytes(1)), "invalid attribute length"),
            (attr(15, bytes(4)), "Unknown attribute type"),
            (attr(77, bytes(4)), "Unknown attribute type")):
        answer = genl.ask(OPS["policy-add"][0], start + nested(octets))
        assert answer.errno == errno.EINVAL and answer.words == words and \
            answer.offset is not None and \
            answer.offset > HEADERS + len(start), f"{octets}: {answer}"
    for octets in (b"\1", b"\1\0\0", attr(2, b"\6", length=9),
                   attr(2, b"\6", length=3)):
        answer = genl.ask(OPS["policy-add"][0], start + nested(octets))
        assert answer.errno in (errno.EINVAL, errno.ERANGE), str(answer)


# ------------------------------------------------------------ N03: namespaces

def n03_apart():
    """Rules and SAs of one namespace are nothing to another."""
    def child():
        unshare(CLONE_NEWNET)
        other = Culvert()
        assert not other.dump("rule-get") and not other.dump("sa-get")
        for op, fields in (("sa-get", named("in", IN)),
                           ("sa-del", named("out", OUT)),
                           ("rule-get", {"id": 10})):
            answer = other.genl.ask(OPS[op][0], encode(OPS[op][1], fields))
            assert answer.errno == errno.ENOENT, str(answer)
        other.request("settings-set", {"rules-max": 5})
        other.policy(RULES[1:3])
        # The same rules and SPIs as there.
        other.request("sa-add", sa(spi=IN))
        other.request("sa-add", sa("out", spi=OUT))
    culvert.request("policy-begin")
    in_child(child)
    culvert.request("policy-abort")


# ------------------------------------------------------------ N04: keys

def n04_good():
    for suite, (encr, integ) in KEYS.items():
        for n in range(max(1, len(encr))):
            for direction in ("in", "out"):
                said = add_and_delete(sa(direction, suite=suite,
                                         **good_keys(suite, n)))
                assert said["suite"] == suite and said["icv-length"] > 0, said
                assert said["driver"], said
        assert encr or integ


def n04_encr_key():
    for suite, (encr, _) in KEYS.items():
        keys = good_keys(suite)
        if not encr:
            refuse("sa-add", sa(suite=suite, **dict(keys, encr_key=b"")),
                   errno.EINVAL, "takes no encr-key", "encr-key")
            refuse("sa-add",
                   sa(suite=suite, **dict(keys, encr_key=bytes(16))),
                   errno.EINVAL, "takes no encr-key", "encr-key")
            continue
        refuse("sa-add", sa(suite=suite, **dict(keys, encr_key=None)),
               errno.EINVAL, "the suite needs an encr-key")
        # Off by one, without its salt, with one salt too many; enormous.
        wrong = {0, 1, 4, 65531}
        for length in encr:
            wrong |= {length - 1, length + 1, length - 4, length + 4}
        for length in wrong - set(encr):
            refuse("sa-add",
                   sa(suite=suite, **dict(keys, encr_key=bytes(length))),
                   errno.EINVAL, "encr-key must have", "encr-key")


def n04_integ_key():
    for suite, (_, integ) in KEYS.items():
        keys = good_keys(suite)
        if integ:
            refuse("sa-add", sa(suite=suite, **dict(keys, integ_key=None)),
                   errno.EINVAL, "the suite needs an integ-key")
        for length in {0, 1, 12, integ - 1, integ + 1, 65531}:
            # 0, 1: a suite that takes none.
            if length < 0:
                continue
            refuse("sa-add",
                   sa(suite=suite, **dict(keys, integ_key=bytes(length))),
                   errno.EINVAL, "integ-key must be" if integ else
                   "takes no integ-key", "integ-key")


def n04_suite():
    for number in (len(KEYS), 255, 0xffffffff):
        refuse("sa-add", sa(suite=number), errno.ERANGE,
               "integer out of range", "suite", reaches=False)
    for suite in ("aes-gcm-12", "null-hmac-sha2-256-128"):
        refuse("sa-add", sa(suite=suite, rule_id=11, **good_keys(suite)),
               errno.EINVAL, "the rule does not allow this suite", "suite")
    culvert.request("policy-begin")
    for suites in (0, 1 << len(KEYS), MAX64):
        refuse("policy-add", rule(suites=suites), errno.EINVAL,
               "no suite, or one that this module does not know", "suites")
    culvert.request("policy-abort")


@contextlib.contextmanager
def without_module(name):
    """The kernel cannot load it meanwhile."""
    loader = "/proc/sys/kernel/modprobe"
    if os.environ.get("CULVERT_DISPOSABLE") != "1":
        raise Skip("it changes which ciphers this machine has")
    subprocess.run(["rmmod", name], stderr=subprocess.DEVNULL, check=False)
    if os.path.exists(f"/sys/module/{name}"):
        raise Skip(f"{name} cannot be taken out of this kernel")
    with open(loader, encoding="ascii") as file:
        right = file.read()
    try:
        with open(loader, "w", encoding="ascii") as file:
            file.write("/bin/false")
        yield
    finally:
        with open(loader, "w", encoding="ascii") as file:
            file.write(right)


def n04_disabled():
    wanted = sa(suite="chacha20-poly1305", **good_keys("chacha20-poly1305"))
    with without_module("chacha20poly1305"):
        refuse("sa-add", wanted, errno.ENOENT,
               "the kernel has no cipher for this suite")
    add_and_delete(wanted)


# ------------------------------------------------------------ N05: replay

def n05_window():
    for window in (0, 1, 31, 33, 63, 8191, 8193, 8224, 1 << 31, 0xffffffff):
        for flags in (None, "esn"):
            refuse("sa-add", sa(replay_window=window, flags=flags),
                   errno.ERANGE,
                   "a replay window is a multiple of 32 from 32 to 8192",
                   "replay-window")
    refuse("sa-add", sa("out", replay_window=64), errno.EINVAL,
           "only an SA in has a replay window", "replay-window")


def n05_good():
    for window in (None, 32, 64, 96, 4096, 8192):
        for flags in ([], ["esn"]):
            said = add_and_delete(sa(replay_window=window, flags=flags))
            assert said["replay-window"] == (window or 64), said
            assert len(said["replay-bitmap"]) * 32 == \
                min(window or 64, 1024), said
            assert said["flags"] == flags, said


def n05_greatest_answer():
    """All that an SA can have fits into an answer and into a dump."""
    selectors = [{"family": 10, "protocol": 17,
                  "local-start": f"fd01::{n:x}", "local-end": "fd01::ffff",
                  "remote-start": f"fd02::{n:x}", "remote-end": "fd02::ffff",
                  "local-port-start": 1, "local-port-end": 2,
                  "remote-port-start": 1, "remote-port-end": 2}
                 for n in range(8)]
    suite = "aes-cbc-hmac-sha2-512-256"
    accept("sa-add", sa(suite=suite, local="2001:db8::1",
                        remote="2001:db8::2", replay_window=8192,
                        sequence=20000, local_port=4500, remote_port=4500,
                        selector=selectors, **good_keys(suite)))
    name = named("in", 0x7777)
    # Each reason to drop makes it greater: short, odd, forged, old, again.
    for sequence, length in ((30000, 9), (30000, 121), (30000, 120), (1, 120),
                             (20000, 120)):
        send_esp(struct.pack("!II", 0x7777, sequence) + bytes(length - 8),
                 encapsulated=True)
    send_esp(struct.pack("!II", 0x7777, 30000) + bytes(88))
    said = culvert.get("sa-get", name)
    assert len(said["selector"]) == 8, said
    assert len(said["stats"]["drop"]) == 6, said["stats"]
    for size in (1 << 17, 1):
        dump = Dump("sa-get")
        while not dump.done:
            dump.receive(size)
        assert size == 1 or (dump.errno, dump.count) == (0, 3), \
            f"{dump.count} SAs, errno {dump.errno}"
    culvert.request("sa-del", name)


def send_esp(octets, encapsulated=False, to="2001:db8::1"):
    """To ourselves; nobody but the module takes it."""
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    kind = (socket.SOCK_DGRAM, 0) if encapsulated else \
        (socket.SOCK_RAW, socket.IPPROTO_ESP)
    with socket.socket(family, *kind) as sock:
        sock.sendto(octets, (to, 4500 if encapsulated else 0))


# ------------------------------------------------------------ N06: SPI

def n06_reserved():
    for spi in (0, 1, 255):
        for direction in ("in", "out"):
            refuse("sa-add", sa(direction, spi=spi), errno.EINVAL,
                   "SPIs below 256 are reserved", "spi")
            for op in ("sa-set", "sa-del", "sa-get", "sa-dummy"):
                refuse(op, named(direction, spi), errno.EINVAL,
                       "SPIs below 256 are reserved", "spi")


def n06_good():
    for spi in (256, 0x7fffffff, 0xffffffff):
        said = add_and_delete(sa(spi=spi))
        assert said["spi"] == spi, said


def n06_duplicate():
    refuse("sa-add", sa(spi=IN), errno.EEXIST,
           "there is an SA in with this SPI")
    refuse("sa-add", sa(spi=IN, remote="192.0.2.77"), errno.EEXIST,
           "there is an SA in with this SPI")
    refuse("sa-add", sa("out", spi=OUT, flags="activate"), errno.EEXIST,
           "there is an SA out with this SPI to this peer")
    # The peer chooses the SPI of an SA out, so another one may choose it too.
    add_and_delete(sa("out", spi=OUT, remote="192.0.2.77"))
    add_and_delete(sa("out", spi=OUT, local="2001:db8::1",
                      remote="2001:db8::2"))
    add_and_delete(sa("in", spi=OUT))
    add_and_delete(sa("out", spi=IN))


# ------------------------------------------------------------ N07: selectors

V4 = {"local-start": "10.1.0.0", "local-end": "10.1.0.255"}
V6 = {"local-start": "fd01::", "local-end": "fd01::ffff"}
BAD_SELECTORS = (
    # fields, words, the attribute that the words point at
    *((dict(V4, **{where: bytes(length)}), "an address has 4 or 16 octets",
       where)
      for where in ("local-start", "local-end")
      for length in (0, 1, 3, 5, 15, 17, 65000)),
    (dict(V4, family=10), "addresses of two families in one selector",
     "local-start"),
    (dict(V6, family=2), "addresses of two families in one selector",
     "local-start"),
    (dict(V4, **{"local-end": "fd01::1"}),
     "addresses of two families in one selector", "local-end"),
    (dict(V4, **{"remote-start": "fd01::1", "remote-end": "fd01::2"}),
     "addresses of two families in one selector", "remote-start"),
    *((dict(family=family), "the family is 2 for IPv4 or 10 for IPv6",
       "family") for family in (0, 1, 3, 9, 11, 255)),
    (dict(V6, **{"local-start": "::ffff:10.1.0.0"}),
     "an IPv4 address is given in 4 octets, not mapped into IPv6",
     "local-start"),
    (dict(V6, **{"local-end": "::ffff:10.1.0.0"}),
     "an IPv4 address is given in 4 octets, not mapped into IPv6",
     "local-end"),
    *(({where: "10.1.0.0"}, "a range of addresses has a start and an end",
       where) for where in ("local-start", "local-end", "remote-start",
                            "remote-end")),
    (dict(V4, **{"local-end": "10.0.255.255"}),
     "the range ends before it starts", "local-end"),
    (dict(V6, **{"local-start": "fd01:1::", "local-end": "fd01:0:ffff::"}),
     "the range ends before it starts", "local-end"),
    ({"remote-start": "::2", "remote-end": "::1"},
     "the range ends before it starts", "remote-end"),
    ({"protocol": 0}, "any protocol is said by leaving it out", "protocol"),
    *(({"protocol": 6, f"{side}-port-start": 5, f"{side}-port-end": 4},
       "the range ends before it starts", f"{side}-port-end")
      for side in ("local", "remote")),
    *(({"protocol": 17, where: 5}, "a range has a start and an end", where)
      for where in ("local-port-start", "local-port-end",
                    "remote-port-start", "remote-port-end")),
    *(({"protocol": 1, where: 5}, "a range has a start and an end", where)
      for where in ("icmp-type-start", "icmp-type-end", "icmp-code-start",
                    "icmp-code-end")),
    ({"protocol": 58, "icmp-type-start": 9, "icmp-type-end": 8},
     "the range ends before it starts", "icmp-type-end"),
    ({"protocol": 58, "icmp-code-start": 9, "icmp-code-end": 8},
     "the range ends before it starts", "icmp-code-end"),
    *((dict({"local-port-start": 5, "local-port-end": 5}, **protocol),
       "ports need a protocol that has them", None)
      for protocol in ({}, {"protocol": 1}, {"protocol": 47},
                       {"protocol": 255})),
    *((dict({"icmp-type-start": 5, "icmp-type-end": 5}, **protocol),
       "ICMP types and codes need protocol 1 or 58", None)
      for protocol in ({}, {"protocol": 6}, {"protocol": 255})),
)


def n07_selectors():
    culvert.request("policy-begin")
    for selector, words, attribute in BAD_SELECTORS:
        if attribute:
            attribute = f"selector.{attribute}"
        refuse("policy-add", rule(selector=selector), errno.EINVAL, words,
               attribute)
        if len(str(selector)) < 4000:
            refuse("sa-add", sa(selector=[selector]), errno.EINVAL, words,
                   attribute)
    culvert.request("policy-abort")


def n07_second_selector():
    """Of several, the bad one is found wherever it stands."""
    for n in (1, 7):
        body = encode("sa", sa(selector=[V4] * n + [{"protocol": 0}]))
        answer = genl.ask(OPS["sa-add"][0], body)
        assert answer.errno == errno.EINVAL and \
            answer.offset == HEADERS + len(body) - 8, str(answer)
    refuse("sa-add", sa(selector=[V4] * 9), errno.ENOSPC,
           "an SA has at most 8 selectors", "selector")
    said = add_and_delete(sa(selector=[V4] * 8))
    assert len(said["selector"]) == 8


def n07_addresses_of_an_sa():
    for name in ("local", "remote"):
        for length in (0, 3, 5, 15, 17, 65000):
            refuse("sa-add", sa(**{name: bytes(length)}), errno.EINVAL,
                   "an address has 4 or 16 octets", name)
        refuse("sa-add", sa(**{name: "::ffff:192.0.2.1"}), errno.EINVAL,
               "an IPv4 address is given in 4 octets, not mapped", name)
        for one in ("0.0.0.0", "224.0.0.1", "255.255.255.255"):
            refuse("sa-add", sa(**{name: one}), errno.EINVAL,
                   "the address of a gateway is a unicast one", name)
        for one in ("::", "ff02::1"):
            v6 = {"local": "2001:db8::1", "remote": "2001:db8::2", name: one}
            refuse("sa-add", sa(**v6), errno.EINVAL,
                   "the address of a gateway is a unicast one", name)
    refuse("sa-add", sa(remote="2001:db8::2"), errno.EINVAL,
           "local and remote are of two families", "remote")
    # Transport mode: rule 12 is of IPv6, rule 10 of IPv4.
    words = "in transport mode the rule's selector and the SA's addresses"
    refuse("sa-add", sa(rule_id=12, mode="transport"), errno.EINVAL, words)
    refuse("sa-add", sa(mode="transport", local="2001:db8::1",
                        remote="2001:db8::2"), errno.EINVAL, words)


def n07_addresses_of_a_rule():
    culvert.request("policy-begin")
    for name in ("local", "peer"):
        refuse("policy-add", rule(**{name: bytes(5)}), errno.EINVAL,
               "an address has 4 or 16 octets", name)
    refuse("policy-add", rule(local="192.0.2.1", peer="2001:db8::2"),
           errno.EINVAL, "local and peer are of two families", "peer")
    culvert.request("policy-abort")


def n07_flows():
    """Questions are no better than rules."""
    good = {"direction": "out", "source": "10.1.0.1",
            "destination": "10.2.0.2"}
    for name in ("source", "destination"):
        for length in (0, 3, 5, 15, 17, 65000):
            refuse("explain", but(good, **{name: bytes(length)}),
                   errno.EINVAL, "an address has 4 or 16 octets", name)
    refuse("explain", but(good, source="fd01::1"), errno.EINVAL,
           "source and destination are of two families")
    for length in (0, 1, 19, 65536, 0xffffffff):
        refuse("explain", but(good, length=length), errno.EINVAL,
               "an IP packet has 20 to 65535 octets")
    for name in ("nowhere", "outsid", "outside2"):
        refuse("explain", but(good, device=name), errno.ENODEV,
               "there is no such device", "device")


# ------------------------------------------------------------ N08: enums

def n08_ranges():
    """(request, attribute, last good value); what is beyond never reaches."""
    for op, good, name, last in (
            ("policy-add", rule(), "action", 2), ("policy-add", rule(),
                                                  "mode", 1),
            ("policy-add", rule(), "df", 2), ("sa-add", sa(), "direction", 1),
            ("sa-add", sa(), "mode", 1), ("sa-add", sa(), "df", 2),
            ("sa-add", sa(), "suite", 12),
            ("sa-set", named("in", IN), "direction", 1),
            ("sa-del", named("in", IN), "direction", 1),
            ("sa-get", named("in", IN), "direction", 1),
            ("sa-dummy", named("out", OUT), "direction", 1),
            ("explain", {"source": "10.1.0.1", "destination": "10.2.0.2"},
             "direction", 1)):
        for value in (last + 1, 255, 1 << 31, 0xffffffff):
            refuse(op, but(good, **{name: value}), errno.ERANGE,
                   "integer out of range", name, reaches=False)
    for op, good in (("policy-add", rule()), ("sa-add", sa()),
                     ("sa-set", named("out", OUT))):
        for value in (8, 1 << 31, 0xffffffff):
            refuse(op, but(good, flags=value), errno.EINVAL,
                   "reserved bit set", "flags", reaches=False)


def n08_what_does_not_go_together():
    culvert.request("policy-begin")
    for action in ("bypass", "discard"):
        for name, value in (("mode", 0), ("suites", 1), ("df", 0),
                            ("mark", 0), ("flags", 0),
                            ("local", "192.0.2.1"), ("peer", "192.0.2.2")):
            refuse("policy-add", rule(action=action, **{name: value}),
                   errno.EINVAL, "only a protect rule takes this", name)
    refuse("policy-add", rule(id=0), errno.EINVAL,
           "the id of a rule is not 0", "id")
    culvert.request("policy-abort")
    refuse("sa-add", sa(rule_id=2), errno.EINVAL,
           "this rule does not protect: it takes no SA", "rule-id")
    for number in (0, 3, MAX64):
        refuse("sa-add", sa(rule_id=number), errno.ENOENT,
               "no rule in force has this id", "rule-id")
    refuse("sa-add", sa(rule_id=11, mode="transport"), errno.EINVAL,
           "the rule wants the other mode", "mode")
    refuse("sa-add", sa(flags="activate"), errno.EINVAL,
           "only an SA out is activated", "flags")
    refuse("sa-add", sa(tfc_length=500), errno.EINVAL,
           "only an SA out in tunnel mode pads packets", "tfc-length")
    refuse("sa-add", sa("out", mode="transport", tfc_length=500),
           errno.EINVAL, "only an SA out in tunnel mode pads packets",
           "tfc-length")
    refuse("sa-set", named("in", IN, tfc_length=500), errno.EINVAL,
           "only an SA out in tunnel mode pads packets", "tfc-length")


# ------------------------------------------------------------ N09: UDP

def n09_ports():
    for op, good, local, remote in (
            ("sa-add", sa(), "local-port", "remote-port"),
            ("sa-set", named("out", OUT, new_local="192.0.2.1",
                             new_remote="192.0.2.77"),
             "new-local-port", "new-remote-port")):
        both = {local: 4500, remote: 4500}
        words = "ESP in UDP has a local and a remote port"
        refuse(op, but(good, **{local: 4500}), errno.EINVAL, words, local)
        refuse(op, but(good, **{remote: 4500}), errno.EINVAL, words, remote)
        for name in (local, remote):
            refuse(op, but(good, **dict(both, **{name: 0})), errno.EINVAL,
                   "a UDP port is not 0", name)
        for port in (1, 500, 4501, 65535):
            refuse(op, but(good, **dict(both, **{local: port})),
                   errno.EINVAL,
                   "the UDP port of this side is 4500 (RFC 3948)", local)


# ------------------------------------------------------------ N10: updates

def n10_no_such():
    for name in (named("in", 0x9999), named("out", 0x9999),
                 named("out", IN), named("in", OUT),
                 named("out", OUT, remote="192.0.2.3"),
                 named("out", OUT, remote="2001:db8::2")):
        for op in ("sa-set", "sa-del", "sa-get", "sa-dummy"):
            refuse(op, name, errno.ENOENT, "there is no such SA", "spi")
    for number in (0, 3, 99, MAX64):
        for op in ("rule-get", "rule-fail"):
            refuse(op, {"id": number}, errno.ENOENT,
                   "no rule in force has this id", "id")


def n10_lifetimes():
    for op, good in (("sa-add", sa()), ("sa-set", named("in", IN)),
                     ("sa-set", named("out", OUT))):
        for unit in ("seconds", "octets", "packets"):
            for soft, hard in ((2, 1), (MAX64, 1), (MAX64, MAX64 - 1)):
                refuse(op, but(good, **{f"soft-{unit}": soft,
                                        f"hard-{unit}": hard}),
                       errno.EINVAL, "a soft lifetime exceeds the hard one")


def n10_lifetimes_good():
    name = named("in", 0x7777)
    culvert.request("sa-add", sa())
    for unit in ("seconds", "octets", "packets"):
        for soft, hard in ((MAX64, MAX64), (1000, 1000), (1000, 0), (0, 0)):
            accept("sa-set", but(name, **{f"soft-{unit}": soft,
                                          f"hard-{unit}": hard}))
            said = culvert.get("sa-get", name)
            assert (said[f"soft-{unit}"], said[f"hard-{unit}"]) == \
                (soft, hard), said
            # One of them alone is compared with the other one that is there.
            if hard == 1000:
                refuse("sa-set", but(name, **{f"soft-{unit}": 1001}),
                       errno.EINVAL, "a soft lifetime exceeds the hard one")
    for idle in (MAX64, 1 << 40, 0):
        accept("sa-set", but(name, idle_seconds=idle))
    culvert.request("sa-del", name)


def n10_sequence():
    out = named("out", OUT)
    words = "it can be raised, not lowered"
    for sequence in (0, 1, 999):
        refuse("sa-set", but(out, sequence=sequence), errno.EINVAL, words,
               "sequence")
    for ceiling in (0, 1, 99999):
        refuse("sa-set", but(out, sequence_ceiling=ceiling), errno.EINVAL,
               words, "sequence-ceiling")
    for name in ("sequence", "sequence-ceiling"):
        for value in (1 << 32, 1 << 63, MAX64):
            for op, good in (("sa-set", out), ("sa-add", sa("out"))):
                refuse(op, but(good, **{name: value}), errno.ERANGE,
                       "without ESN a sequence number has 32 bits", name)
        refuse("sa-set", but(named("in", IN), **{name: 5}), errno.EINVAL,
               "the sequence number of an SA in moves with its packets")
    refuse("sa-add", sa(sequence_ceiling=5), errno.EINVAL,
           "only an SA out has a ceiling", "sequence-ceiling")


def n10_flags():
    words = "of a living SA, only activate can be set, and only of one out"
    for flags in (0, "esn", "non-first-fragments", "esn,activate"):
        refuse("sa-set", named("out", OUT, flags=flags), errno.EINVAL, words,
               "flags")
    refuse("sa-set", named("in", IN, flags="activate"), errno.EINVAL, words,
           "flags")


def n10_move():
    out = named("out", OUT)
    there = {"new-local": "192.0.2.1", "new-remote": "192.0.2.77"}
    refuse("sa-set", but(out, new_local="192.0.2.1"), errno.EINVAL,
           "needs the address of the peer", missing="new-remote")
    for name in ("new-remote", "new-local-port", "new-remote-port"):
        value = 4500 if "port" in name else "192.0.2.77"
        refuse("sa-set", but(out, **{name: value}), errno.EINVAL,
               "needs the address of this gateway", missing="new-local")
    refuse("sa-set", but(out, new_local="2001:db8::1",
                         new_remote="2001:db8::77"), errno.EINVAL,
           "an SA keeps its family", "new-local")
    refuse("sa-set", but(out, **dict(there, new_remote="2001:db8::77")),
           errno.EINVAL, "local and remote are of two families",
           "new-remote")
    for one in ("0.0.0.0", "224.0.0.1", "255.255.255.255"):
        refuse("sa-set", but(out, **dict(there, new_remote=one)),
               errno.EINVAL, "the address of a gateway is a unicast one",
               "new-remote")


def n10_all_or_nothing():
    """Good changes beside a bad one are not made."""
    good = {"sequence": 5000, "sequence-ceiling": 200000,
            "soft-octets": 1 << 40, "hard-packets": 1 << 41,
            "idle-seconds": 77, "tfc-length": 77,
            "new-local": "192.0.2.1", "new-remote": "192.0.2.77"}
    out = dict(named("out", OUT), **good)
    for bad in ({"sequence": 1}, {"sequence-ceiling": 1},
                {"sequence": MAX64}, {"hard-octets": 1},
                {"new-remote": "0.0.0.0"}, {"new-local": "2001:db8::1"},
                {"new-local-port": 4500}, {"flags": 0},
                {"new-local": "2001:db8::1", "new-remote": "2001:db8::2"}):
        with unchanged():
            before = counters()
            answer = genl.ask(OPS["sa-set"][0],
                              encode("sa", dict(out, **bad)))
            rise = risen(before, counters())
            assert answer.errno and rise == {0: 1, 1: 1}, f"{bad}: {answer}"


def n10_settings():
    """Nor of settings."""
    for name, least, most in (
            ("hold-packets", 1, 16384), ("hold-octets", 4096, 1 << 30),
            ("hold-total", 4096, 1 << 30), ("hold-age", 1, 600000),
            ("acquire-interval", 10, 600000), ("rules-max", 1, 1 << 20),
            ("sas-max", 1, 1 << 20)):
        now = culvert.get("settings-get")
        words = "outside the range that the contract gives for this setting"
        for value in {0, least - 1, most + 1, 0xffffffff}:
            with unchanged():
                refuse("settings-set", {"hold-packets": 77, "sas-max": 77,
                                        name: value}, errno.ERANGE, words,
                       name)
        for value in (least, most, now[name]):
            accept("settings-set", {name: value})
            assert culvert.get("settings-get") == dict(now, **{name: value})


def n10_dead():
    """An SA that its hard lifetime ended is soon none."""
    name = named("out", 0x7777)
    culvert.request("sa-add", sa("out", hard_packets=1, flags="activate"))
    culvert.request("sa-dummy", but(name, dummies=1, dummy_length=10))
    refuse_dead = but(name, dummies=3, dummy_length=10)
    answer = genl.ask(OPS["sa-dummy"][0], encode("sa", refuse_dead))
    assert answer.errno == errno.EKEYEXPIRED and answer.words == \
        "the SA has reached a lifetime or its last sequence number", \
        str(answer)
    until(lambda: genl.ask(OPS["sa-get"][0], encode("sa", name)).errno ==
          errno.ENOENT, lambda: "it lives")
    for op in ("sa-set", "sa-del", "sa-get", "sa-dummy"):
        refuse(op, name, errno.ENOENT, "there is no such SA", "spi")
    # Rule 10 sends through nothing now; the scene is as it was before.
    said = culvert.get("rule-get", {"id": 10})
    assert "out-spi" not in said, said
    culvert.request("sa-set", named("out", OUT, flags="activate"))


def n10_dummies():
    words = "1 to 65536 dummies of at most 9000 octets leave through an SA out"
    for fields in (named("in", IN), named("out", OUT, dummies=0),
                   named("out", OUT, dummies=65537),
                   named("out", OUT, dummies=0xffffffff),
                   named("out", OUT, dummy_length=9001),
                   named("out", OUT, dummy_length=0xffffffff)):
        refuse("sa-dummy", fields, errno.EINVAL, words)


# ------------------------------------------------------------ the rule lists

def policy_needs_begin():
    words = "this socket has no list in the making: policy-begin comes first"
    for op, fields in (("policy-add", rule()), ("policy-commit", {}),
                       ("policy-abort", {})):
        refuse(op, fields, errno.ENOENT, words)


def policy_one_at_a_time():
    other = Culvert()
    other.request("policy-begin")
    other.request("policy-add", rule())
    refuse("policy-begin", {}, errno.EBUSY,
           "another socket is making a list of rules")
    policy_needs_begin()
    # It closes: the list is gone.
    other.genl.socket.close()
    culvert.request("policy-begin")
    culvert.request("policy-begin")
    culvert.request("policy-abort")


def policy_commits():
    generation = culvert.get("settings-get")["generation"]
    culvert.request("policy-begin")
    for wrong in (0, generation + 1, 0xffffffff):
        refuse("policy-commit", {"generation": wrong}, errno.ESTALE,
               "another list has come into force since", "generation")
    culvert.request("policy-add", rule())
    culvert.request("policy-add", rule(action="bypass"))
    refuse("policy-commit", {}, errno.EEXIST, "two rules have the same id")
    culvert.request("policy-abort")
    # Another action, device, selector.
    for line in ("10 discard dev outside local 10.1.0.0/24"
                 " remote 10.2.0.0/24",
                 "10 protect local 10.1.0.0/24 remote 10.2.0.0/24",
                 "10 protect dev inside local 10.1.0.0/24 remote 10.2.0.0/24",
                 "10 protect dev outside local 10.1.0.0/24",
                 "10 protect dev outside local 10.1.0.0/24"
                 " remote 10.2.0.0/24 proto 6"):
        culvert.request("policy-begin")
        culvert.request("policy-add", rule_fields(line))
        refuse("policy-commit", {}, errno.EEXIST,
               "a rule in force has the id of a new one")
        culvert.request("policy-abort")


def policy_devices():
    culvert.request("policy-begin")
    for n in range(64):
        culvert.request("policy-add", rule(id=n + 1, device=f"dev{n}"))
    refuse("policy-add", rule(device="dev64"), errno.ENOSPC,
           "rules are bound to more than 64 devices")
    culvert.request("policy-add", rule(device="dev63"))
    culvert.request("policy-abort")


# ------------------------------------------------------------ N11: deletion

def n11_twice():
    for direction in ("in", "out"):
        name = named(direction, 0x7777)
        culvert.request("sa-add", sa(direction))
        accept("sa-del", name)
        refuse("sa-del", name, errno.ENOENT, "there is no such SA", "spi")


def n11_two_sockets():
    """Two processes delete the same SAs: each SA goes once."""
    spis = range(0x8000, 0x8000 + 500)
    add_many(culvert, spis, "out")

    def delete(seed):
        mine = Culvert()
        order = list(spis)
        random.Random(seed).shuffle(order)
        deleted = 0
        for spi in order:
            answer = mine.genl.ask(OPS["sa-del"][0],
                                   encode("sa", named("out", spi)))
            assert answer.errno in (0, errno.ENOENT), str(answer)
            deleted += not answer.errno
        return deleted

    reader, writer = os.pipe()
    for seed in range(2):
        if os.fork() == 0:
            try:
                os.write(writer, f"{delete(seed)}\n".encode())
            finally:
                os._exit(0)
    os.close(writer)
    for _ in range(2):
        os.wait()
    with os.fdopen(reader) as pipe:
        counts = [int(line) for line in pipe]
    assert len(counts) == 2 and sum(counts) == len(spis), counts


# ------------------------------------------------------------ N12: dumps

class Dump:
    """A dump, a recv at a time. messages: their octets."""

    def __init__(self, op, buffer=None):
        self.genl = Genl()
        if buffer:
            self.genl.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                        buffer)
        self.genl.family = genl.family
        self.done = False
        self.errno = None
        self.count = 0
        self.messages = []
        self.genl.socket.send(self.genl.message(OPS[op][0],
                                                flags=NLM_F_DUMP))

    def receive(self, size=1 << 17):
        octets = self.genl.socket.recv(size)
        if len(octets) < 20:
            # Cut short: only whether it is the end can be told.
            octets = b""
            self.done = received(self.genl.socket, 1,
                                 socket.MSG_PEEK) is None
        at = 0
        while at < len(octets):
            length, kind = struct.unpack_from("=IH", octets, at)
            if kind in (NLMSG_DONE, NLMSG_ERROR):
                self.done = True
                self.errno = -struct.unpack_from("=i", octets, at + 16)[0]
            else:
                self.count += 1
                self.messages.append(octets[at:at + length])
            at += (length + 3) & ~3

    def rest(self):
        while not self.done:
            self.receive()
        return self

    def keys(self):
        return [tuple((v for k, v, _ in attrs(m[HEADERS:]) if k in (1, 2)))
                for m in self.messages]


def template(set_name, fields, marks):
    """Attributes with places for what differs: a function from values, octets
    each, to the attributes."""
    octets = encode(set_name, fields)
    parts = []
    for mark in marks:
        before, found, octets = octets.partition(mark)
        assert found, mark
        parts.append(before)
    parts.append(octets)

    def fill(*values):
        out = [parts[0]]
        for value, part in zip(values, parts[1:]):
            out += (value, part)
        return b"".join(out)
    return fill


def sa_template(direction, **changes):
    return template("sa", sa(direction, spi=0x12345678, **changes),
                    [bytes.fromhex("12345678")])


def add_many(client, spis, direction, **changes):
    fill = sa_template(direction, **changes)
    client.many("sa-add", (fill(struct.pack("!I", spi)) for spi in spis))


def delete_many(client, spis, direction):
    fill = template("sa", named(direction, 0x12345678),
                    [bytes.fromhex("12345678")])
    client.many("sa-del", (fill(struct.pack("!I", spi)) for spi in spis))


SPIS = range(0x8000, 0x8000 + 300)


def with_sas(case):
    """A case with 300 SAs in more."""
    def checked():
        add_many(culvert, SPIS, "in")
        try:
            case()
        finally:
            left = {one["spi"] for one in culvert.dump("sa-get")
                    if one["direction"] == "in"} & set(SPIS)
            delete_many(culvert, left, "in")
    checked.__name__ = case.__name__
    return checked


def n12_insert():
    dump = Dump("sa-get")
    dump.receive()
    assert not dump.done and dump.count < len(SPIS)
    add_many(culvert, range(0x9000, 0x9000 + 100), "in")
    keys = dump.rest().keys()
    delete_many(culvert, range(0x9000, 0x9000 + 100), "in")
    assert dump.errno == 0
    assert len(keys) == len(set(keys)), "an SA came twice"
    wanted = {(u32(0), struct.pack("!I", spi)) for spi in SPIS}
    assert wanted <= set(keys), "an SA did not come"


def n12_flush():
    dump = Dump("sa-get")
    dump.receive()
    assert not dump.done and dump.count < len(SPIS)
    delete_many(culvert, SPIS, "in")
    keys = dump.rest().keys()
    assert dump.errno == 0 and len(keys) == len(set(keys))
    # What was on its way, and no more.
    assert len(keys) < len(SPIS), len(keys)


def n12_other_rules():
    rules = [f"{n} bypass local 10.6.{n // 256}.{n % 256}"
             for n in range(1000, 1300)]
    culvert.policy(RULES + rules)
    dump = Dump("rule-get")
    dump.receive()
    assert not dump.done
    culvert.policy(RULES)
    before = counters()
    dump.rest()
    rise = risen(before, counters())
    assert dump.errno == errno.EAGAIN, f"errno {dump.errno}"
    assert rise == {1: 1}, f"counters rose by {rise}"
    assert Dump("rule-get").rest().count == len(RULES)


def n12_one_octet():
    dump = Dump("sa-get")
    while not dump.done:
        dump.receive(1)
    # The same socket still works.
    assert dump.genl.ask(OPS["sa-get"][0],
                         encode("sa", named("in", IN))).errno == 0


def n12_small_buffer():
    dump = Dump("sa-get", buffer=1).rest()
    assert dump.errno == 0 and dump.count == len(SPIS) + 2, dump.count


def n12_closed():
    for op in ("sa-get", "counter-get", "object-get", "rule-get"):
        for receives in range(3):
            dump = Dump(op)
            for _ in range(receives):
                if not dump.done:
                    dump.receive()
            dump.genl.socket.close()


def n12_two_at_once():
    """A second dump on a socket that has not read the first: busy."""
    dump = Dump("sa-get")
    message = dump.genl.message(OPS["sa-get"][0], flags=NLM_F_DUMP)
    dump.genl.socket.send(message)
    dump.done = False
    errors = set()
    while len(errors) < 2:
        dump.done = False
        dump.receive()
        if dump.done:
            errors.add(dump.errno)
    assert errors == {0, errno.EBUSY}, errors


def n12_not_dumps():
    for op, (number, _) in OPS.items():
        if number > REQUEST_LAST or \
                op in ("counter-get", "object-get", "rule-get", "sa-get"):
            continue
        refuse(op, {}, errno.EOPNOTSUPP, "", reaches=False,
               flags=NLM_F_DUMP)


def n12_filters():
    """A dump takes no attribute, so none that lies (CVE-2023-3106)."""
    for op, fields in (("sa-get", named("in", IN)), ("rule-get", {"id": 10})):
        refuse(op, fields, errno.EINVAL, "this dump takes no attribute",
               next(iter(fields)) if HAS_OFFSETS else None, flags=NLM_F_DUMP)


# ------------------------------------------------------------ N13: many

def n13_rules():
    fill = template("rule", {
        "id": 0x1122334455667788, "action": "protect", "selector": {
            "local-start": "10.1.0.0", "local-end": "10.1.255.255",
            "remote-start": "99.88.77.66", "remote-end": "99.88.77.66"}},
        [u64(0x1122334455667788), address("99.88.77.66"),
         address("99.88.77.66")])

    def one(n):
        where = struct.pack("!I", 0x0b000000 + n)
        return fill(u64(1000 + n), where, where)
    scene = [encode("rule", rule_fields(line)) for line in RULES]
    culvert.request("policy-begin")
    culvert.many("policy-add", scene)
    culvert.many("policy-add", (one(n) for n in range(MANY_RULES)))
    culvert.commit()
    assert culvert.get("settings-get")["rules"] == MANY_RULES + len(RULES)
    dump = Dump("rule-get").rest()
    ids = [struct.unpack_from("=Q", m, HEADERS + 4)[0] for m in dump.messages]
    assert dump.errno == 0 and ids[len(RULES):] == \
        list(range(1000, 1000 + MANY_RULES)), len(ids)
    for n in (0, MANY_RULES // 2, MANY_RULES - 1):
        said = culvert.get("explain", {
            "direction": "out", "source": "10.1.2.3",
            "destination": struct.pack("!I", 0x0b000000 + n)})
        assert said["rule-id"] == 1000 + n and said["verdict"] == "hold", said
    culvert.policy(RULES)


def n13_sas():
    spis = range(0x10000, 0x10000 + MANY_PAIRS)
    held = culvert.get("settings-get")["sas"]
    before = alive()
    for direction in ("in", "out"):
        add_many(culvert, spis, direction)
    assert culvert.get("settings-get")["sas"] == held + 2 * MANY_PAIRS
    dump = Dump("sa-get").rest()
    keys = dump.keys()
    assert dump.errno == 0 and len(keys) == held + 2 * MANY_PAIRS == \
        len(set(keys)), len(keys)
    assert alive()["sa"] >= held + 2 * MANY_PAIRS
    # Packets leave through any of them.
    for spi in spis[0], spis[MANY_PAIRS // 2], spis[-1]:
        culvert.request("sa-set", named("out", spi, flags="activate"))
        udp("10.2.0.2", 1500)
        assert culvert.get("sa-get", named("out", spi))["packets"] == 1
    culvert.request("sa-set", named("out", OUT, flags="activate"))
    for direction in ("in", "out"):
        delete_many(culvert, spis, direction)
    until(lambda: alive() == before, lambda: f"left: {alive()}, not {before}")


def n13_caps():
    settings = culvert.get("settings-get")
    culvert.request("settings-set", {"sas-max": settings["sas"] + 1,
                                     "rules-max": 3})
    culvert.request("sa-add", sa())
    for direction in ("in", "out"):
        refuse("sa-add", sa(direction, spi=0x7778), errno.ENOSPC,
               "the namespace has sas-max SAs already")
    # What is there can go, and then another can come.
    culvert.request("sa-del", named("in", 0x7777))
    add_and_delete(sa(spi=0x7778))
    # Fewer than there are: none goes, none comes.
    culvert.request("settings-set", {"sas-max": 1})
    refuse("sa-add", sa(), errno.ENOSPC,
           "the namespace has sas-max SAs already")
    culvert.request("policy-begin")
    for n in range(3):
        culvert.request("policy-add", rule(id=n + 1))
    refuse("policy-add", rule(), errno.ENOSPC,
           "the list has rules-max rules already")
    culvert.request("policy-abort")
    culvert.request("settings-set", {k: settings[k]
                                     for k in ("sas-max", "rules-max")})


# ------------------------------------------------------------ N14: sockets

def make_event(out, ceiling):
    """One sa-event: the SA reaches its ceiling, which rises by one."""
    fill = but(out, sequence_ceiling=ceiling)
    culvert.request("sa-set", fill)
    answer = genl.ask(OPS["sa-dummy"][0],
                      encode("sa", but(out, dummies=2, dummy_length=8)))
    assert answer.errno == errno.EKEYEXPIRED, str(answer)


def n14_never_reads():
    deaf, hears = listener(1), listener(1 << 20)
    out = named("out", 0x7777)
    culvert.request("sa-add", sa("out", sequence=1, sequence_ceiling=1))
    for ceiling in range(2, 202):
        make_event(out, ceiling)
    culvert.request("sa-del", out)
    number = len(heard(hears))
    assert number >= 200, number
    # It lost some, is told so, and hears again.
    try:
        number = len(heard(deaf))
        raise AssertionError(f"it lost nothing and heard {number}")
    except OSError as why:
        assert why.errno == errno.ENOBUFS, why
    heard(deaf)
    culvert.request("sa-add", sa("out", sequence=1, sequence_ceiling=1))
    make_event(out, 2)
    culvert.request("sa-del", out)
    assert heard(deaf)


def n14_many_sockets():
    """1,000 sockets, which listen too, and then all close at once."""
    number = 100 if SLOW else 1000
    sockets = [listener() for _ in range(number)]
    message = sockets[0].message(OPS["version-get"][0], family=genl.family)
    out = named("out", 0x7777)
    culvert.request("sa-add", sa("out", sequence=1, sequence_ceiling=1))
    make_event(out, 2)
    culvert.request("sa-del", out)
    for one in sockets:
        one.socket.send(message)
    for one in sockets:
        kinds = set()
        while NLMSG_ERROR not in kinds:
            octets = one.socket.recv(1 << 16)
            kinds.add(struct.unpack_from("=IH", octets)[1])
        one.socket.close()


# ------------------------------------------------------------ N15: octets

# Lengths that what has no type of its own may have.
BINARY = {"hold-time": (160,), "header": range(1, 129)}


def check_octets(set_name, octets, what):
    """Lengths are exact; what fills up to a multiple of 4 is 0."""
    for kind, payload, at in attrs(octets):
        name = SET_NAMES[set_name].get(kind & 0x3fff)
        assert name, f"{what}: attribute {kind:#x}"
        _, of, _, nested, _, _, sub = SETS[set_name][name]
        what_now = f"{what}.{name}"
        assert bool(kind & NLA_F_NESTED) == (of == "nest") and \
            not kind & NLA_F_NET_BYTEORDER, f"{what_now}: {kind:#x}"
        end = at + 4 + len(payload)
        assert not any(octets[end:(end + 3) & ~3]), \
            f"{what_now}: {octets[at:(end + 3) & ~3].hex()}"
        if of == "nest":
            check_octets(nested, payload, what_now)
        elif of == "string":
            assert payload.find(b"\0") == len(payload) - 1, what_now
        elif of in OCTETS:
            assert len(payload) == OCTETS[of], what_now
        elif name == "replay-bitmap":
            assert len(payload) % 4 == 0 and len(payload) <= 1024, what_now
        else:
            lengths = (4, 16) if sub == "address" else BINARY[name]
            assert len(payload) in lengths, f"{what_now}: {len(payload)}"


def check_message(message, flags):
    length, kind, seen, _, _ = struct.unpack_from("=IHHII", message)
    command, version, reserved = struct.unpack_from("=BBH", message, 16)
    assert (length, kind, seen, version, reserved) == \
        (len(message), genl.family, flags, 1, 0), message[:20].hex()
    name = OP_NAMES[command]
    check_octets(OPS[name][1], message[HEADERS:], name)
    return name


def n15_answers():
    flow = {"direction": "out", "source": "10.1.0.1",
            "destination": "10.2.0.2", "device": "outside", "length": 5000}
    fields = (("version-get", {}), ("settings-get", {}),
              ("sa-get", named("in", IN)), ("sa-get", named("out", OUT)),
              *(("rule-get", {"id": int(line.split()[0])})
                for line in RULES),
              ("explain", flow), ("explain", but(flow, length=100)),
              ("explain", but(flow, direction="in")),
              ("explain", but(flow, source="10.9.9.9")))
    for op, one in fields:
        answer = genl.ask(OPS[op][0], encode(OPS[op][1], one))
        assert answer.errno == 0 and len(answer.messages) == 1, str(answer)
        check_message(answer.messages[0], 0)
    for op in ("sa-get", "rule-get"):
        for message in genl.ask(OPS[op][0], flags=NLM_F_DUMP).messages:
            check_message(message, NLM_F_MULTI)
    culvert.request("policy-begin")
    culvert.many("policy-add", [encode("rule", rule_fields(line))
                                for line in RULES])
    answer = genl.ask(OPS["policy-commit"][0])
    check_message(answer.messages[0], 0)


def n15_events():
    ear = listener(1 << 20)
    out = named("out", 0x7777)
    # Without an SA, a packet waits; then nobody comes.
    udp("10.5.0.2", 1500)
    culvert.request("rule-fail", {"id": 13})
    udp("10.5.0.2", 1500)
    # Sequence numbers end; dummies are dropped.
    culvert.request("sa-add", sa("out", sequence=1, sequence_ceiling=1))
    make_event(out, 2)
    culvert.request("sa-del", out)
    culvert.request("rule-fail", {"id": 13})
    names = set()

    def more():
        # Forged, and told of, if not too many were told of before.
        for spi in (IN, OUT):
            send_esp(struct.pack("!II", spi, 1) + bytes(60), to="192.0.2.1")
        for octets in heard(ear):
            names.add(check_message(octets, 0))
            check_event(decode("event", octets[HEADERS:]))
        return {"acquire", "sa-event", "drop-report"} <= names
    until(more, lambda: f"heard only {names}")


def check_event(fields):
    header = fields.get("header", "")
    assert header == "" or header[0] in "46", fields
    if fields.get("rule-id") == 13:
        assert header.endswith((b"x" * 8).hex()), fields


# ------------------------------------------------------------ N16: acquires

def acquires():
    return culvert.get("counter-get", {"id": ACQUIRES})["value"]


def n16_storm():
    number = 500 if SLOW else 5000
    settings = culvert.get("settings-get")
    culvert.request("settings-set", {"acquire-interval": 600000,
                                     "hold-packets": 16})
    # A rule that was never asked for.
    rules = ["20 protect dev outside local 10.1.0.0/24 remote 10.6.0.0/24"]
    culvert.policy(RULES + rules)
    before = acquires()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for n in range(number):
            sock.sendto(b"x", (f"10.6.0.{n % 250 + 1}", 1000 + n % 5000))
    assert acquires() == before + 1, "one acquire for one rule"
    said = culvert.get("rule-get", {"id": 20})
    assert said["held-packets"] == 16 and said["acquires"] == 1, said
    # A refusal does not make it louder.
    for _ in range(5):
        culvert.request("rule-fail", {"id": 20})
        udp("10.6.0.1")
    assert acquires() == before + 1, "a refusal makes it louder"
    culvert.policy(RULES)
    culvert.request("settings-set", {k: settings[k] for k in
                                     ("acquire-interval", "hold-packets")})
    assert culvert.get("settings-get")["held-packets"] == 0


def n16_repeats():
    """At most one in each interval, for as long as packets come."""
    culvert.request("settings-set", {"acquire-interval": 100})
    rules = ["21 protect dev outside local 10.1.0.0/24 remote 10.6.0.0/24"]
    culvert.policy(RULES + rules)
    before, begin = acquires(), time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        def more():
            sock.sendto(b"x", ("10.6.0.1", 1000))
            return acquires() >= before + 4
        until(more, lambda: "it is not repeated")
        sent, took = acquires() - before, time.monotonic() - begin
    assert sent <= took / 0.099 + 1, f"{sent} in {took} seconds"
    culvert.policy(RULES)
    culvert.request("settings-set", {"acquire-interval": 2000})


def n16_drops():
    """Ten reports a second, and each says how many drops were not told of."""
    number = 200 if SLOW else 2000
    ear = listener(1 << 20)
    reports = []
    sent = 0

    def forged():
        nonlocal sent
        send_esp(struct.pack("!II", IN, 1) + bytes(60), to="192.0.2.1")
        sent += 1

    def hear():
        for octets in heard(ear):
            if OP_NAMES[octets[16]] == "drop-report":
                reports.append(decode("event", octets[HEADERS:]))
        return reports

    def first():
        forged()
        return hear()

    def all_told():
        forged()
        hear()
        return sum(1 + one["count"] for one in reports) == sent
    # What was not told of before is told of in the first report.
    until(first, lambda: "no report")
    reports.clear()
    sent = 0
    begin = time.monotonic()
    for _ in range(number):
        forged()
    hear()
    took = time.monotonic() - begin
    assert len(reports) <= 10 * (took + 2), f"{len(reports)} in {took} seconds"
    until(all_told, lambda: f"sent {sent}, told of "
          f"{[1 + one['count'] for one in reports]}")


# ------------------------------------------------------------ N20: 32 bits

def n20_32_bits():
    """A 32-bit program sends the same octets and gets the same ones."""
    program = os.path.join(os.environ.get("OUTPUT", ""), "netlink-32")
    if not os.path.exists(program):
        raise Skip("no 32-bit programs could be built")
    for op, fields in (("version-get", {}), ("settings-get", {}),
                       ("sa-get", named("in", IN)), ("rule-get", {"id": 11}),
                       ("sa-add", sa(spi=IN)), ("sa-add", sa(spi=3)),
                       ("explain", {"direction": "out", "source": "10.1.0.1",
                                    "destination": "10.2.0.2"})):
        message = genl.message(OPS[op][0], encode(OPS[op][1], fields))
        genl.socket.send(message)
        wanted = genl.socket.recv(1 << 16)
        more = wanted
        while struct.unpack_from("=IH", more)[1] != NLMSG_ERROR:
            more = genl.socket.recv(1 << 16)
        try:
            seen = subprocess.run([program], input=message, check=True,
                                  stdout=subprocess.PIPE).stdout
        except OSError as why:
            raise Skip("this kernel runs no 32-bit programs") from why

        def settled(octets):
            """Without the port of the socket, and time."""
            if octets[4:6] == struct.pack("=H", NLMSG_ERROR):
                assert struct.unpack_from("=i", octets, 16)[0] < 0
                return octets[:12], octets[16:]
            said = decode(OPS[op][1], octets[HEADERS:])
            return {k: v for k, v in said.items() if k not in ("age", "used")}
        if op == "sa-add":
            # It has no extended acknowledgement asked for.
            assert seen[16:20] == wanted[16:20], (seen, wanted)
        else:
            assert settled(seen) == settled(wanted), op


# ------------------------------------------------------------ N21: exit

def n21_socket_outlives():
    """The last socket of a namespace, in the hands of another: it answers, and
    the namespace goes when it closes, with rules, SAs and a list half made."""
    before = alive()
    ours, theirs = socket.socketpair()

    def child():
        unshare(CLONE_NEWNET)
        mine = Culvert()
        mine.policy(RULES)
        mine.request("sa-add", sa())
        mine.request("sa-add", sa("out", flags="activate"))
        mine.request("policy-begin")
        mine.request("policy-add", rule())
        socket.send_fds(theirs, [b"x"], [mine.genl.socket.fileno()])
    in_child(child)
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    left = Genl.__new__(Genl)
    left.socket = socket.socket(fileno=fds[0])
    left.sequence, left.family = 1000, genl.family
    answer = left.ask(OPS["sa-get"][0], flags=NLM_F_DUMP)
    assert answer.errno == 0 and len(answer.messages) == 2, str(answer)
    answer = left.ask(OPS["policy-add"][0], encode("rule", rule(id=100)))
    assert answer.errno == 0, str(answer)
    assert alive()["sa"] == before["sa"] + 2, alive()
    left.socket.close()
    until(lambda: alive() == before, lambda: f"{alive()} are not {before}")


def n21_ends_in_the_middle():
    """Namespaces that end while they are asked and filled."""
    for _ in range(5 if SLOW else 20):
        def child():
            unshare(CLONE_NEWNET)
            mine = Culvert()
            mine.policy(RULES)
            add_many(mine, range(0x8000, 0x8014), "out")
            # A dump begun, a request not answered.
            mine.genl.socket.send(mine.genl.message(OPS["sa-get"][0],
                                                    flags=NLM_F_DUMP))
            os._exit(0)
        in_child(child)


# ------------------------------------------------------------ N22: keys

class Spy:
    """A socket that remembers all it received."""

    def __init__(self, sock):
        self.sock = sock
        self.heard = []

    def __getattr__(self, name):
        return getattr(self.sock, name)

    def recv(self, *args):
        octets = self.sock.recv(*args)
        self.heard.append(octets)
        return octets


def n22_keys():
    """Nothing that comes back has 8 octets of a key in it: no answer, no
    event, not even the request that a refusal quotes."""
    mine = Culvert()
    mine.genl.socket = Spy(mine.genl.socket)
    ear = listener(1 << 20)
    keys = []

    def ask(op, fields, error=0):
        answer = mine.genl.ask(OPS[op][0], encode(OPS[op][1], fields))
        assert answer.errno == error, f"{op}: {answer}"

    for suite in KEYS:
        for direction in ("in", "out"):
            material = good_keys(suite)
            keys += [k for k in material.values() if k]
            good = sa(direction, suite=suite, **material)
            ask("sa-add", good)
            ask("sa-get", named(direction, 0x7777))
            mine.dump("sa-get")
            mine.dump("rule-get")
            # Refused for many reasons, early and late.
            ask("sa-add", good, errno.EEXIST)
            ask("sa-add", but(good, rule_id=99), errno.ENOENT)
            ask("sa-add", but(good, spi=1), errno.EINVAL)
            ask("sa-add", but(good, local=None), errno.EINVAL)
            ask("sa-add", but(good, soft_octets=2, hard_octets=1),
                errno.EINVAL)
            for name in ("encr-key", "integ-key"):
                if name not in good:
                    continue
                body = encode("sa", good) + encode("sa", {name: good[name]})
                answer = mine.genl.ask(OPS["sa-add"][0], body)
                assert answer.errno == errno.EINVAL, str(answer)
                ask("sa-add", but(good, **{name: good[name] + b"x"}),
                    errno.EINVAL)
            ask("sa-set", named(direction, 0x7777, soft_packets=1))
            if direction == "out":
                ask("sa-dummy", named(direction, 0x7777, dummies=1,
                                      dummy_length=10))
            ask("sa-del", named(direction, 0x7777))
    octets = b"".join(mine.genl.socket.heard + heard(ear))
    pieces = {key[at:at + 8] for key in keys for at in range(len(key) - 7)}
    found = {octets[at:at + 8] for at in range(len(octets))} & pieces
    assert not found, f"{len(found)} pieces of keys came back"


CASES = (
    ("N01 each attribute of each request, too short and too long",
     changes_nothing(each(n01_lengths))),
    ("N01 each attribute of each request, doubled",
     changes_nothing(each(n01_doubled))),
    ("N01 each attribute of each request, wrong type flags",
     changes_nothing(each(n01_flags))),
    ("N01 each attribute that is needed, missing",
     changes_nothing(n01_missing)),
    ("N01 a selector that lies", changes_nothing(n01_nest_lies)),
    ("N03 namespaces are apart", changes_nothing(n03_apart)),
    ("N04 good keys of each suite", changes_nothing(n04_good)),
    ("N04 encryption keys of wrong length", changes_nothing(n04_encr_key)),
    ("N04 integrity keys of wrong length", changes_nothing(n04_integ_key)),
    ("N04 suites that are none or not allowed", changes_nothing(n04_suite)),
    ("N04 a suite whose cipher this kernel has not",
     changes_nothing(n04_disabled)),
    ("N05 replay windows of wrong size", changes_nothing(n05_window)),
    ("N05 replay windows of right size", changes_nothing(n05_good)),
    ("N05 the greatest answer", changes_nothing(n05_greatest_answer)),
    ("N06 reserved SPIs", changes_nothing(n06_reserved)),
    ("N06 the first and the last SPI", changes_nothing(n06_good)),
    ("N06 an SPI that is there", changes_nothing(n06_duplicate)),
    ("N07 bad selectors", changes_nothing(n07_selectors)),
    ("N07 one bad selector of many", changes_nothing(n07_second_selector)),
    ("N07 bad addresses of an SA", changes_nothing(n07_addresses_of_an_sa)),
    ("N07 bad addresses of a rule", changes_nothing(n07_addresses_of_a_rule)),
    ("N07 bad flows to explain", changes_nothing(n07_flows)),
    ("N08 numbers out of range", changes_nothing(n08_ranges)),
    ("N08 what does not go together",
     changes_nothing(n08_what_does_not_go_together)),
    ("N09 UDP ports", changes_nothing(n09_ports)),
    ("N10 SAs and rules that are not there", changes_nothing(n10_no_such)),
    ("N10 soft lifetimes above hard ones", changes_nothing(n10_lifetimes)),
    ("N10 lifetimes at their limits", changes_nothing(n10_lifetimes_good)),
    ("N10 sequence numbers set back", changes_nothing(n10_sequence)),
    ("N10 flags that cannot be set", changes_nothing(n10_flags)),
    ("N10 moves to nowhere", changes_nothing(n10_move)),
    ("N10 one bad change among good ones", n10_all_or_nothing),
    ("N10 one bad setting among good ones", changes_nothing(n10_settings)),
    ("N10 an SA that expired", changes_nothing(n10_dead)),
    ("N10 dummies", changes_nothing(n10_dummies)),
    ("a list wants to be begun", changes_nothing(policy_needs_begin)),
    ("one list in the making at a time",
     changes_nothing(policy_one_at_a_time)),
    ("lists that do not come into force", changes_nothing(policy_commits)),
    ("rules on more than 64 devices", changes_nothing(policy_devices)),
    ("N11 an SA deleted twice", changes_nothing(n11_twice)),
    ("N11 SAs deleted from two sockets", changes_nothing(n11_two_sockets)),
    ("N12 SAs added during a dump", changes_nothing(with_sas(n12_insert))),
    ("N12 SAs deleted during a dump", changes_nothing(with_sas(n12_flush))),
    ("N12 other rules during a dump", n12_other_rules),
    ("N12 a dump read by octets", changes_nothing(with_sas(n12_one_octet))),
    ("N12 a dump into a small buffer",
     changes_nothing(with_sas(n12_small_buffer))),
    ("N12 a socket closed half way", changes_nothing(with_sas(n12_closed))),
    ("N12 two dumps at once", changes_nothing(with_sas(n12_two_at_once))),
    ("N12 dumps of what cannot be dumped", changes_nothing(n12_not_dumps)),
    ("N12 dumps with attributes", changes_nothing(n12_filters)),
    (f"N13 {MANY_RULES} rules", n13_rules),
    (f"N13 {MANY_PAIRS} pairs of SAs", n13_sas),
    ("N13 the caps", changes_nothing(n13_caps)),
    ("N14 a listener that never reads", changes_nothing(n14_never_reads)),
    ("N14 many sockets", changes_nothing(n14_many_sockets)),
    ("N15 answers have no unset octets", n15_answers),
    ("N15 events have no unset octets", n15_events),
    ("N16 a storm of packets, one acquire", n16_storm),
    ("N16 acquires keep their distance", n16_repeats),
    ("N16 a storm of drops, few reports, none forgotten", n16_drops),
    ("N19 attributes that a request does not take",
     changes_nothing(each(n19_unknown))),
    ("N20 a 32-bit program", changes_nothing(n20_32_bits)),
    ("N21 a socket that outlives its namespace",
     changes_nothing(n21_socket_outlives)),
    ("N21 namespaces that end in the middle",
     changes_nothing(n21_ends_in_the_middle)),
    ("N22 keys never come back", changes_nothing(n22_keys)),
)

# Linux 6.1 sends the words of a refused dump, but no offset.
HAS_OFFSETS = tuple(int(n) for n in os.uname().release.split(".")[:2]) > (6, 1)
ACQUIRES = [one["name"] for one in culvert.dump("counter-get")].index(
    "acquires")
POLICIES = ask_policies()
set_scene()
run(CASES)
