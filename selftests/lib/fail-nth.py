#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of fail-nth.sh: each request is made again and again, and its
first, second, third... allocation fails, until it has no more of them. What is
refused has changed nothing. Runs where netlink-state-cases.py does.
"""

import contextlib
import errno
import os
import socket
import struct

from cases import CLONE_NEWNET, run, unshare
from cvt import Culvert, OPS, encode, rule_fields
from genl import NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR
from scene import (IN, OUT, RULES, alive, but, culvert, difference, genl,
                   good_keys, listener, named, rule, sa, set_scene, state, udp,
                   until)

FAIL_NTH = "/proc/thread-self/fail-nth"
# ip netns exec gives us a /sys of our own.
FAILSLAB = f"/proc/{os.getppid()}/root/sys/kernel/debug/failslab"
MANY = 3000


class Fault:
    """The nth allocation of this thread fails while it is open. hit: it came
    to that."""

    def __init__(self, nth):
        self.nth = nth
        self.hit = False

    def __enter__(self):
        # Once for each process: who opens it allocates.
        if Fault.owner != os.getpid():
            Fault.owner, Fault.fd = os.getpid(), os.open(FAIL_NTH, os.O_RDWR)
        os.pwrite(Fault.fd, b"%d" % self.nth, 0)
        return self

    def __exit__(self, *_):
        left = os.pread(Fault.fd, 20, 0)
        os.pwrite(Fault.fd, b"0", 0)
        self.hit = int(left) == 0

    owner = fd = None


BUFFER = bytearray(1 << 17)


def attempt(message, nth):
    """(errno or None where the answer itself was lost, the fault hit)."""
    sock = genl.socket
    error = None
    # Nothing here may allocate but the kernel for us: no recv(), which makes
    # room of its own.
    sock.setblocking(False)
    with Fault(nth) as fault:
        try:
            sock.send(message)
            while error is None:
                length = sock.recv_into(BUFFER)
                error = end_of(length)
        except BlockingIOError:
            pass
        except OSError as why:
            error = why.errno
    # What an answer that was lost left behind.
    lost = error is None or error == errno.ENOBUFS
    with contextlib.suppress(BlockingIOError):
        while True:
            try:
                length = sock.recv_into(BUFFER)
            except BlockingIOError:
                raise
            except OSError:
                continue
            told = end_of(length)
            if told is not None:
                error, lost = told, False
    sock.settimeout(20)
    return None if lost else error, fault.hit


def end_of(length):
    at = 0
    while at < length:
        size, kind, flags = struct.unpack_from("=IHH", BUFFER, at)
        if kind in (NLMSG_ERROR, NLMSG_DONE):
            return -struct.unpack_from("=i", BUFFER, at + 16)[0]
        at += (size + 3) & ~3
    return None


# ------------------------------------------------------------ the requests

def nothing():
    pass


def begin(*lines):
    def prepare():
        culvert.request("policy-begin")
        for line in lines:
            culvert.request("policy-add", rule_fields(line))
    return prepare


def refused_is_fine(op, fields=None):
    genl.ask(OPS[op][0], encode(OPS[op][1], fields or {}))


def abort():
    refused_is_fine("policy-abort")


def delete(direction, *remotes):
    """By its name, or that of where it may have moved to."""
    def undo():
        for remote in ({}, *({"remote": one} for one in remotes)):
            refused_is_fine("sa-del", named(direction, 0x7777, **remote))
    return undo


def back():
    """The scene, whatever came of it."""
    culvert.policy(RULES)
    delete("out")()
    for direction, spi in (("in", IN), ("out", OUT)):
        fields = sa(direction, spi=spi)
        if direction == "out":
            fields = but(fields, flags="activate", sequence=1000,
                         sequence_ceiling=100000)
        refused_is_fine("sa-add", fields)
    refused_is_fine("sa-set", named("out", OUT, flags="activate"))


def add(direction, *more):
    def prepare():
        culvert.request("sa-add", sa(direction))
        for one in more:
            one()
    return prepare


def wait_for_13():
    """Packets wait for an SA of rule 13."""
    for _ in range(3):
        udp("10.5.0.2", 1500)


def fail_13():
    refused_is_fine("sa-del", named("out", 0x7777))
    refused_is_fine("rule-fail", {"id": 13})


NEW = [*RULES[:4], "30 protect dev outside local 10.8.0.0/24",
       "31 protect dev nobody local 10.8.0.0/24"]


def backstop_is_there():
    """What leaves around IP, by a device that rules are new to, is dropped."""
    before = culvert.counters()["out-egress"]
    packet = struct.pack(">BBHIBBH4s4s", 0x45, 0, 20, 0, 64, 59, 0,
                         bytes((10, 8, 0, 1)), bytes((10, 2, 0, 1)))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind(("nobody", 0))
        sock.send(bytes(12) + b"\x08\x00" + packet)
    assert culvert.counters()["out-egress"] == before + 1, \
        "a list is in force, and its device has no egress hook"


FLOW = {"direction": "out", "device": "outside", "source": "10.1.0.1",
        "destination": "10.2.0.2", "length": 1000}
CBC = dict(suite="aes-cbc-hmac-sha2-512-256", flags="esn")

# (name, operation, fields, what is done before, what undoes it[, what holds when
# it was done])
REQUESTS = (
    ("version-get", "version-get", {}, nothing, nothing),
    ("counter-get", "counter-get", {"id": 0}, nothing, nothing),
    ("counter-get dump", "counter-get", None, nothing, nothing),
    ("object-get", "object-get", {"id": 0}, nothing, nothing),
    ("object-get dump", "object-get", None, nothing, nothing),
    ("settings-get", "settings-get", {}, nothing, nothing),
    ("settings-set", "settings-set", {"hold-packets": 99}, nothing,
     lambda: culvert.request("settings-set", {"hold-packets": 256})),
    ("policy-begin", "policy-begin", {}, nothing, abort),
    ("policy-begin again", "policy-begin", {}, begin(*NEW), abort),
    ("policy-add", "policy-add", rule(device="nobody"), begin(), abort),
    ("policy-commit", "policy-commit", {}, begin(*NEW), back,
     backstop_is_there),
    ("policy-commit of nothing", "policy-commit", {}, begin(), back),
    ("policy-abort", "policy-abort", {}, begin(*NEW), abort),
    ("rule-get", "rule-get", {"id": 11}, nothing, nothing),
    ("rule-get dump", "rule-get", None, nothing, nothing),
    ("rule-fail", "rule-fail", {"id": 12}, nothing, nothing),
    ("rule-fail with packets", "rule-fail", {"id": 13}, wait_for_13, fail_13),
    ("sa-add in", "sa-add", sa(replay_window=1024, flags="esn", selector=[
        {"protocol": 6}, {"protocol": 17}]), nothing, delete("in")),
    ("sa-add out", "sa-add", sa("out", flags="activate", hard_seconds=1000),
     nothing, back),
    ("sa-add, two keys", "sa-add", sa("out", **CBC, **good_keys(
        CBC["suite"])), nothing, delete("out")),
    ("sa-add, packets wait", "sa-add", sa("out", rule_id=13,
                                         flags="activate"), wait_for_13,
     fail_13),
    ("sa-set moves", "sa-set", named(
        "out", 0x7777, new_local="192.0.2.1", new_remote="192.0.2.77",
        sequence=77, hard_octets=1 << 40, idle_seconds=5), add("out"),
     delete("out", "192.0.2.77")),
    ("sa-set moves in UDP", "sa-set", named(
        "out", 0x7777, new_local="192.0.2.1", new_remote="192.0.2.78",
        new_local_port=4500, new_remote_port=4500), add("out"),
     delete("out", "192.0.2.78")),
    ("sa-set activates", "sa-set", named("out", 0x7777, flags="activate"),
     add("out"), back),
    ("sa-get", "sa-get", named("in", IN), nothing, nothing),
    ("sa-get dump", "sa-get", None, nothing, nothing),
    ("sa-dummy", "sa-dummy", named("out", 0x7777, dummies=3,
                                   dummy_length=100), add("out"),
     delete("out")),
    ("sa-del in", "sa-del", named("in", 0x7777), add("in"), delete("in")),
    ("sa-del out", "sa-del", named("out", 0x7777), add("out"),
     delete("out")),
    ("explain", "explain", FLOW, nothing, nothing),
)

# A dummy that was sent is not taken back; packets pass and fail by themselves.
PASSES = ("sa-dummy", "rule-fail with packets", "sa-add, packets wait")


def settled(name, held):
    if name not in PASSES:
        return held
    return {"rules": [one["id"] for one in held["rules"]],
            "sas": [one["spi"] for one in held["sas"]],
            "generation": held["settings"]["generation"]}


def each_allocation(name, op, fields, prepare, undo, holds=nothing):
    def case():
        objects = alive()
        number, set_name = OPS[op]
        body = encode(set_name, fields or {})
        hit, nth, answers = True, 0, {}
        while hit:
            nth += 1
            assert nth < MANY, "no end of it"
            prepare()
            before = settled(name, state())
            flags = NLM_F_DUMP if fields is None else 0
            error, hit = attempt(genl.message(number, body, flags=flags), nth)
            if error:
                after = settled(name, state())
                assert after == before, \
                    f"allocation {nth}: refused with {os.strerror(error)}," \
                    f" but changed: {difference(before, after)}"
            if error == 0:
                holds()
            assert hit or error == 0, \
                f"no fault, and {error and os.strerror(error)}"
            answers[error] = answers.get(error, 0) + 1
            undo()
        until(lambda: alive() == objects,
              lambda: f"objects were {objects}, now {alive()}")
        print("note", name, f"{nth - 1} allocations, answers", answers,
              flush=True)
    case.__name__ = op
    return case


# ------------------------------------------------------------ namespaces

@contextlib.contextmanager
def only_the_module():
    """Of all that allocates, only what the module calls."""
    with open("/proc/modules", encoding="ascii") as modules:
        size, start = next((int(line.split()[1]), int(line.split()[5], 16))
                           for line in modules
                           if line.startswith("culvert "))
    try:
        write(f"{FAILSLAB}/require-start", hex(start))
        write(f"{FAILSLAB}/require-end", hex(start + size))
        yield
    finally:
        write(f"{FAILSLAB}/require-start", "0")
        write(f"{FAILSLAB}/require-end", hex((1 << 64) - 1))


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def namespace():
    """A new namespace, which is refused as a whole or there as a whole."""
    tries = []

    def child(nth):
        error = 0
        with Fault(nth) as fault:
            try:
                unshare(CLONE_NEWNET)
            except OSError as why:
                error = why.errno
        assert fault.hit or not error, os.strerror(error)
        if not error:
            Culvert().policy(RULES)
        os._exit(77 if fault.hit else 0)

    with only_the_module():
        for nth in range(1, 200):
            pid = os.fork()
            if pid == 0:
                try:
                    child(nth)
                finally:
                    os._exit(1)
            _, status = os.waitpid(pid, 0)
            tries.append(os.waitstatus_to_exitcode(status))
            if tries[-1] != 77:
                break
    assert tries[-1] == 0 and len(tries) > 3, tries
    print("note namespaces", len(tries) - 1, "allocations", flush=True)


def events():
    """What cannot be told is not told; nothing else comes of it."""
    ear = listener(1 << 20)
    for nth in range(1, 30):
        with Fault(nth):
            with contextlib.suppress(OSError):
                udp("10.5.0.2", 1500)
        culvert.request("rule-fail", {"id": 13})
    ear.socket.close()


CASES = (
    *((f"N17 {one[0]}", each_allocation(*one)) for one in REQUESTS),
    ("N17 a namespace comes", namespace),
    ("N17 packets wait and are told of", events),
)

set_scene()
run(CASES)
