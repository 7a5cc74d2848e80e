# SPDX-License-Identifier: GPL-2.0-only
"""What tests of requests with state share: good rules and SAs, what the module
holds, and a watch that it does not change. The network namespace is that of
gateway_alone in cases.sh.
"""

import contextlib
import os
import socket
import time

from cvt import Culvert, OPS, SO_RCVBUFFORCE, encode
from genl import Genl, SOL_NETLINK

# A kernel with all its debugging is slow, and has little memory left.
SLOW = os.path.exists("/proc/lockdep_stats")
NETLINK_ADD_MEMBERSHIP = 1

culvert = Culvert()
genl = culvert.genl


# ---------------------------------------------------------------- the scene

RULES = """
1 bypass dev outside proto icmpv6 icmp-type 133-137
2 discard dev outside local 10.9.0.0/24
10 protect dev outside local 10.1.0.0/24 remote 10.2.0.0/24
11 protect dev outside local 10.3.0.0/24 remote 10.4.0.0/24 mode tunnel\
 suites aes-gcm-16,null-hmac-sha1-96 self 192.0.2.1 peer 192.0.2.2
12 protect local fd01::/64 remote fd02::/64 mode transport mark 7\
 df clear mss-clamp
13 protect dev outside local 10.1.0.0/24 remote 10.5.0.0/24 proto udp\
 remote-port 1000-2000
""".strip().splitlines()

IN, OUT = 0x1000, 0x2000
PEER = "192.0.2.2"

# Octets of encr-key and integ-key of each suite.
KEYS = {"aes-gcm-16": ((20, 28, 36), 0), "aes-gcm-12": ((20, 28, 36), 0),
        "aes-gcm-8": ((20, 28, 36), 0), "chacha20-poly1305": ((36,), 0),
        "null-aes-gmac": ((20, 28, 36), 0),
        "aes-cbc-hmac-sha1-96": ((16, 24, 32), 20),
        "aes-cbc-hmac-sha2-256-128": ((16, 24, 32), 32),
        "aes-cbc-hmac-sha2-384-192": ((16, 24, 32), 48),
        "aes-cbc-hmac-sha2-512-256": ((16, 24, 32), 64),
        "null-hmac-sha1-96": ((), 20), "null-hmac-sha2-256-128": ((), 32),
        "null-hmac-sha2-384-192": ((), 48),
        "null-hmac-sha2-512-256": ((), 64)}


def but(fields, **changes):
    """The fields with changes; _ stands for -, None takes one away."""
    fields = dict(fields)
    for name, value in changes.items():
        name = name.replace("_", "-")
        fields.pop(name, None)
        if value is not None:
            fields[name] = value
    return fields


def sa(direction="in", **changes):
    """A good SA, which nobody has yet, with changes."""
    fields = {"direction": direction, "spi": 0x7777, "rule-id": 10,
              "mode": "tunnel", "local": "192.0.2.1", "remote": PEER,
              "suite": "aes-gcm-16", "encr-key": os.urandom(20)}
    return but(fields, **changes)


def named(direction, spi, **changes):
    fields = {"direction": direction, "spi": spi}
    if direction == "out":
        fields["remote"] = PEER
    return but(fields, **changes)


def rule(**changes):
    return but({"id": 99, "action": "protect",
                "selector": {"local-start": "10.7.0.0",
                             "local-end": "10.7.0.255"}}, **changes)


def good_keys(suite, n=0):
    encr, integ = KEYS[suite]
    return {"encr_key": os.urandom(encr[n]) if encr else None,
            "integ_key": os.urandom(integ) if integ else None}


def set_scene():
    culvert.policy(RULES)
    culvert.request("sa-add", sa(spi=IN))
    culvert.request("sa-add", sa("out", spi=OUT, flags="activate",
                                 sequence=1000, sequence_ceiling=100000))


# ---------------------------------------------------------------- checks

OBJECTS = ("rule-list", "rule", "sa", "held", "request")


def alive():
    return {one["name"]: one["created"] - one["destroyed"]
            for one in culvert.dump("object-get") if one["name"] in OBJECTS}


def until(condition, what):
    """Waits: what was deleted is freed a little later."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


def state():
    """All that requests can change, but for what passes by itself."""
    def lasting(one):
        return {k: v for k, v in one.items()
                if k not in ("age", "used", "path-mtu-age")}
    return {"rules": [lasting(one) for one in culvert.dump("rule-get")],
            "sas": [lasting(one) for one in culvert.dump("sa-get")],
            "settings": culvert.get("settings-get")}


def difference(before, after, where=""):
    """The first of what differs, for the eyes."""
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(key, before.get(key), after.get(key))
                 for key in {**before, **after}]
    elif isinstance(before, list) and isinstance(after, list) and \
            len(before) == len(after):
        pairs = [(n, *both) for n, both in enumerate(zip(before, after))]
    else:
        return f"{where} from {str(before)[:500]} to {str(after)[:500]}"
    return next(difference(a, b, f"{where}.{key}")
                for key, a, b in pairs if a != b)


@contextlib.contextmanager
def unchanged():
    objects = alive()
    before = state()
    yield
    after = state()
    assert after == before, f"it changed: {difference(before, after)}"
    until(lambda: alive() == objects,
          lambda: f"objects were {objects}, now {alive()}")


def tidy():
    """What a case that failed may have left, so that others do not."""
    for op, fields in (("policy-abort", {}), ("sa-del", named("in", 0x7777)),
                       ("sa-del", named("out", 0x7777))):
        genl.ask(OPS[op][0], encode(OPS[op][1], fields))


def changes_nothing(case):
    def checked():
        try:
            with unchanged():
                case()
        except BaseException:
            tidy()
            raise
    checked.__name__ = case.__name__
    return checked


# ---------------------------------------------------------------- sockets

def listener(buffer=None):
    sock = Genl()
    # A socket without an address is the kernel's own, and that does not hear
    # what the kernel says.
    sock.socket.bind((0, 0))
    if buffer:
        sock.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
    sock.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                           culvert.groups["events"])
    return sock


def received(sock, size=1 << 16, flags=0):
    """What is there to be received, or None; an OSError if that is there."""
    # Of a socket with a timeout, Python waits whatever flags say.
    sock.setblocking(False)
    try:
        return sock.recv(size, flags)
    except BlockingIOError:
        return None
    finally:
        sock.settimeout(20)


def heard(ear):
    """All that a listener has heard, messages."""
    return list(iter(lambda: received(ear.socket), None))


def udp(destination, port=5555, octets=b"x" * 8):
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.sendto(octets, (destination, port))
