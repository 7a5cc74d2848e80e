#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""The module's client for the tests: a command line, and the class Culvert for
tests in Python. Raw netlink; the names are those of uapi/culvert.yaml.

cvt.py [--json] COMMAND...

  policy FILE|-|'RULE; RULE...'   replaces the rules, all at once. A RULE is
      ID ACTION [dev NAME] [local ADDRS] [remote ADDRS] [proto P]
      [local-port N[-M]] [remote-port N[-M]] [icmp-type N[-M]]
      [icmp-code N[-M]] [family 4|6] [mode M] [suites S,S] [df D] [mark N]
      [mss-clamp] [no-dscp-copy] [decap-dscp] [self ADDR] [peer ADDR]
      ADDRS: ADDR, ADDR-ADDR, ADDR/LENGTH
  begin, add RULE, commit [GENERATION], abort     the same, step by step
  sa-add in|out SPI rule ID mode M local ADDR remote ADDR suite S
      [encr-key HEX] [integ-key HEX] [esn] [activate] [non-first-fragments]
      [encap LOCAL-PORT REMOTE-PORT] [window N] [seq N] [ceiling N] [df D]
      [selector local=ADDRS,remote=ADDRS,proto=P...]... [ATTRIBUTE VALUE]...
  sa-set in|out SPI [remote ADDR] [activate] [ATTRIBUTE VALUE]...
  sa-del in|out SPI [remote ADDR]
  sa-get in|out SPI [remote ADDR]
  sa-dummy SPI COUNT LENGTH [remote ADDR]
  sas, rules, rule-get ID, rule-fail ID
  settings, settings-set NAME VALUE...
  explain in|out [dev NAME] SRC DST [PROTO [SPORT DPORT]] [length N]
      [no-fragment] [later-fragment]
  counters [-a] [NAME...]         the ones that are not 0; -a: all
  counter NAME                    its value alone
  objects, version
  events [-n COUNT]               "ready", then a line for each event
  send OPERATION [dump] [ATTRIBUTE VALUE]...      as it stands
  batch [IN OUT]                  commands, a line each; the answer to each
                                  ends with a line "ok" or "error: WHY"
  in NETNS COMMAND... [; COMMAND...]...     in a namespace of ip-netns(8), which
                                  is left when the commands are done

Objects are printed a line each, key=value. A refusal says the module's words
and the attribute they point at, and exits 1.
"""

import json
import os
import signal
import socket
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from genl import (Answer, CTRL_ATTR_FAMILY_NAME, CTRL_CMD_GETFAMILY,
                  GENL_ID_CTRL, Genl, HEADERS, NLA_F_NESTED, NLM_F_ACK,
                  NLM_F_CAPPED, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_ERROR,
                  SOL_NETLINK, attr, attrs)

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SPEC = os.path.join(TOP, "uapi/culvert.yaml")

SO_RCVBUFFORCE = 33
NETLINK_ADD_MEMBERSHIP = 1
CTRL_ATTR_MCAST_GROUPS = 7
RECEIVE_BUFFER = 8 << 20
CHUNK = 1 << 16  # octets of requests in one send

NUMBERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "esp": 50, "icmpv6": 58,
             "sctp": 132, "dccp": 33, "udplite": 136}
FAMILIES = {"4": 2, "6": 10}


# ------------------------------------------------------------- the contract

def read_spec(text):
    """The names and types of the contract. PyYAML takes longer than all else,
    so what this returns is kept."""
    sys.path.append("/usr/lib/python3/dist-packages")
    import yaml
    spec = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    enums = {}
    for definition in spec["definitions"]:
        if definition["type"] not in ("enum", "flags"):
            continue
        flags = definition["type"] == "flags"
        enums[definition["name"]] = (flags, {
            entry["name"]: 1 << n if flags else n
            for n, entry in enumerate(definition["entries"])})
    sets = {}
    for one in spec["attribute-sets"]:
        sets[one["name"]] = {
            a["name"]: (number, a["type"], a.get("enum"),
                        a.get("nested-attributes"), a.get("multi-attr", False),
                        ">" if a.get("byte-order") == "big-endian" else "=",
                        a.get("sub-type") or
                        ("address" if a.get("display-hint")
                         else None))
            for number, a in enumerate(one["attributes"], 1)}
    ops = {op["name"]: (number, op["attribute-set"])
           for number, op in enumerate(spec["operations"]["list"], 1)}
    return {"enums": enums, "sets": sets, "ops": ops}


def contract():
    with open(SPEC, "rb") as file:
        text = file.read()
    key = zlib.crc32(text)
    cache = os.path.join(os.environ.get("OUTPUT") or
                         os.path.join(TOP, "build/selftests"),
                         "../contract.json")
    try:
        with open(cache, encoding="utf-8") as file:
            kept = json.load(file)
        if kept["key"] == key:
            return kept
    except (OSError, ValueError, KeyError):
        pass
    fresh = dict(read_spec(text), key=key)
    try:
        new = f"{cache}.{os.getpid()}"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(fresh, file)
        os.rename(new, cache)
    except OSError:
        pass
    return fresh


CONTRACT = contract()
ENUMS, SETS, OPS = (CONTRACT[k] for k in ("enums", "sets", "ops"))
OP_NAMES = {number: name for name, (number, _) in OPS.items()}
SET_NAMES = {name: {a[0]: k for k, a in one.items()}
             for name, one in SETS.items()}
ENUM_NAMES = {name: {v: k for k, v in entries.items()}
              for name, (_, entries) in ENUMS.items()}


class Wrong(Exception):
    """A command that makes no sense; the module never saw it."""


class Refused(Exception):
    """The module or the kernel refused a request."""

    def __init__(self, op, number, words, attribute, missing):
        self.op, self.errno, self.words = op, number, words
        self.attribute, self.missing = attribute, missing
        said = f"{op}: {words}" if words else op
        if missing:
            said += f", attribute '{missing}' is missing"
        elif attribute:
            said += f", attribute '{attribute}'"
        super().__init__(f"{said} ({os.strerror(number)})")


# ------------------------------------------------------- to and from octets

def address(text):
    try:
        return socket.inet_pton(
            socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except OSError as why:
        raise Wrong(f"'{text}' is no address") from why


def address_text(octets):
    family = {4: socket.AF_INET, 16: socket.AF_INET6}.get(len(octets))
    return socket.inet_ntop(family, octets) if family else octets.hex()


def number_of(enum, value):
    """A number, or names of an enum or, with commas, of flags."""
    if isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        value = ",".join(value)
    if not enum:
        try:
            return int(value, 0)
        except ValueError as why:
            raise Wrong(f"'{value}' is no number") from why
    entries = ENUMS[enum][1]
    total = 0
    for word in value.split(",") if value else ():
        if word in entries:
            total |= entries[word]
        elif word.isdigit() or word.startswith("0x"):
            total |= int(word, 0)
        else:
            raise Wrong(f"'{word}' is no {enum}: one of " + ", ".join(entries))
    return total


def encode(set_name, fields):
    """Attributes from a dict: text, numbers, octets, dicts of nests; a list
    makes the attribute once for each element."""
    out = []
    names = SETS[set_name]
    for name, value in fields.items():
        if name not in names:
            raise Wrong(f"{set_name} has no attribute '{name}'")
        kind, of, enum, nested, multi, order, sub = names[name]
        for one in value if multi and isinstance(value, list) else (value,):
            if of in NUMBERS:
                bare = struct.pack(order + NUMBERS[of], number_of(enum, one))
            elif of == "nest":
                out.append(attr(kind | NLA_F_NESTED, encode(nested, one)))
                continue
            elif of == "string":
                bare = one.encode() + b"\0"
            elif of == "flag":
                bare = b""
            elif isinstance(one, bytes):
                bare = one
            elif sub == "address":
                bare = address(one)
            else:
                bare = bytes.fromhex(one)
            out.append(attr(kind, bare))
    return b"".join(out)


def decode(set_name, octets):
    """The reverse. Nests that may come often are lists, flags lists of names,
    drops a dict of reasons."""
    fields = {}
    for kind, payload, _ in attrs(octets):
        name = SET_NAMES[set_name].get(kind & 0x3fff)
        if name is None:
            fields[f"number-{kind & 0x3fff}"] = payload.hex()
            continue
        _, of, enum, nested, multi, order, sub = SETS[set_name][name]
        if of in NUMBERS:
            value = struct.unpack(order + NUMBERS[of], payload)[0]
            if enum and ENUMS[enum][0]:
                value = [ENUM_NAMES[enum].get(1 << n, str(1 << n))
                         for n in range(64) if value >> n & 1]
            elif enum:
                value = ENUM_NAMES[enum].get(value, str(value))
        elif of == "nest":
            value = decode(nested, payload)
        elif of == "string":
            value = payload.rstrip(b"\0").decode()
        elif of == "flag":
            value = True
        elif sub == "address":
            value = address_text(payload)
        elif sub in NUMBERS:
            value = [n[0] for n in
                     struct.iter_unpack("=" + NUMBERS[sub], payload)]
        else:
            value = payload.hex()
        if nested == "drop":
            fields.setdefault(name, {})[value["reason"]] = value["packets"]
        elif multi:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields


def name_at(set_name, octets, start, offset):
    """The name of the attribute at an offset of a request."""
    for kind, payload, at in attrs(octets):
        at += start
        name = SET_NAMES[set_name].get(kind & 0x3fff,
                                       f"number {kind & 0x3fff}")
        if at == offset:
            return name
        if at < offset < at + 4 + len(payload) and kind & NLA_F_NESTED:
            nested = SETS[set_name][name][3]
            return f"{name}.{name_at(nested, payload, at + 4, offset)}"
    return f"offset {offset}"


# ------------------------------------------------------------ the rule lines

def numbers(text):
    """N or N-M."""
    start, _, end = text.partition("-")
    return start, end or start


def addresses(text):
    """ADDR, ADDR-ADDR or ADDR/LENGTH: first and last."""
    if "/" in text:
        base, length = text.split("/")
        base = address(base)
        host = (1 << len(base) * 8 - int(length)) - 1
        start = int.from_bytes(base, "big") & ~host
        return (start.to_bytes(len(base), "big"),
                (start | host).to_bytes(len(base), "big"))
    start, _, end = text.partition("-")
    return address(start), address(end or start)


KNOWN_ADDRESSES = {}


def select(selector, word, value):
    """One word of a selector; False if the word is none."""
    if word in ("local", "remote"):
        if value not in KNOWN_ADDRESSES:
            KNOWN_ADDRESSES[value] = addresses(value)
        start, end = KNOWN_ADDRESSES[value]
    elif word in ("local-port", "remote-port", "icmp-type", "icmp-code"):
        start, end = numbers(value)
    elif word in ("proto", "protocol"):
        selector["protocol"] = PROTOCOLS.get(value, value)
        return True
    elif word == "family":
        selector["family"] = FAMILIES.get(value, value)
        return True
    else:
        return False
    selector[word + "-start"], selector[word + "-end"] = start, end
    return True


def rule_fields(line):
    """The attributes of policy-add from a rule line, or from its words."""
    words = line.split() if isinstance(line, str) else list(line)
    if len(words) < 2:
        raise Wrong(f"a rule is ID ACTION...: '{line}'")
    fields = {"id": words[0], "action": words[1], "selector": {}}
    flags = []
    at = 2
    while at < len(words):
        word = words[at]
        at += 1
        if word in ENUMS["rule-flag"][1]:
            flags.append(word)
            continue
        if at == len(words):
            raise Wrong(f"'{word}' of a rule wants a value")
        value = words[at]
        at += 1
        if select(fields["selector"], word, value):
            continue
        if word == "suites":
            suites = ENUMS["suite"][1]
            value = sum(1 << (suites[s] if s in suites else int(s, 0))
                        for s in value.split(","))
        fields[{"dev": "device", "self": "local"}.get(word, word)] = value
    if flags:
        fields["flags"] = flags
    return fields


# ---------------------------------------------------------------- the client

class Culvert:
    """A socket to the module, in the network namespace it is opened in."""

    def __init__(self):
        self.genl = Genl()
        self.genl.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE,
                                    RECEIVE_BUFFER)
        self.groups = {}
        self.genl.family = self.resolve("culvert")

    def close(self):
        self.genl.socket.close()

    def resolve(self, family):
        answer = self.genl.ask(CTRL_CMD_GETFAMILY,
                               attr(CTRL_ATTR_FAMILY_NAME,
                                    family.encode() + b"\0"),
                               family=GENL_ID_CTRL)
        if answer.errno:
            raise Refused("getfamily", answer.errno,
                          "the kernel has no family culvert", None, None)
        fields = {k & 0x3fff: v
                  for k, v, _ in attrs(answer.messages[0][HEADERS:])}
        for _, group, _ in attrs(fields.get(CTRL_ATTR_MCAST_GROUPS, b"")):
            one = {k: v for k, v, _ in attrs(group)}
            self.groups[one[1].rstrip(b"\0").decode()] = \
                struct.unpack("=I", one[2])[0]
        return struct.unpack("=H", fields[1])[0]

    @staticmethod
    def check(op, message, answer):
        """Raises what the answer refuses, in words."""
        if not answer.errno:
            return
        set_name = OPS[op][1]
        attribute = missing = None
        if answer.missing is not None:
            missing = SET_NAMES[set_name].get(answer.missing,
                                              f"number {answer.missing}")
        elif answer.offset is not None:
            attribute = name_at(set_name, message[HEADERS:], HEADERS,
                                answer.offset)
        raise Refused(op, answer.errno, answer.words, attribute, missing)

    def request(self, op, fields=None, dump=False):
        """Asks; returns what was answered, a dict for each message."""
        number, set_name = OPS[op]
        message = self.genl.message(number, encode(set_name, fields or {}),
                                    flags=NLM_F_DUMP if dump else 0)
        answer = self.genl.send(message)
        self.check(op, message, answer)
        return [decode(set_name, one[HEADERS:]) for one in answer.messages]

    def get(self, op, fields=None):
        """The one object that op answers with."""
        return self.request(op, fields)[0]

    def dump(self, op):
        return self.request(op, dump=True)

    def many(self, op, bodies):
        """Sends requests that have no answer but an error, many at once."""
        number = OPS[op][0]
        chunk, size = [], 0
        for body in bodies:
            chunk.append(body)
            size += len(body) + 24
            if size > CHUNK:
                self.send_chunk(op, number, chunk)
                chunk, size = [], 0
        if chunk:
            self.send_chunk(op, number, chunk)

    def send_chunk(self, op, number, bodies):
        first = self.genl.sequence + 1
        last = first + len(bodies) - 1
        self.genl.sequence = last
        header = struct.pack("=BBH", number, 1, 0)
        messages = []
        for sequence, body in enumerate(bodies, first):
            flags = NLM_F_REQUEST | (NLM_F_ACK if sequence == last else 0)
            messages.append(struct.pack("=IHHII", HEADERS + len(body),
                                        self.genl.family, flags, sequence, 0)
                            + header + body)
        self.genl.socket.send(b"".join(messages))
        # The kernel works through them before send returns.
        refused = None
        sequence = None
        while sequence != last:
            octets = self.genl.socket.recv(1 << 17)
            _, kind, flags, sequence, _ = struct.unpack_from("=IHHII", octets)
            if kind != NLMSG_ERROR or refused:
                continue
            answer = Answer()
            echoed = struct.unpack_from("=I", octets, 20)[0]
            answer.end(octets[16:], flags,
                       16 if flags & NLM_F_CAPPED else (echoed + 3) & ~3)
            if answer.errno:
                refused = messages[sequence - first], answer
        if refused:
            self.check(op, *refused)

    # Words for what tests do most.

    def policy(self, rules, generation=None):
        """Replaces the rules: lines as policy takes them, or dicts. Returns
        the generation."""
        self.request("policy-begin")
        try:
            self.many("policy-add",
                      (encode("rule", one if isinstance(one, dict)
                              else rule_fields(one)) for one in rules))
            return self.commit(generation)
        except (Refused, Wrong):
            self.request("policy-abort")
            raise

    def commit(self, generation=None):
        fields = {} if generation is None else {"generation": generation}
        answer = self.request("policy-commit", fields)
        return answer[0].get("generation") if answer else None

    def counters(self):
        return {one["name"]: one["value"] for one in self.dump("counter-get")}

    def events(self):
        """Yields (name, fields) of each event; None first, when the socket
        listens, and ("lost", {}) where the kernel had to leave some out."""
        listener = Genl()
        # A multicast goes to no socket without a number of its own.
        listener.socket.bind((0, 0))
        listener.socket.settimeout(None)
        listener.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE,
                                   RECEIVE_BUFFER)
        listener.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                                   self.groups["events"])
        yield None
        while True:
            try:
                octets = listener.socket.recv(1 << 17)
            except OSError as why:
                if why.errno != 105:  # ENOBUFS
                    raise
                yield "lost", {}
                continue
            at = 0
            while at < len(octets):
                length, kind = struct.unpack_from("=IH", octets, at)
                if kind == self.genl.family:
                    name = OP_NAMES[octets[at + 16]]
                    yield name, decode(OPS[name][1],
                                       octets[at + HEADERS:at + length])
                at += (length + 3) & ~3


# ------------------------------------------------------------- the commands

def lines_of(source, stdin):
    if source == "-":
        text = stdin
    elif " " in source or not source:
        text = source.split(";")
    else:
        text = open(source, encoding="utf-8")
    for line in text:
        line = line.split("#")[0].strip()
        if line == ".":
            return
        if line:
            yield line


def flow_of(header):
    """The addresses of an event's packet, for the eyes and for grep."""
    octets = bytes.fromhex(header)
    if len(octets) >= 20 and octets[0] >> 4 == 4:
        ends, proto = (octets[12:16], octets[16:20]), octets[9]
    elif len(octets) >= 40 and octets[0] >> 4 == 6:
        ends, proto = (octets[8:24], octets[24:40]), octets[6]
    else:
        return {}
    return {"from": address_text(ends[0]), "to": address_text(ends[1]),
            "protocol": proto}


def flat(fields, prefix=""):
    for key, value in fields.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for n, one in enumerate(value):
                yield from flat(one, f"{prefix}{key}.{n}.")
        elif isinstance(value, list):
            yield prefix + key, ",".join(map(str, value))
        else:
            yield prefix + key, value


def pairs(set_name, words, aliases=None, flags=None, fields=None):
    """Words as attributes: NAME VALUE, aliases of names, names of flags."""
    fields = {} if fields is None else fields
    names = SETS[set_name]
    words = iter(words)
    for word in words:
        if flags and word in ENUMS[flags][1]:
            fields.setdefault("flags", []).append(word)
            continue
        if word == "encap":
            fields["local-port"] = next(words, None)
            word = "remote-port"
        word = (aliases or {}).get(word, word)
        if word not in names:
            raise Wrong(f"'{word}' is no attribute: one of "
                        + ", ".join(names))
        _, of, _, _, multi, _, _ = names[word]
        value = True if of == "flag" else next(words, None)
        if value is None:
            raise Wrong(f"'{word}' wants a value")
        if of == "nest":
            nest = {}
            for part in value.split(",") if value != "any" else ():
                key, _, what = part.partition("=")
                if not select(nest, key, what):
                    raise Wrong(f"'{part}' is no part of a selector")
            value = nest
        if multi:
            fields.setdefault(word, []).append(value)
        else:
            fields[word] = value
    return fields


SA_ALIASES = {"rule": "rule-id", "window": "replay-window", "seq": "sequence",
              "ceiling": "sequence-ceiling", "tfc": "tfc-length"}


class Commands:
    def __init__(self, out, stdin, as_json=False):
        self.culvert = None
        self.out = out
        self.stdin = stdin
        self.as_json = as_json

    def run(self, words):
        if not words:
            raise Wrong("no command: cvt.py --help tells them")
        if words[0] == "in" and len(words) > 2:
            self.run_away(words[1], words[2:])
            return
        method = getattr(self, "do_" + words[0].replace("-", "_"), None)
        if method is None:
            raise Wrong(f"no command '{words[0]}'")
        if self.culvert is None:
            self.culvert = Culvert()
        try:
            method(*words[1:])
        except TypeError as why:
            # Too few or too many words.
            if why.__traceback__.tb_next is None:
                raise Wrong(f"{words[0]}: {why}") from why
            raise

    def run_away(self, netns, words):
        # Only here, as it takes long to load.
        from netns import visit
        ends = [i for i, word in enumerate(words) if word == ";"]
        with visit(netns):
            away = Commands(self.out, self.stdin, self.as_json)
            away.culvert = Culvert()
            try:
                for begin, end in zip([-1, *ends], [*ends, len(words)]):
                    away.run(words[begin + 1:end])
            finally:
                away.culvert.close()

    def show(self, objects):
        for one in objects:
            if self.as_json:
                print(json.dumps(one), file=self.out)
            else:
                print(*(f"{k}={v}" for k, v in flat(one)), file=self.out)

    def do_policy(self, source, generation=None):
        print("generation", self.culvert.policy(
            lines_of(source, self.stdin),
            None if generation is None else int(generation)),
            sep="=", file=self.out)

    def do_begin(self):
        self.culvert.request("policy-begin")

    def do_add(self, *words):
        self.culvert.request("policy-add", rule_fields(words))

    def do_commit(self, generation=None):
        print("generation", self.culvert.commit(
            None if generation is None else int(generation)),
            sep="=", file=self.out)

    def do_abort(self):
        self.culvert.request("policy-abort")

    @staticmethod
    def sa(direction, spi, words):
        return pairs("sa", words, SA_ALIASES, "sa-flag",
                     {"direction": direction, "spi": spi})

    def do_sa_add(self, direction, spi, *words):
        self.culvert.request("sa-add", self.sa(direction, spi, words))

    def do_sa_set(self, direction, spi, *words):
        self.culvert.request("sa-set", self.sa(direction, spi, words))

    def do_sa_del(self, direction, spi, *words):
        self.culvert.request("sa-del", self.sa(direction, spi, words))

    def do_sa_get(self, direction, spi, *words):
        self.show(self.culvert.request("sa-get",
                                       self.sa(direction, spi, words)))

    def do_sa_dummy(self, spi, count, length, *words):
        fields = self.sa("out", spi, words)
        fields.update({"dummies": count, "dummy-length": length})
        self.culvert.request("sa-dummy", fields)

    def do_sas(self):
        self.show(self.culvert.dump("sa-get"))

    def do_rules(self):
        self.show(self.culvert.dump("rule-get"))

    def do_rule_get(self, number):
        self.show(self.culvert.request("rule-get", {"id": number}))

    def do_rule_fail(self, number):
        self.culvert.request("rule-fail", {"id": number})

    def do_settings(self):
        settings = self.culvert.get("settings-get")
        if self.as_json:
            self.show([settings])
        else:
            self.show({k: v} for k, v in settings.items())

    def do_settings_set(self, *words):
        self.culvert.request("settings-set", pairs("settings", words))

    def do_explain(self, direction, *words):
        words = list(words)
        fields = {"direction": direction}
        if words[:1] == ["dev"]:
            fields["device"] = words[1]
            del words[:2]
        if len(words) < 2:
            raise Wrong("explain wants a source and a destination")
        fields["source"], fields["destination"] = words[:2]
        del words[:2]
        if words[:1] == ["proto"]:
            del words[0]
        if words and (words[0] in PROTOCOLS or words[0].isdigit()):
            fields["protocol"] = PROTOCOLS.get(words[0], words[0])
            del words[0]
            for name in ("source-port", "destination-port"):
                if words and words[0].isdigit():
                    fields[name] = words.pop(0)
        self.show(self.culvert.request("explain",
                                       pairs("flow", words, fields=fields)))

    def do_counters(self, *names):
        counters = self.culvert.counters()
        everything = "-a" in names
        names = [name for name in names if name != "-a"]
        for name in names:
            if name not in counters:
                raise Wrong(f"no counter '{name}'")
        self.show({k: v} for k, v in counters.items()
                  if k in names or not names and (v or everything))

    def do_counter(self, name):
        if name not in ENUMS["counter"][1]:
            raise Wrong(f"no counter '{name}'")
        print(self.culvert.get("counter-get",
                               {"id": ENUMS["counter"][1][name]})["value"],
              file=self.out)

    def do_objects(self):
        self.show(self.culvert.dump("object-get"))

    def do_version(self):
        self.show(self.culvert.request("version-get"))

    def do_events(self, *words):
        left = int(words[1]) if words[:1] == ("-n",) else -1
        if len(words) not in (0, 2):
            raise Wrong("events [-n COUNT]")
        for event in self.culvert.events():
            if event is None:
                print("ready", file=self.out, flush=True)
                continue
            name, fields = event
            fields.update(flow_of(fields.get("header", "")))
            if self.as_json:
                print(json.dumps({"event": name, **fields}), file=self.out)
            else:
                print(name, *(f"{k}={v}" for k, v in flat(fields)),
                      file=self.out)
            self.out.flush()
            left -= 1
            if not left:
                break

    def do_send(self, op, *words):
        if op not in OPS:
            raise Wrong(f"no operation '{op}': one of " + ", ".join(OPS))
        dump = words[:1] == ("dump",)
        self.show(self.culvert.request(
            op, pairs(OPS[op][1], words[dump:]), dump=dump))


def split(line):
    if "'" not in line and '"' not in line:
        return line.split()
    import shlex
    return shlex.split(line)


FAILURES = (Refused, Wrong, OSError, ValueError)


def batch(stdin, out):
    commands = Commands(out, stdin)
    while True:
        line = stdin.readline()
        if not line:
            return
        words = split(line)
        if not words or words[0].startswith("#"):
            continue
        commands.as_json = words[0] == "--json"
        try:
            commands.run(words[commands.as_json:])
            print("ok", file=out, flush=True)
        except FAILURES as why:
            print("error:", why, file=out, flush=True)


def main():
    # A test stops what it started with SIGTERM; that is a good end.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    words = sys.argv[1:]
    as_json = words[:1] == ["--json"]
    del words[:as_json]
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if words[:1] == ["batch"]:
        if len(words) == 3:
            with open(words[1], encoding="utf-8") as stdin, \
                    open(words[2], "w", encoding="utf-8") as out:
                batch(stdin, out)
        else:
            batch(sys.stdin, sys.stdout)
        return 0
    try:
        Commands(sys.stdout, sys.stdin, as_json).run(words)
    except FAILURES as why:
        print(f"cvt.py: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
