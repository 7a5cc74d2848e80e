#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of netlink-fuzz.sh: random programs of requests, from several
sockets in two namespaces, while packets come. Nothing is known of the answers,
but that each request has one, that requests and refusals are counted, and that
all is gone in the end. Runs where netlink-state-cases.py does.
"""

import contextlib
import errno
import os
import random

from cases import CLONE_NEWNET, in_child, run, unshare
from cvt import Culvert, OPS, SETS, address, encode, rule_fields
from genl import NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLM_F_DUMP, attr
from scene import (KEYS, RULES, SLOW, alive, culvert, good_keys, listener,
                   named, sa, udp, until)

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
REQUESTS = int(os.environ.get("REQUESTS") or (1000 if SLOW else 4000))

rnd = random.Random()

NUMBERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
# Not among them: what would send 65,536 dummies.
INTERESTING = (0, 1, 2, 3, 4, 9, 10, 12, 13, 17, 31, 32, 58, 64, 77, 255, 256,
               0x1000, 0x7777, 4500, 65535, 0x7fffffff, 0xffffffff,
               0x100000000, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
ADDRESSES = ("192.0.2.1", "192.0.2.2", "10.1.0.1", "10.2.0.2", "0.0.0.0",
             "255.255.255.255", "224.0.0.1", "2001:db8::1", "2001:db8::2",
             "::", "ff02::1", "::ffff:10.1.0.1")


def one_in(n):
    return rnd.randrange(n) == 0


# ------------------------------------------------------------ good requests

def some_rule():
    line = rnd.choice(RULES + ["99 protect", "98 discard dev outside",
                               "97 protect remote 10.5.0.0/16 mode tunnel"])
    return rule_fields(line)


def some_sa():
    suite = rnd.choice(list(KEYS))
    fields = sa(rnd.choice(("in", "out")),
                spi=rnd.choice((0x1000, 0x1001, 0x1002, 0x7777)),
                suite=suite, rule_id=rnd.choice((10, 11, 12, 13, 97, 99)),
                **good_keys(suite))
    if one_in(2):
        fields["flags"] = "activate" if fields["direction"] == "out" \
            else "esn"
    if one_in(4):
        fields["selector"] = [{"protocol": 17}] * rnd.randrange(1, 4)
    if one_in(4):
        fields.update({"local-port": 4500, "remote-port": 4500})
    if one_in(4):
        fields["hard-packets"] = rnd.randrange(1, 5)
    return fields


def some_name():
    return named(rnd.choice(("in", "out")),
                 rnd.choice((0x1000, 0x1001, 0x1002, 0x7777)))


def some_set():
    fields = some_name()
    for name, value in (("flags", "activate"), ("sequence", 1 << 20),
                        ("sequence-ceiling", 1 << 31), ("hard-octets", 500),
                        ("idle-seconds", 1), ("tfc-length", 1000)):
        if one_in(3):
            fields[name] = value
    if one_in(4):
        fields.update({"new-local": "192.0.2.1",
                       "new-remote": rnd.choice(ADDRESSES[:4])})
    return fields


GOOD = (
    ("policy-begin", dict), ("policy-add", some_rule),
    ("policy-add", some_rule), ("policy-add", some_rule),
    ("policy-commit", dict), ("policy-abort", dict),
    ("rule-get", lambda: {"id": rnd.choice((1, 10, 13, 99))}),
    ("rule-fail", lambda: {"id": rnd.choice((1, 10, 13, 99))}),
    ("sa-add", some_sa), ("sa-add", some_sa), ("sa-set", some_set),
    ("sa-get", some_name), ("sa-del", some_name),
    ("sa-dummy", lambda: dict(some_name(), dummies=rnd.randrange(1, 5),
                              **{"dummy-length": rnd.randrange(1500)})),
    ("explain", lambda: {"direction": "out", "source": rnd.choice(ADDRESSES),
                         "destination": rnd.choice(ADDRESSES),
                         "protocol": rnd.choice((0, 6, 17, 1)),
                         "length": rnd.randrange(20, 9000)}),
    ("settings-get", dict),
    ("settings-set", lambda: {rnd.choice(("hold-packets", "hold-age",
                                          "acquire-interval", "rules-max",
                                          "sas-max")):
                              rnd.randrange(1, 20000)}),
    ("version-get", dict), ("counter-get", lambda: {"id": rnd.randrange(60)}),
    ("object-get", lambda: {"id": rnd.randrange(8)}),
)


# ------------------------------------------------------------ and bad ones

def payload(set_name, name, depth=0):
    """Anything for an attribute, mostly of its type."""
    _, of, _, nested, _, _, sub = SETS[set_name][name]
    if one_in(12):
        return rnd.randbytes(rnd.choice((0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17,
                                         36, 64, 300)))
    if of in NUMBERS:
        size = NUMBERS[of]
        value = rnd.choice(INTERESTING) & ((1 << size * 8) - 1)
        return value.to_bytes(size, rnd.choice(("little", "big")))
    if of == "nest":
        return b"".join(some_attribute(nested, depth + 1)
                        for _ in range(rnd.randrange(5))) if depth < 5 else b""
    if of == "string":
        return rnd.choice((b"outside\0", b"nobody\0", b"lo\0", b"\0",
                           b"x" * 16 + b"\0"))
    if of == "flag":
        return b""
    if sub == "address":
        return address(rnd.choice(ADDRESSES))
    return rnd.randbytes(rnd.choice((16, 20, 24, 32, 36, 48, 64)))


def some_attribute(set_name, depth=0):
    name = rnd.choice(list(SETS[set_name]))
    number, of, _, _, _, _, _ = SETS[set_name][name]
    if of == "nest":
        number |= NLA_F_NESTED
    if one_in(40):
        number ^= rnd.choice((NLA_F_NESTED, NLA_F_NET_BYTEORDER))
    if one_in(40):
        number = rnd.getrandbits(16)
    body = payload(set_name, name, depth)
    length = None
    if one_in(60):
        length = rnd.choice((0, 3, len(body) + 5, 65535))
    return attr(number, body, length=length)


def spoil(set_name, body):
    """A good request with something wrong, or with something more."""
    how = rnd.randrange(6)
    if how == 0:
        return body + some_attribute(set_name)
    if how == 1 and body:
        at = rnd.randrange(len(body))
        return body[:at] + bytes((rnd.randrange(256),)) + body[at + 1:]
    if how == 2 and body:
        return body[:rnd.randrange(len(body))]
    if how == 3:
        return some_attribute(set_name) + body
    if how == 4:
        return b"".join(some_attribute(set_name)
                        for _ in range(rnd.randrange(12)))
    return body


def some_request(client):
    op, make = rnd.choice(GOOD)
    number, set_name = OPS[op]
    body = encode(set_name, make())
    if one_in(2):
        body = spoil(set_name, body)
    flags = NLM_F_DUMP if one_in(15) else 0
    changes = {}
    if one_in(60):
        changes["version"] = rnd.choice((0, 2, 255))
    if one_in(60):
        changes["reserved"] = rnd.getrandbits(16)
    if one_in(60):
        number = rnd.randrange(256)
    return op, client.genl.message(number, body, flags=flags, **changes)


def count(client):
    counters = client.counters()
    return counters["netlink-requests"], counters["netlink-refused"]


def program(clients, number):
    """Returns what was answered, by errno."""
    answers = {}
    for n in range(number):
        client = rnd.choice(clients)
        op, message = some_request(client)
        before = count(client) if n % 16 == 0 else None
        answer = client.genl.send(message)
        if before:
            requests, refused = (b - a for a, b in zip(before, count(client)))
            # What reached us was refused, or not: the answer says so.
            assert requests - 1 in (0, 1), f"{op}: {requests}"
            assert refused == bool(requests - 1 and answer.errno), \
                f"{op}: {requests - 1} requests, {refused} refused: {answer}"
        answers[answer.errno] = answers.get(answer.errno, 0) + 1
        if one_in(30):
            with contextlib.suppress(OSError):
                udp(rnd.choice(("10.2.0.2", "10.5.0.2", "fd02::2")), 1500)
        if one_in(200):
            # A socket goes, with the list it was making.
            clients.remove(client)
            client.genl.socket.close()
            clients.append(Culvert())
    return answers


def random_programs():
    rnd.seed(SEED)
    before = alive()
    answers = {}

    def child():
        unshare(CLONE_NEWNET)
        rnd.seed(f"{SEED} other")
        program([Culvert(), Culvert()], REQUESTS // 4)
        # It ends as it stands.

    in_child(child)
    ear = listener(1)
    clients = [Culvert() for _ in range(3)]
    try:
        answers = program(clients, REQUESTS)
    except Exception as why:
        raise AssertionError(f"SEED={SEED}: {why!r}") from why
    print("note answers", answers, flush=True)
    # It must have been some of everything.
    assert answers.get(0, 0) > REQUESTS / 10 and \
        answers.get(errno.EINVAL, 0) > REQUESTS / 20 and len(answers) > 4, \
        f"SEED={SEED}: {answers}"
    ear.socket.close()
    for client in clients:
        client.genl.socket.close()
    # The module works as before, and all can go.
    culvert.request("settings-set", {"rules-max": 100000, "sas-max": 1000})
    # One of the random rules may have the id.
    culvert.policy([])
    culvert.policy(["10 protect dev outside local 10.1.0.0/24"])
    culvert.policy([])
    until(lambda: alive()["sa"] == before["sa"] and
          alive()["rule"] == before["rule"] and alive()["held"] == 0,
          lambda: f"SEED={SEED}: {alive()} are not {before}")


print(f"SEED={SEED}", flush=True)
run((("N18 random programs", random_programs),))
