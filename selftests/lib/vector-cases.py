#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Known answers given to the module: each record of selftests/vectors that is a
whole ESP packet is sent to an SA with its keys, as it stands and with one bit of
each octet wrong, and the SA's counters say what the module made of it. The packets
of RFC 3602 have no ICV, which the module refuses; they get the ICV of a vector of
RFC 4868 and, as that says nothing of the cipher, are unpacked.

usage: vector-cases.py LOCAL REMOTE NAMESPACE
Runs in the gateway's namespace; the packets come from the other one. Prints
"pass NAME" or "fail NAME: WHY" for each record.
"""

import hashlib
import hmac
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cvt import Commands, Culvert
from netns import visit

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../vectors")
PATIENCE = 200  # looks at counters that may take a moment
FILES = (
    ("rfc4106_aes_gcm_esp.txt", "aes-gcm-16"),
    ("rfc4543_gmac_esp.txt", "null-aes-gmac"),
    ("rfc7634_chacha20poly1305.txt", "chacha20-poly1305"),
)
CBC = "rfc3602_aes_cbc_esp.txt"
HMAC = ("rfc4868_hmac_sha2_esp.txt", "HMAC-SHA-256-128 AUTH256-4")


def records(name):
    """The records of a file as (title, {field: octets})."""
    found = []
    with open(os.path.join(VECTORS, name), encoding="ascii") as file:
        for line in map(str.strip, file):
            if line.startswith("#"):
                continue
            if line.startswith("["):
                found.append((line.strip("[]"), {}))
            elif " = " in line:
                key, value = line.split(" = ")
                # A number may have an odd digit.
                found[-1][1][key] = bytes.fromhex(value.zfill(
                    len(value) + len(value) % 2))
    return found


def packet_of(fields):
    """The SPI, the 64 bits of the sequence number, whether those are extended,
    and the octets from the SPI to the ICV."""
    aad = fields.get("AAD") or fields["AAD_SPI_Seq"]
    sealed = fields.get("CiphertextAndICV")
    if sealed is None:
        sealed = (fields.get("Ciphertext") or fields["Payload"]) + fields["ICV"]
    spi = struct.unpack_from(">I", aad)[0]
    if len(aad) == 12:
        seq = struct.unpack_from(">Q", aad, 4)[0]
    else:
        seq = struct.unpack_from(">I", aad, 4)[0]
    octets = aad[:4] + struct.pack(">I", seq & 0xffffffff) + fields["IV"]
    return spi, seq, len(aad) == 12, octets + sealed


class Record:
    """One record, and an SA made for it anew for each packet."""

    def __init__(self, culvert, wire, local, sa, key, packet):
        self.culvert = culvert
        self.wire = wire
        self.local = local
        self.key = key
        spi, seq, esn, self.octets = packet
        # So that the number of the record is a new one.
        self.words = ["local", local, "seq", str(max(seq - 1, 0)), *sa]
        self.words += ["esn"] if esn else []
        self.spi = str(spi)
        self.name = Commands.sa("in", self.spi, [])

    def reasons(self, octets, key=None):
        """Why the module dropped that packet."""
        words = [*self.words, "encr-key", (key or self.key).hex()]
        self.culvert.request("sa-add", Commands.sa("in", self.spi, words))
        self.wire.sendto(octets, (self.local, 0))
        for _ in range(PATIENCE):
            stats = self.culvert.get("sa-get", self.name)["stats"]
            if stats["verifies"] or stats["recv-errors"]:
                break
        self.culvert.request("sa-del", self.name)
        reasons = stats.get("drop", {})
        assert stats["verifies"] or stats["recv-errors"], "it did not arrive"
        assert bool(stats["verifies"]) != ("in-icv" in reasons), str(stats)
        return set(reasons)

    def run(self, step=1):
        assert "in-icv" not in self.reasons(self.octets), "wrong as it stands"
        for at in range(8, len(self.octets), step):
            wrong = bytearray(self.octets)
            wrong[at] ^= 1
            assert "in-icv" in self.reasons(bytes(wrong)), \
                f"right with octet {at} wrong"

    def run_unpacked(self):
        self.run(step=7)
        assert not self.reasons(self.octets), "not unpacked"
        assert self.reasons(self.octets, bytes(len(self.key))) & {
            "in-padding", "in-next-header", "in-inner-header"}, \
            "unpacked with a wrong key"


def sa_of(rule, mode, remote, suite):
    return ["rule", rule, "mode", mode, "remote", remote, "suite", suite]


def whole_packets(culvert, wire, local, remote):
    """What an AEAD sealed: title and what is to be called."""
    for name, suite in FILES:
        for title, fields in records(name):
            if "KEYMAT" not in fields or "IKEMessage" in fields:
                continue
            yield title, Record(culvert, wire, local,
                                sa_of("1", "tunnel", remote, suite),
                                fields["KEYMAT"], packet_of(fields)).run


def cbc_packets(culvert, wire, local, remote):
    """As above."""
    integ = dict(records(HMAC[0]))[HMAC[1]]["Key"]
    for title, fields in records(CBC):
        spi = int.from_bytes(fields["SPI"], "big")
        seq = int.from_bytes(fields["Seq"], "big")
        octets = struct.pack(">II", spi, seq) + fields["IV"] + \
            fields["Ciphertext"]
        octets += hmac.new(integ, octets, hashlib.sha256).digest()[:16]
        mode = "transport" if "transport" in title else "tunnel"
        sa = sa_of({"tunnel": "1", "transport": "2"}[mode], mode, remote,
                   "aes-cbc-hmac-sha2-256-128")
        yield "RFC 3602 " + title, Record(
            culvert, wire, local, sa + ["integ-key", integ.hex()],
            fields["Key"], (spi, seq, False, octets)).run_unpacked


def main():
    local, remote, namespace = sys.argv[1:]
    culvert = Culvert()
    with visit(namespace):
        wire = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_ESP)
    culvert.policy([f"2 protect local {local} remote {remote} mode transport",
                    "1 protect"])
    scene = culvert, wire, local, remote
    for title, run in (*whole_packets(*scene), *cbc_packets(*scene)):
        try:
            run()
            print(f"pass {title}", flush=True)
        except AssertionError as why:
            print(f"fail {title}: {why}", flush=True)
    print("end", flush=True)


main()
