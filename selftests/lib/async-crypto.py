#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""async-crypto.py on|off ALGORITHM...: makes the kernel prefer asynchronous
implementations, of names like cryptd(rfc4106(gcm(aes))), or forgets them
again. Says the name of each driver that is there."""

import socket
import struct
import sys

NETLINK_CRYPTO = 21
CRYPTO_MSG_DELALG = 0x11
NLM_F_REQUEST, NLM_F_ACK = 1, 4


def make(name):
    """Whoever binds to it has it made; it stays."""
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
        sock.bind(("aead", name))


def drivers(name):
    """Those that are made of the template of name, around its algorithm."""
    template, _, inner = name.partition("(")
    inner = inner[:-1]
    with open("/proc/crypto", encoding="ascii") as file:
        for block in file.read().split("\n\n"):
            fields = dict((k.strip(), v.strip()) for k, _, v in
                          (line.partition(":")
                           for line in block.split("\n")))
            if fields.get("name") == inner and \
                    fields.get("driver", "").startswith(template + "("):
                yield fields["driver"], inner


def forget(driver, name):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_CRYPTO) as sock:
        alg = struct.pack("=64s64s64sIIII", name.encode(), driver.encode(),
                          b"", 0, 0, 0, 0)
        sock.send(struct.pack("=IHHII", 16 + len(alg), CRYPTO_MSG_DELALG,
                              NLM_F_REQUEST | NLM_F_ACK, 1, 0) + alg)
        sock.recv(4096)


def main():
    for name in sys.argv[2:]:
        if sys.argv[1] == "on":
            make(name)
            for driver, _ in drivers(name):
                print(driver)
        else:
            for driver, inner in drivers(name):
                forget(driver, inner)


main()
