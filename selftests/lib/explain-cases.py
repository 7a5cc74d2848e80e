#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only

"""The cases of explain.sh. Random lists of rules are loaded through netlink;
flows, most of them at the borders of rules, are asked through explain, and the
answers compared with a first-match search as slow and plain as it can be.

Runs in a network namespace that explain.sh gives the devices "outside" and
"other", and a peer, 192.0.2.2 and 2001:db8::2, behind the first.
"""

import os
import random
import struct

from cases import run
from cvt import Culvert, ENUM_NAMES, OPS, encode
from genl import HEADERS, attrs

SLOW = os.path.exists("/proc/lockdep_stats")
RULES, FLOWS = (500, 300) if SLOW else (2000, 1000)

# Random once, the same again with SEED=.
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))

culvert = Culvert()
genl = culvert.genl
rnd = random.Random()

BITS = {4: 32, 6: 128}
TOP = (1 << 128) - 1
PORTED = (6, 17, 33, 132, 136)
ICMP = (1, 58)
DEVICES = (None, "outside", "other", "absent")


# ---------------------------------------------------------------- the oracle

class Rule:
    """Ranges as pairs of numbers, both ends in; None: any."""

    def __init__(self, number):
        self.id = number
        self.action = "bypass"
        self.device = None
        self.family = None
        self.local = self.remote = None
        self.protocol = None
        self.first = self.second = None     # ports; ICMP type and code

    def row(self):
        """What the search looks at, in its order."""
        whole = (None, (0, 65535))
        names_ports = self.first not in whole or self.second not in whole
        return (*(self.remote or (0, TOP)), *(self.local or (0, TOP)),
                self.family, self.protocol, self.device,
                *(self.first or (0, 65535)), *(self.second or (0, 65535)),
                # Of a fragment that a protect rule may cover, it does.
                self.action == "protect" or not names_ports,
                self.action == "protect", names_ports)

    def fields(self):
        selector = {}
        if self.family:
            selector["family"] = {4: 2, 6: 10}[self.family]
        for name in ("local", "remote"):
            if getattr(self, name):
                for end, value in zip(("start", "end"), getattr(self, name)):
                    selector[f"{name}-{end}"] = \
                        value.to_bytes(BITS[self.family] // 8, "big")
        if self.protocol:
            selector["protocol"] = self.protocol
        names = ("icmp-type", "icmp-code") if self.protocol in ICMP else \
            ("local-port", "remote-port")
        for name, ends in zip(names, (self.first, self.second)):
            if ends:
                selector[f"{name}-start"], selector[f"{name}-end"] = ends
        fields = {"id": self.id, "action": self.action, "selector": selector}
        if self.device:
            fields["device"] = self.device
        return fields

    def __str__(self):
        return str(self.fields())


class Flow:
    """Seen from the gateway, as rules are."""

    def __init__(self):
        self.direction = "out"
        self.device = None
        self.family = 4
        self.local = self.remote = 0
        self.protocol = 0
        self.first = self.second = 0
        self.later = False

    def fields(self):
        octets = BITS[self.family] // 8
        ends = [self.local.to_bytes(octets, "big"),
                self.remote.to_bytes(octets, "big")]
        numbers = [self.first, self.second]
        if self.direction == "in":
            ends.reverse()
            if self.protocol in PORTED:
                numbers.reverse()
        fields = {"direction": self.direction, "source": ends[0],
                  "destination": ends[1], "protocol": self.protocol}
        if self.protocol in PORTED + ICMP:
            fields["source-port"], fields["destination-port"] = numbers
        # A device that no rule knows is any other one.
        if self.device:
            fields["device"] = self.device
        if self.later:
            fields["later-fragment"] = True
        return fields

    def __str__(self):
        return str(self.fields())


def search(rows, flow):
    """The place of the first rule that matches, or None."""
    family, protocol, device = flow.family, flow.protocol, flow.device
    local, remote, later = flow.local, flow.remote, flow.later
    for place, (r0, r1, l0, l1, fam, proto, dev, a0, a1, b0, b1, takes_later,
                protects, _) in enumerate(rows):
        # Over IPv6 a fragment other than the first is sure of no protocol: a
        # protect rule has it, whichever it names, and another if it names none.
        if later and family == 6 and proto:
            proto = None if protects else -1
        if r0 <= remote <= r1 and l0 <= local <= l1 and \
                fam in (None, family) and proto in (None, protocol) and \
                dev in (None, device) and \
                (takes_later if later else
                 a0 <= flow.first <= a1 and b0 <= flow.second <= b1):
            return place
    return None


def oracle(rules, rows, flow):
    """(verdict, id, position) without any SA."""
    place = search(rows, flow)
    if place is None:
        return "no-rule", None, None
    verdict = rules[place].action
    if verdict == "protect" and flow.direction == "out":
        unsure = rows[place][-1] or \
            rules[place].protocol not in (None, flow.protocol)
        verdict = "ports-unknown" if flow.later and unsure else "hold"
    return verdict, rules[place].id, place


VERDICT, RULE_ID, POSITION = 11, 12, 13


def ask(flow):
    answer = genl.ask(OPS["explain"][0], encode("flow", flow.fields()))
    assert answer.errno == 0, f"{flow}: {answer}"
    said = {k: v for k, v, _ in attrs(answer.messages[0][HEADERS:])}
    return (ENUM_NAMES["verdict"][struct.unpack("=I", said[VERDICT])[0]],
            struct.unpack("=Q", said[RULE_ID])[0] if RULE_ID in said else None,
            struct.unpack("=I", said[POSITION])[0]
            if POSITION in said else None)


# ------------------------------------------------------------ random lists

def one_in(n):
    return rnd.randrange(n) == 0


def no_mapped(value, bits):
    """IPv4 addresses mapped into IPv6 are refused."""
    return value | 1 << 100 if bits == 128 and value >> 32 == 0xffff else value


def some_range(bits, narrow):
    """A true range, mostly none that is a prefix; sometimes all, one, or at
    an end of all there is."""
    top = (1 << bits) - 1
    if one_in(12):
        return 0, top
    start = rnd.choice((rnd.getrandbits(bits), rnd.getrandbits(narrow),
                        top - rnd.getrandbits(narrow)))
    size = rnd.choice((0, 1, rnd.getrandbits(4), rnd.getrandbits(narrow),
                       rnd.getrandbits(bits)))
    if one_in(8):
        length = rnd.randrange(bits + 1)
        start = start >> length << length
        size = (1 << length) - 1
    return no_mapped(start, bits), no_mapped(min(top, start + size), bits)


def upper(rule, protocols):
    rule.protocol = rnd.choice(protocols)
    if rule.protocol in PORTED:
        rule.first, rule.second = (
            None if one_in(2) else some_range(16, 10) for _ in range(2))
    elif rule.protocol in ICMP:
        rule.first, rule.second = (
            None if one_in(2) else some_range(8, 4) for _ in range(2))


def clustered(rule, bits, base, spread):
    """Addresses close to each other, so that rules overlap."""
    start = base + rnd.getrandbits(spread)
    end = start + rnd.getrandbits(rnd.randrange(1, spread))
    return min(start, (1 << bits) - 1), min(end, (1 << bits) - 1)


def address_rule(rule, family):
    rule.family = family
    rule.local = None if one_in(4) else some_range(BITS[family], 12)
    rule.remote = None if one_in(4) else some_range(BITS[family], 12)


def shape_ranges(rule):
    address_rule(rule, rnd.choice((4, 6)))


def shape_close(rule):
    """Overlapping ranges in one small network, protocols and ports."""
    rule.family = 4
    rule.local = clustered(rule, 32, 0x0a010000, 12)
    rule.remote = clustered(rule, 32, 0x0a020000, 12)
    if one_in(2):
        upper(rule, (6, 17, 1, 47))


def shape_close6(rule):
    """The same, on both sides of the 64th bit."""
    rule.family = 6
    rule.local = clustered(rule, 128, 0xfd01 << 112, rnd.choice((12, 66, 80)))
    rule.remote = clustered(rule, 128, (0xfd02 << 112) + (1 << 64) - 2048, 12)
    if one_in(2):
        upper(rule, (6, 17, 58))


def shape_ports(rule):
    """Ports and ICMP types do the work."""
    rule.family = rnd.choice((None, 4, 6))
    upper(rule, PORTED + ICMP)


def shape_all(rule):
    rnd.choice((shape_ranges, shape_close, shape_close, shape_close6,
                shape_ports))(rule)
    if rule.family and one_in(20):
        rule.local = rule.remote = None
    if one_in(50):
        rule.family = rule.local = rule.remote = None
    if not rule.protocol and one_in(3):
        upper(rule, (6, 17, 1, 58, 132, 47, 255))
    rule.device = rnd.choice(DEVICES)


def shape_hosts(rule):
    """One pair of hosts each, as many lists are."""
    rule.family = 4
    rule.local = (0x0a010001, 0x0a010001)
    one = 0x0a020000 + rnd.getrandbits(13)
    rule.remote = (one, one)


def make(shape, number):
    rules = []
    for n in range(number):
        rule = Rule(n + 1)
        rule.action = rnd.choice(("protect", "bypass", "discard"))
        shape(rule)
        rules.append(rule)
    # The wide ones come last, or the first of them would be all there is.
    rules.sort(key=lambda r: (r.family is None) + sum(
        x is None for x in (r.local, r.remote, r.protocol, r.first,
                            r.second)) + rnd.random())
    for n, rule in enumerate(rules):
        rule.id = rnd.getrandbits(40) << 16 | n
    return rules


# ------------------------------------------------------------ random flows

def border(ends, bits):
    """In a range, at its ends, or just outside."""
    top = (1 << bits) - 1
    if ends is None:
        return no_mapped(rnd.getrandbits(bits), bits)
    value = rnd.choice((ends[0], ends[1], ends[0] - 1, ends[1] + 1,
                        rnd.randint(*ends)))
    return no_mapped(min(max(value, 0), top), bits)


def some_flow(rules):
    rule = rnd.choice(rules)
    flow = Flow()
    flow.direction = rnd.choice(("out", "in"))
    flow.family = rule.family or rnd.choice((4, 6))
    bits = BITS[flow.family]
    flow.local, flow.remote = border(rule.local, bits), \
        border(rule.remote, bits)
    flow.protocol = rule.protocol or rnd.choice((6, 17, 1, 58, 47, 132))
    if one_in(10):
        flow.protocol = rnd.choice((6, 17, 1, 58, 0, 255))
    width = 16 if flow.protocol in PORTED else 8
    if flow.protocol in PORTED + ICMP:
        flow.first, flow.second = (
            min(border(ends, width), (1 << width) - 1)
            for ends in (rule.first, rule.second))
    flow.later = one_in(6)
    if flow.later:
        flow.first = flow.second = 0
    # Half from a second rule: where the first match is not this one.
    if one_in(3):
        other = rnd.choice(rules)
        if other.family == flow.family:
            flow.remote = border(other.remote, bits)
    flow.device = rule.device if rule.device != "absent" else None
    if one_in(4):
        flow.device = rnd.choice((None, "outside", "other"))
    return flow


def compare(shape, number=RULES):
    def case():
        rnd.seed(f"{SEED} {shape.__name__} {number}")
        rules = make(shape, number)
        culvert.policy([rule.fields() for rule in rules])
        rows = [rule.row() for rule in rules]
        seen = set()
        for _ in range(FLOWS):
            flow = some_flow(rules)
            wanted = oracle(rules, rows, flow)
            said = ask(flow)
            assert said == wanted, \
                f"SEED={SEED}: {flow}: {said}, expected {wanted}" + \
                "".join(f", {rules[where[2]]}" for where in (said, wanted)
                        if where[2] is not None)
            seen.add(wanted[0])
        if shape is shape_all and number > 100:
            assert seen >= {"bypass", "discard", "protect", "hold",
                            "ports-unknown"}, seen
        culvert.policy([])
    case.__name__ = shape.__name__
    return case


# ------------------------------------------------------------ verdicts

def question(text, **changes):
    """ "10.1.0.1 10.2.0.2 6 1000 80" """
    source, destination, *numbers = text.split()
    fields = {"direction": "out", "device": "outside", "source": source,
              "destination": destination}
    fields.update(zip(("protocol", "source-port", "destination-port"),
                      map(int, numbers)))
    for name, value in changes.items():
        fields[name.replace("_", "-")] = value
    return fields


def explain(text, **changes):
    said = culvert.request("explain", question(text, **changes))
    assert len(said) == 1
    return said[0]


LIST = """
5 bypass dev outside proto 17 remote-port 500
6 discard dev outside local 10.1.0.66
10 protect dev outside local 10.1.0.0/24 remote 10.2.0.0/24
11 protect dev outside local 10.1.0.0/24 remote 10.3.0.0/24 proto 6\
 remote-port 80-90
12 protect dev outside local fd01::/64 remote fd02::/64
13 protect dev outside local 192.0.2.1 remote 192.0.2.2 proto 47 mode transport
""".strip().splitlines()

KEY = "00" * 20


def add_sa(**fields):
    culvert.request("sa-add", dict({
        "direction": "out", "spi": 0x1000, "rule-id": 10, "mode": "tunnel",
        "local": "192.0.2.1", "remote": "192.0.2.2", "suite": "aes-gcm-16",
        "encr-key": KEY, "flags": "activate"}, **fields))


def del_sa(spi=0x1000, remote="192.0.2.2"):
    culvert.request("sa-del", {"direction": "out", "spi": spi,
                               "remote": remote})


def verdicts():
    """Each kind, with a list and an SA made for it."""
    culvert.policy(LIST)

    def check(wanted, text, rule=None, position=None, spi=None, **changes):
        said = explain(text, **changes)
        seen = [said["verdict"], said.get("rule-id"), said.get("position"),
                said.get("spi")]
        assert seen == [wanted, rule, position, spi], f"{text}: {said}"
        return said

    check("no-rule", "10.1.0.1 10.9.0.1")
    check("no-rule", "10.1.0.1 10.2.0.1", device="other")
    check("bypass", "10.1.0.1 10.2.0.1 17 500 500", 5, 0)
    check("discard", "10.1.0.66 10.2.0.1 6 1 2", 6, 1)
    check("discard", "10.2.0.1 10.1.0.66 6 1 2", 6, 1, direction="in")
    check("hold", "10.1.0.1 10.2.0.1", 10, 2)
    check("protect", "10.2.0.1 10.1.0.1", 10, 2, direction="in")
    check("hold", "10.1.0.1 10.3.0.1 6 1000 80", 11, 3)
    check("no-rule", "10.1.0.1 10.3.0.1 6 1000 91")
    check("ports-unknown", "10.1.0.1 10.3.0.1 6", 11, 3, later_fragment=True)

    add_sa()
    check("protect", "10.1.0.1 10.2.0.1 6 1 2", 10, 2, 0x1000)
    check("protect", "10.1.0.1 10.2.0.1 6", 10, 2, 0x1000,
          later_fragment=True)
    # Another SA out of the rule, narrower.
    add_sa(spi=0x1001, selector=[{"protocol": 6, "remote-port-start": 80,
                                  "remote-port-end": 80}])
    check("protect", "10.1.0.1 10.2.0.1 6 1000 80", 10, 2, 0x1001)
    check("selectors", "10.1.0.1 10.2.0.1 6 1000 81", 10, 2, 0x1001)
    check("selectors", "10.1.0.1 10.2.0.1 17 1000 80", 10, 2, 0x1001)
    check("ports-unknown", "10.1.0.1 10.2.0.1 6", 10, 2, 0x1001,
          later_fragment=True)
    check("selectors", "10.1.0.1 10.2.0.1 17", 10, 2, 0x1001,
          later_fragment=True)
    # In, the SA is not known before the packet is there.
    check("protect", "10.2.0.1 10.1.0.1 17 1000 81", 10, 2, direction="in")
    culvert.request("sa-set", {"direction": "out", "spi": 0x1000,
                               "remote": "192.0.2.2", "flags": "activate"})
    check("protect", "10.1.0.1 10.2.0.1 17 1000 80", 10, 2, 0x1000)
    del_sa(0x1001)
    del_sa()
    check("hold", "10.1.0.1 10.2.0.1", 10, 2)

    # Fragments through an SA for them.
    add_sa(**{"rule-id": 11})
    check("ports-unknown", "10.1.0.1 10.3.0.1 6", 11, 3, 0x1000,
          later_fragment=True)
    del_sa()
    add_sa(**{"rule-id": 11, "flags": "activate,non-first-fragments"})
    check("protect", "10.1.0.1 10.3.0.1 6 1 85", 11, 3, 0x1000)
    check("protect", "10.1.0.1 10.3.0.1 6", 11, 3, 0x1000,
          later_fragment=True)
    del_sa()
    # Transport mode is for whole packets.
    add_sa(**{"rule-id": 13, "mode": "transport"})
    check("protect", "192.0.2.1 192.0.2.2 47", 13, 5, 0x1000)
    check("ports-unknown", "192.0.2.1 192.0.2.2 47", 13, 5, 0x1000,
          later_fragment=True)
    del_sa()
    culvert.policy([])


def sizes():
    """Lengths around what fits, for modes and families, against RFC 4303."""
    culvert.policy(LIST)
    for rule, mode, source, destination, outer, cbc, encap in (
            (10, "tunnel", "10.1.0.1", "10.2.0.1", 4, False, False),
            (10, "tunnel", "10.1.0.1", "10.2.0.1", 4, True, False),
            (10, "tunnel", "10.1.0.1", "10.2.0.1", 6, False, True),
            (12, "tunnel", "fd01::1", "fd02::1", 4, True, True),
            (12, "tunnel", "fd01::1", "fd02::1", 6, False, False),
            (13, "transport", "192.0.2.1", "192.0.2.2", 4, False, False),
            (13, "transport", "192.0.2.1", "192.0.2.2", 4, True, True)):
        fields = {"rule-id": rule, "mode": mode}
        remote = "192.0.2.2"
        if outer == 6:
            remote = "2001:db8::2"
            fields.update(local="2001:db8::1", remote=remote)
        block, iv, icv = 4, 8, 16
        if cbc:
            block, iv, icv = 16, 16, 12
            fields.update({"suite": "aes-cbc-hmac-sha1-96",
                           "encr-key": "00" * 16, "integ-key": "00" * 20})
        if encap:
            fields.update({"local-port": 4500, "remote-port": 4500})
        inner_header = 20 if "." in source else 40
        outer_header = {4: 20, 6: 40}[outer] + 8 * encap

        def wire(length):
            payload = length if mode == "tunnel" else length - inner_header
            return outer_header + 8 + iv + \
                -(-(payload + 2) // block) * block + icv

        fits = max(n for n in range(1200, 1501) if wire(n) <= 1500)
        for df in ("copy", "set", "clear"):
            add_sa(**fields, df=df)
            for length in (inner_header + 8, 64, 100, 101, 1000, fits - 1,
                           fits, fits + 1, 1500, 9000, 65535):
                for dont in (False, True):
                    asked = {"no_fragment": True} if dont else {}
                    said = explain(f"{source} {destination} 47",
                                   length=length, **asked)
                    # To the peer itself IP fragments what was sealed, and what
                    # IPv6 promises to carry.
                    whole = rule == 13 or inner_header == 40 and length <= 1280
                    told = wire(length) > 65535 if whole else \
                        inner_header == 40 or dont and df != "clear"
                    wanted = {"verdict": "protect" if length <= fits else
                              "too-big" if told else "fragment",
                              "rule-id": rule, "spi": 0x1000,
                              "inner-mtu": fits}
                    if wanted["verdict"] != "too-big":
                        wanted["wire-length"] = wire(
                            length if whole else min(length, fits))
                    said.pop("position")
                    assert said == wanted, \
                        f"{fields} length {length}: {said}, not {wanted}"
            del_sa(remote=remote)
    culvert.policy([])


CASES = (
    ("each verdict", verdicts),
    ("what fits, what is cut, what is too big", sizes),
    (f"{RULES} rules, ranges of addresses", compare(shape_ranges)),
    (f"{RULES} rules, overlapping in IPv4", compare(shape_close)),
    (f"{RULES} rules, overlapping in IPv6", compare(shape_close6)),
    ("200 rules, ports and ICMP types", compare(shape_ports, 200)),
    (f"{RULES} rules, pairs of hosts", compare(shape_hosts)),
    (f"{RULES} rules of all kinds, on devices", compare(shape_all)),
    ("1 rule", compare(shape_all, 1)),
    ("10 rules", compare(shape_all, 10)),
    ("100 rules", compare(shape_all, 100)),
)

print(f"SEED={SEED}", flush=True)
run(CASES)
