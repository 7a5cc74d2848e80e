#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cases of netlink.sh: what every request has to be, whatever it asks.
Runs in a network namespace of its own, so that its counters are its own.

Each refused request is checked for its error, the words that explain it, the
attribute they point at, and the counters: refused or not, and nothing else.
"""

import errno
import os
import struct

from cases import CLONE_NEWNET, CLONE_NEWUSER, in_child, run, unshare
from cvt import Culvert, OPS, encode
from genl import (Genl, HEADERS, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLM_F_DUMP,
                  NLM_F_MULTI, attr, attrs, u32, u64)

VERSION_GET, COUNTER_GET, OBJECT_GET = 1, 2, 3
VERSION_MODULE, VERSION_CAPABILITIES, VERSION_PAD = 1, 2, 3
ID, NAME, VALUE = 1, 2, 3
CREATED, DESTROYED = 3, 4
REQUESTS, REFUSED = 0, 1

NOBODY = 65534
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1

# Requests are 1 to 17, what the kernel tells without being asked 18 to 21.
REQUEST_LAST, EVENT_LAST = 17, 21

genl = Genl("culvert")


def read_counters(sock=None):
    """The counters by id. The reading itself is a request."""
    answer = (sock or genl).ask(COUNTER_GET, flags=NLM_F_DUMP)
    assert answer.errno == 0, str(answer)
    result = {}
    for message in answer.messages:
        fields = {k: v for k, v, _ in attrs(message[HEADERS:])}
        result[struct.unpack("=I", fields[ID])[0]] = \
            struct.unpack("=Q", fields[VALUE])[0]
    return result


def counted(action, sock=None):
    """What action returns, and how much counters rose by it: those of requests
    and each other one that did."""
    before = read_counters(sock)
    result = action()
    after = read_counters(sock)
    rise = {k: after[k] - before[k] for k in after}
    rise[REQUESTS] -= 1  # the second reading
    return result, {k: v for k, v in rise.items()
                    if v or k in (REQUESTS, REFUSED)}


def expect(message, error, words="", offset=None, missing=None, reaches=False,
           sock=None):
    """Sends and compares. reaches: the module itself, not the kernel's policy
    check in front of it, refuses."""
    answer, rise = counted(lambda: (sock or genl).send(message), sock)
    assert answer.errno == error, f"expected {os.strerror(error)}, got {answer}"
    assert words in answer.words, f"expected '{words}', got {answer}"
    assert offset is None or answer.offset == offset, \
        f"expected offset {offset}, got {answer}"
    assert missing is None or answer.missing == missing, \
        f"expected {missing} to be missing, got {answer}"
    assert not answer.messages, f"a refusal with an answer: {answer}"
    wanted = {REQUESTS: int(reaches), REFUSED: int(reaches)}
    assert rise == wanted, f"counters rose by {rise}, not {wanted}"


# ------------------------------------------------------------ good requests

def good_version():
    answer, rise = counted(lambda: genl.ask(VERSION_GET))
    assert answer.errno == 0 and len(answer.messages) == 1, str(answer)
    fields = {k: v for k, v, _ in attrs(answer.messages[0][HEADERS:])}
    module = fields[VERSION_MODULE].rstrip(b"\0").decode()
    with open("/sys/module/culvert/version", encoding="ascii") as version:
        assert module == version.read().strip(), module
    assert len(fields[VERSION_CAPABILITIES]) == 8
    assert rise == {REQUESTS: 1, REFUSED: 0}, rise


def good_counter():
    for number, name in ((REQUESTS, b"netlink-requests\0"),
                         (REFUSED, b"netlink-refused\0")):
        answer = genl.ask(COUNTER_GET, attr(ID, u32(number)))
        assert answer.errno == 0 and len(answer.messages) == 1, str(answer)
        fields = {k: v for k, v, _ in attrs(answer.messages[0][HEADERS:])}
        assert fields[ID] == u32(number) and fields[NAME] == name, fields


def good_counter_matches_dump():
    genl.ask(COUNTER_GET)
    answer = genl.ask(COUNTER_GET, attr(ID, u32(REFUSED)))
    fields = {k: v for k, v, _ in attrs(answer.messages[0][HEADERS:])}
    assert fields[VALUE] == u64(read_counters()[REFUSED])


def good_objects():
    answer = genl.ask(OBJECT_GET, flags=NLM_F_DUMP)
    assert answer.errno == 0 and answer.messages, str(answer)
    fields = {k: v for k, v, _ in attrs(answer.messages[0][HEADERS:])}
    assert fields[NAME] == b"net\0", fields
    created, destroyed = (struct.unpack("=Q", fields[k])[0]
                          for k in (CREATED, DESTROYED))
    assert created - destroyed >= 2, "this namespace and the first one"
    single = genl.ask(OBJECT_GET, attr(ID, u32(0)))
    assert single.errno == 0 and len(single.messages) == 1, str(single)


def spec_names_are_the_modules():
    try:
        import yaml
    except ImportError:
        return
    path = os.path.join(os.path.dirname(__file__), "../../uapi/culvert.yaml")
    with open(path, encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    for definition, command in (("counter", COUNTER_GET),
                                ("object", OBJECT_GET)):
        wanted = [e["name"] for d in spec["definitions"]
                  if d["name"] == definition for e in d["entries"]]
        seen = []
        for message in genl.ask(command, flags=NLM_F_DUMP).messages:
            fields = {k: v for k, v, _ in attrs(message[HEADERS:])}
            seen.append(fields[NAME].rstrip(b"\0").decode())
        assert seen == wanted, f"{seen} are not {wanted}"


# ------------------------------------------------- N01: attributes, headers

def n01_missing():
    for command, words in ((COUNTER_GET, "needs the id of a counter"),
                           (OBJECT_GET, "needs the id of a kind of object")):
        expect(genl.message(command), errno.EINVAL, words, missing=ID,
               reaches=True)


def n01_doubled():
    expect(genl.message(COUNTER_GET, attr(ID, u32(0)) * 2), errno.EINVAL,
           "given twice", offset=HEADERS + 8, reaches=True)
    expect(genl.message(COUNTER_GET, attr(ID, u32(0)) * 1000), errno.EINVAL,
           "given twice", offset=HEADERS + 8, reaches=True)


def n01_lengths():
    for length in (0, 1, 3, 5, 8, 65531):
        expect(genl.message(COUNTER_GET, attr(ID, bytes(length))),
               errno.EINVAL, "invalid attribute length", offset=HEADERS)


def n01_out_of_range():
    for command in (COUNTER_GET, OBJECT_GET):
        kinds = len(genl.ask(command, flags=NLM_F_DUMP).messages)
        last = genl.ask(command, attr(ID, u32(kinds - 1)))
        assert last.errno == 0, str(last)
        for number in (kinds, 255, 0x7fffffff, 0xffffffff):
            expect(genl.message(command, attr(ID, u32(number))), errno.ERANGE,
                   "out of range", offset=HEADERS)


def n01_nested():
    nest = attr(ID, u32(0))
    for _ in range(1000):
        nest = attr(ID | NLA_F_NESTED, nest)
    expect(genl.message(COUNTER_GET, nest), errno.EINVAL, offset=HEADERS)


def n01_type_flags():
    expect(genl.message(COUNTER_GET, attr(ID | NLA_F_NESTED, u32(0))),
           errno.EINVAL, "NLA_F_NESTED not expected", offset=HEADERS)
    expect(genl.message(COUNTER_GET, attr(ID | NLA_F_NET_BYTEORDER, u32(0))),
           errno.EINVAL, "NLA_F_NET_BYTEORDER not expected", offset=HEADERS,
           reaches=True)


def n01_header_of_attribute():
    for length in (0, 1, 2, 3, 9, 4096):
        expect(genl.message(COUNTER_GET, attr(ID, u32(0), length=length)),
               errno.EINVAL)


def n01_trailing_octets():
    for n in (1, 2, 3):
        expect(genl.message(COUNTER_GET, attr(ID, u32(0)) + bytes(n)),
               errno.EINVAL)


def n01_header_of_message():
    for length in (16, 17, 19):
        expect(genl.message(VERSION_GET, length=length), errno.EINVAL)
    expect(genl.message(VERSION_GET, reserved=1), errno.EINVAL, "reserved")


def n01_unknown_command():
    for command in (0, *range(REQUEST_LAST + 1, EVENT_LAST + 2), 255):
        expect(genl.message(command), errno.EOPNOTSUPP)
    expect(genl.message(VERSION_GET, flags=NLM_F_DUMP), errno.EOPNOTSUPP)


def n01_dump_with_attribute():
    # Linux 6.1 sends the words of a refused dump, but no offset.
    for command in (COUNTER_GET, OBJECT_GET):
        expect(genl.message(command, attr(ID, u32(0)), flags=NLM_F_DUMP),
               errno.EINVAL, "takes no attribute", reaches=True)


def wrong_version():
    for version in (0, 2, 255):
        expect(genl.message(VERSION_GET, version=version),
               errno.EPROTONOSUPPORT, "speaks version 1", reaches=True)
        expect(genl.message(COUNTER_GET, flags=NLM_F_DUMP, version=version),
               errno.EPROTONOSUPPORT, "speaks version 1", reaches=True)


# ------------------------------------------------------- N02: privileges

COMMANDS = ((VERSION_GET, b"", 0), (COUNTER_GET, attr(ID, u32(0)), 0),
            (COUNTER_GET, b"", NLM_F_DUMP), (OBJECT_GET, attr(ID, u32(0)), 0),
            (OBJECT_GET, b"", NLM_F_DUMP))


def refused_all(sock):
    """Privileges come before all else, so bodies do not matter."""
    for command in range(1, REQUEST_LAST + 1):
        answer = sock.ask(command)
        assert answer.errno == errno.EPERM, f"command {command}: {answer}"
        assert not answer.messages, str(answer)
    for command, body, flags in COMMANDS:
        answer = sock.ask(command, body, flags=flags)
        assert answer.errno == errno.EPERM, f"command {command}: {answer}"
        assert not answer.messages, str(answer)


def n02_no_privilege():
    def child():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        refused_all(Genl("culvert"))
    _, rise = counted(lambda: in_child(child))
    assert rise == {REQUESTS: 0, REFUSED: 0}, rise


def n02_privilege_of_the_opener():
    """A socket that a privileged process opened lends no privilege."""
    opened = Genl("culvert")

    def child():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        refused_all(opened)
    in_child(child)


def n02_user_namespace():
    """Its root has no power over the namespace it came from."""
    def child():
        unshare(CLONE_NEWUSER)
        refused_all(Genl("culvert"))
    in_child(child)


def n02_user_namespace_of_its_own():
    """It has power over its own one, but not over what spans all."""
    def child():
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        sock = Genl("culvert")
        assert sock.ask(VERSION_GET).errno == 0
        assert read_counters(sock)[REFUSED] == 0
        for flags, body in ((0, attr(ID, u32(0))), (NLM_F_DUMP, b"")):
            answer = sock.ask(OBJECT_GET, body, flags=flags)
            assert answer.errno == errno.EPERM, str(answer)
    in_child(child)


def n02_events():
    """They quote packets: not for everybody."""
    group = Culvert().groups["events"]

    def join():
        Genl("culvert").socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                                          group)

    def child():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            join()
        except PermissionError:
            return
        raise AssertionError("anybody may listen to events")
    join()
    in_child(child)


def n02_limits():
    """What takes memory of all, root of a user namespace may lower only."""
    defaults = Culvert().get("settings-get")

    def child():
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        sock = Genl("culvert")
        op, kind = OPS["settings-set"]
        for setting in ("hold-packets", "hold-octets", "hold-total",
                        "rules-max", "sas-max"):
            default = defaults[setting]
            for value, error in ((default, 0), (default - 1, 0), (default, 0),
                                 (default + 1, errno.EPERM)):
                answer = sock.ask(op, encode(kind, {setting: value}))
                assert answer.errno == error, f"{setting}={value}: {answer}"
                assert not error or "outside of user namespaces" in \
                    answer.words, str(answer)
    in_child(child)


# ------------------------------------------------------- N03: namespaces

def n03_counters_are_apart():
    def child():
        unshare(CLONE_NEWNET)
        sock = Genl("culvert")
        for _ in range(7):
            assert sock.ask(COUNTER_GET).errno == errno.EINVAL
        counters = {k: v for k, v in read_counters(sock).items() if v}
        assert counters == {REQUESTS: 8, REFUSED: 7}, counters
    _, rise = counted(lambda: in_child(child))
    assert rise == {REQUESTS: 0, REFUSED: 0}, rise


def n03_socket_keeps_its_namespace():
    """The socket's namespace counts, not that of the process that uses it."""
    opened = Genl("culvert")

    def child():
        unshare(CLONE_NEWNET)
        assert opened.ask(COUNTER_GET).errno == errno.EINVAL
    _, rise = counted(lambda: in_child(child))
    assert rise == {REQUESTS: 1, REFUSED: 1}, rise


def n03_namespace_attribute():
    """No attribute names another namespace: one that tries is unknown."""
    for body in (u32(os.getpid()), u32(1)):
        expect(genl.message(COUNTER_GET, attr(ID, u32(0)) + attr(19, body)),
               errno.EINVAL, "Unknown attribute type", offset=HEADERS + 8)


# ------------------------------------------------------- N15: unset octets

# Commands and attributes whose payload is a string.
STRINGS = {(VERSION_GET, VERSION_MODULE), (COUNTER_GET, NAME),
           (OBJECT_GET, NAME)}


def n15_replies_have_no_unset_octets():
    """Each reply is made again from what it says, over zeros, and compared."""
    for command, body, flags in COMMANDS:
        for message in genl.ask(command, body, flags=flags).messages:
            header = struct.unpack_from("=IHHII", message)
            again = struct.pack(
                "=IHHIIBBH", len(message), genl.family,
                NLM_F_MULTI if flags else 0, header[3],
                genl.socket.getsockname()[0], command, 1, 0)
            for kind, payload, _ in attrs(message[HEADERS:]):
                if (command, kind) in STRINGS:
                    payload = payload.split(b"\0")[0] + b"\0"
                again += attr(kind, payload)
            assert message == again, f"{message.hex()} is not {again.hex()}"


# --------------------------------------------------- N19: unknown attributes

def n19_unknown_attribute():
    for kind in (2, 3, 4, 5, 77, 0x3fff):
        for command in (COUNTER_GET, OBJECT_GET):
            expect(genl.message(command,
                                attr(ID, u32(0)) + attr(kind, u32(0))),
                   errno.EINVAL, "attribute", offset=HEADERS + 8)


def n19_attribute_zero():
    expect(genl.message(COUNTER_GET, attr(0, u32(0))), errno.EINVAL)


def n19_where_none_is_taken():
    for kind in (VERSION_MODULE, VERSION_CAPABILITIES, VERSION_PAD, 4, 77):
        expect(genl.message(VERSION_GET, attr(kind, u32(0))), errno.EINVAL,
               "attribute", offset=HEADERS)


CASES = (
    ("version-get answers with the module's version", good_version),
    ("counter-get answers for each counter", good_counter),
    ("counter-get and its dump agree", good_counter_matches_dump),
    ("object-get answers", good_objects),
    ("names are those of culvert.yaml", spec_names_are_the_modules),
    ("N01 a missing attribute", n01_missing),
    ("N01 a doubled attribute", n01_doubled),
    ("N01 an attribute of 0, 1, 3, 5, 8 and 65531 octets", n01_lengths),
    ("N01 a number out of range", n01_out_of_range),
    ("N01 a nest 1,000 deep", n01_nested),
    ("N01 wrong type flags", n01_type_flags),
    ("N01 an attribute header that lies", n01_header_of_attribute),
    ("N01 octets behind the last attribute", n01_trailing_octets),
    ("N01 a message header that lies", n01_header_of_message),
    ("N01 an unknown command", n01_unknown_command),
    ("N01 an attribute in a dump that takes none", n01_dump_with_attribute),
    ("the wrong version of the contract", wrong_version),
    ("N02 no CAP_NET_ADMIN", n02_no_privilege),
    ("N02 a privileged process's socket", n02_privilege_of_the_opener),
    ("N02 root of a user namespace, in the namespace it came from",
     n02_user_namespace),
    ("N02 root of a user namespace, in its own", n02_user_namespace_of_its_own),
    ("N02 events are for who has the privilege", n02_events),
    ("N02 root of a user namespace raises no limit", n02_limits),
    ("N03 each namespace has its own counters", n03_counters_are_apart),
    ("N03 a socket keeps its namespace", n03_socket_keeps_its_namespace),
    ("N03 no attribute reaches another namespace", n03_namespace_attribute),
    ("N15 replies have no unset octets", n15_replies_have_no_unset_octets),
    ("N19 an unknown attribute is named", n19_unknown_attribute),
    ("N19 attribute type 0", n19_attribute_zero),
    ("N19 any attribute where none is taken", n19_where_none_is_taken),
)


run(CASES)
