# SPDX-License-Identifier: GPL-2.0-only
"""A client of vici, the protocol that strongSwan's charon and culvertd are asked
and told things with:

	length (4)  type (1)  [name length (1)  name]  elements

An element is a type octet, a name with one octet of length, a value with two.
"""

import socket
import struct

(CMD_REQUEST, CMD_RESPONSE, CMD_UNKNOWN, EVENT_REGISTER, EVENT_UNREGISTER,
 EVENT_CONFIRM, EVENT_UNKNOWN, EVENT) = range(8)
(SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM,
 LIST_END) = range(1, 7)


class ViciError(Exception):
    """The other end refused, or does not know what was asked."""


def name_of(text):
    octets = text.encode()
    return bytes([len(octets)]) + octets


def value_of(value):
    octets = value if isinstance(value, bytes) else str(value).encode()
    return struct.pack(">H", len(octets)) + octets


def encode(message):
    """dict: section, list: list, all else: a value."""
    out = b""
    for key, value in message.items():
        if isinstance(value, dict):
            out += bytes([SECTION_START]) + name_of(key) + encode(value) \
                + bytes([SECTION_END])
        elif isinstance(value, (list, tuple)):
            out += bytes([LIST_START]) + name_of(key)
            for item in value:
                out += bytes([LIST_ITEM]) + value_of(item)
            out += bytes([LIST_END])
        else:
            out += bytes([KEY_VALUE]) + name_of(key) + value_of(value)
    return out


class Reader:
    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, size):
        part = self.octets[self.at:self.at + size]
        if len(part) != size:
            raise ViciError(f"a message ends at {len(self.octets)}, not"
                            f" {self.at + size}")
        self.at += size
        return part

    def name(self):
        return self.take(self.take(1)[0]).decode()

    def value(self):
        size, = struct.unpack(">H", self.take(2))
        return self.take(size).decode(errors="replace")

    def section(self, is_root=True):
        found = {}
        while self.at < len(self.octets):
            kind = self.take(1)[0]
            if kind == SECTION_START:
                name = self.name()
                found[name] = self.section(False)
            elif kind == SECTION_END and not is_root:
                return found
            elif kind == KEY_VALUE:
                name = self.name()
                found[name] = self.value()
            elif kind == LIST_START:
                items = found.setdefault(self.name(), [])
                while self.take(1)[0] == LIST_ITEM:
                    items.append(self.value())
            else:
                raise ViciError(f"element {kind} at {self.at - 1}")
        if not is_root:
            raise ViciError("a section does not end")
        return found


class Vici:
    def __init__(self, path, timeout=60):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(path)

    def close(self):
        self.sock.close()

    def send(self, kind, name, message=None):
        body = bytes([kind]) + name_of(name) + encode(message or {})
        self.sock.sendall(struct.pack(">I", len(body)) + body)

    def exactly(self, size):
        got = b""
        while len(got) < size:
            more = self.sock.recv(size - len(got))
            if not more:
                raise ViciError("the other end closed")
            got += more
        return got

    def receive(self):
        """The type, the name of an event, and the message."""
        size, = struct.unpack(">I", self.exactly(4))
        reader = Reader(self.exactly(size))
        kind = reader.take(1)[0]
        name = reader.name() if kind == EVENT else None
        return kind, name, reader.section()

    def ask(self, command, message=None):
        """The answer, which may be that it failed."""
        self.send(CMD_REQUEST, command, message)
        while True:
            kind, _, answer = self.receive()
            if kind == CMD_UNKNOWN:
                raise ViciError(f"unknown command {command}")
            if kind == CMD_RESPONSE:
                return answer

    def request(self, command, message=None):
        """The answer; raises the words of a failure."""
        answer = self.ask(command, message)
        if answer.get("success", "yes") != "yes":
            raise ViciError(f"{command}: {answer.get('errmsg')}")
        return answer

    def stream(self, command, event, message=None):
        """All messages of an event that come before the answer."""
        self.send(EVENT_REGISTER, event)
        if self.receive()[0] != EVENT_CONFIRM:
            raise ViciError(f"unknown event {event}")
        self.send(CMD_REQUEST, command, message)
        found = []
        while True:
            kind, name, answer = self.receive()
            if kind == EVENT and name == event:
                found.append(answer)
            elif kind == CMD_RESPONSE:
                break
            elif kind == CMD_UNKNOWN:
                raise ViciError(f"unknown command {command}")
        self.send(EVENT_UNREGISTER, event)
        while self.receive()[0] != EVENT_CONFIRM:
            pass
        return found
