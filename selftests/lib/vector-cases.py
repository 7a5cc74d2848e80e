#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Known answers given to the module: each record of selftests/vectors that is a
whole ESP packet is sent to an SA with its keys, as it stands and with one bit of
each octet wrong, and the SA's counters say what the module made of it.

usage: vector-cases.py LOCAL REMOTE NAMESPACE
Runs in the gateway's namespace; the packets come from the other one. Prints "pass NAME" or "fail NAME: WHY" for each record.
"""

import ctypes
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cvt import Commands, Culvert

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../vectors")
CLONE_NEWNET = 0x40000000
PATIENCE = 200  # looks at counters that may take a moment
FILES = (
    ("rfc4106_aes_gcm_esp.txt", "aes-gcm-16"),
    ("rfc4543_gmac_esp.txt", "null-aes-gmac"),
    ("rfc7634_chacha20poly1305.txt", "chacha20-poly1305"),
)


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
                found[-1][1][key] = bytes.fromhex(value)
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


def socket_in(namespace):
    """A raw socket of another network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as here, \
            open(f"/var/run/netns/{namespace}", "rb") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), namespace)
        wire = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_ESP)
        libc.setns(here.fileno(), CLONE_NEWNET)
    return wire


class Record:
    """One record, and an SA made for it anew for each packet."""

    def __init__(self, culvert, wire, local, remote, suite, fields):
        self.culvert = culvert
        self.wire = wire
        self.local = local
        spi, seq, esn, self.octets = packet_of(fields)
        words = ["rule", "1", "mode", "tunnel", "local", local, "remote",
                 remote, "suite", suite, "encr-key", fields["KEYMAT"].hex()]
        # So that the number of the record is a new one.
        words += ["seq", str(max(seq - 1, 0))] + (["esn"] if esn else [])
        self.name = Commands.sa("in", str(spi), [])
        self.words = Commands.sa("in", str(spi), words)

    def verified(self, octets):
        """Did the module find the ICV of that packet right?"""
        self.culvert.request("sa-add", self.words)
        self.wire.sendto(octets, (self.local, 0))
        for _ in range(PATIENCE):
            stats = self.culvert.get("sa-get", self.name)["stats"]
            if stats["verifies"] or stats["recv-errors"]:
                break
        self.culvert.request("sa-del", self.name)
        reasons = stats.get("drop", {})
        assert stats["verifies"] or stats["recv-errors"], "it did not arrive"
        assert stats["verifies"] != ("in-icv" in reasons), str(stats)
        return bool(stats["verifies"])

    def run(self):
        assert self.verified(self.octets), "wrong as it stands"
        for at in range(8, len(self.octets)):
            wrong = bytearray(self.octets)
            wrong[at] ^= 1
            assert not self.verified(bytes(wrong)), f"right with octet {at} wrong"


def main():
    local, remote, namespace = sys.argv[1:]
    culvert = Culvert()
    wire = socket_in(namespace)
    culvert.policy(["1 protect"])
    for name, suite in FILES:
        for title, fields in records(name):
            if "KEYMAT" not in fields or "IKEMessage" in fields:
                continue
            try:
                Record(culvert, wire, local, remote, suite, fields).run()
                print(f"pass {title}", flush=True)
            except AssertionError as why:
                print(f"fail {title}: {why}", flush=True)
    print("end", flush=True)


main()
