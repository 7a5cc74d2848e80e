# SPDX-License-Identifier: GPL-2.0-only
"""Generic netlink, octet by octet: sends requests of any shape and takes the
answers apart, extended acknowledgement included. Wants no library."""

import os
import socket
import struct

NETLINK_GENERIC = 16
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 1
NLM_F_MULTI = 2
NLM_F_ACK = 4
NLM_F_CAPPED = 0x100
NLM_F_ACK_TLVS = 0x200
NLM_F_DUMP = 0x300
NLA_F_NESTED = 0x8000
NLA_F_NET_BYTEORDER = 0x4000
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2
SOL_NETLINK = 270
NETLINK_EXT_ACK = 11
NLMSGERR_ATTR_MSG = 1
NLMSGERR_ATTR_OFFS = 2
NLMSGERR_ATTR_MISS_TYPE = 5

HEADERS = 20  # nlmsghdr and genlmsghdr


def pad(octets):
    return octets + bytes(-len(octets) % 4)


def attr(kind, payload, length=None):
    """One attribute; length is what its header says, if not the truth."""
    if length is None:
        length = 4 + len(payload)
    return pad(struct.pack("=HH", length & 0xffff, kind) + payload)


def u32(number):
    return struct.pack("=I", number)


def u64(number):
    return struct.pack("=Q", number)


def attrs(octets):
    """The attributes in octets as (type, payload, offset), strictly."""
    at = 0
    while at < len(octets):
        length, kind = struct.unpack_from("=HH", octets, at)
        assert 4 <= length <= len(octets) - at, "attribute past the end"
        yield kind, octets[at + 4:at + length], at
        at += (length + 3) & ~3


class Answer:
    """What came back: messages as (genl header and attributes), an errno
    (0: acknowledged or dumped), and the extended acknowledgement."""

    def __init__(self):
        self.messages = []
        self.errno = None
        self.words = ""
        self.offset = None
        self.missing = None

    def end(self, octets, flags, skip):
        self.errno = -struct.unpack_from("=i", octets)[0]
        if not flags & NLM_F_ACK_TLVS:
            return
        for kind, payload, _ in attrs(octets[4 + skip:]):
            kind &= 0x3fff
            if kind == NLMSGERR_ATTR_MSG:
                self.words = payload.rstrip(b"\0").decode()
            elif kind == NLMSGERR_ATTR_OFFS:
                self.offset = struct.unpack("=I", payload)[0]
            elif kind == NLMSGERR_ATTR_MISS_TYPE:
                self.missing = struct.unpack("=I", payload)[0]

    def __str__(self):
        name = os.strerror(self.errno) if self.errno else "success"
        return (f"{name} ({self.errno}), words '{self.words}', offset"
                f" {self.offset}, missing {self.missing},"
                f" {len(self.messages)} messages")


class Genl:
    """A socket. It acts on the network namespace it was opened in."""

    def __init__(self, family=None):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.settimeout(20)
        self.sequence = 0
        self.family = self.resolve(family) if family else None

    def resolve(self, name):
        answer = self.ask(CTRL_CMD_GETFAMILY,
                          attr(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0"),
                          family=GENL_ID_CTRL)
        assert answer.errno == 0, f"no family {name}: {answer}"
        for kind, payload, _ in attrs(answer.messages[0][HEADERS:]):
            if kind == CTRL_ATTR_FAMILY_ID:
                return struct.unpack("=H", payload)[0]
        raise AssertionError("no family id")

    def message(self, command, body=b"", flags=0, family=None, version=1,
                reserved=0, length=None):
        """A request; length is what its header says, if not the truth."""
        if family is None:
            family = self.family
        self.sequence += 1
        body = struct.pack("=BBH", command, version, reserved) + body
        if length is None:
            length = 16 + len(body)
        return struct.pack("=IHHII", length, family,
                           NLM_F_REQUEST | NLM_F_ACK | flags, self.sequence,
                           0) + body

    def ask(self, *args, **kwargs):
        return self.send(self.message(*args, **kwargs))

    def send(self, message):
        self.socket.send(message)
        sequence = struct.unpack_from("=I", message, 8)[0]
        answer = Answer()
        while answer.errno is None:
            self.receive(answer, sequence)
        return answer

    def receive(self, answer, wanted):
        octets = self.socket.recv(1 << 17)
        at = 0
        while at < len(octets):
            length, kind, flags, sequence, _ = struct.unpack_from(
                "=IHHII", octets, at)
            body = octets[at + 16:at + length]
            if sequence != wanted:
                pass
            elif kind == NLMSG_ERROR:
                echoed = struct.unpack_from("=I", body, 4)[0]
                if flags & NLM_F_CAPPED:
                    echoed = 16
                answer.end(body, flags, (echoed + 3) & ~3)
            elif kind == NLMSG_DONE:
                answer.end(body, flags, 0)
            else:
                answer.messages.append(octets[at:at + length])
            at += (length + 3) & ~3
