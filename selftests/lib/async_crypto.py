#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""async_crypto.py on|off ALGORITHM...: makes the kernel prefer asynchronous
implementations, of names like cryptd(rfc4106(gcm(aes))), or forgets them
again. Says the name of each driver that is there."""

import socket
import struct
import sys

NETLINK_CRYPTO = 21
CRYPTO_MSG_DELALG = 0x11
NLM_F_REQUEST, NLM_F_ACK = 1, 4


def bind(name):
    """Whoever binds to it has it made; it stays."""
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
        sock.bind(("aead", name))


def implementations(name):
    """The drivers of an algorithm, the best one first."""
    found = []
    with open("/proc/crypto", encoding="ascii") as file:
        for block in file.read().split("\n\n"):
            fields = dict((k.strip(), v.strip()) for k, _, v in
                          (line.partition(":")
                           for line in block.split("\n")))
            if fields.get("name") == name:
                found.append((int(fields["priority"]), fields["driver"]))
    return [driver for _, driver in sorted(found, reverse=True)]


def drivers(name):
    """Those that are made of the template of name, around its algorithm."""
    template, _, inner = name.partition("(")
    inner = inner[:-1]
    return [(driver, inner) for driver in implementations(inner)
            if driver.startswith(template + "(")]


def make(name):
    """Returns its driver. Around the best implementation, and by its name: around the algorithm's
    own the kernel makes one too, but under this name, and then seeks it in
    vain."""
    if not drivers(name):
        template, _, inner = name.partition("(")
        bind(inner[:-1])
        bind(f"{template}({implementations(inner[:-1])[0]})")
    return drivers(name)[0][0]


def forget(driver, name):
    """Returns an errno: somebody may still use it."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_CRYPTO) as sock:
        alg = struct.pack("=64s64s64sIIII", name.encode(), driver.encode(),
                          b"", 0, 0, 0, 0)
        sock.send(struct.pack("=IHHII", 16 + len(alg), CRYPTO_MSG_DELALG,
                              NLM_F_REQUEST | NLM_F_ACK, 1, 0) + alg)
        return -struct.unpack_from("=i", sock.recv(4096), 16)[0]


def main():
    for name in sys.argv[2:]:
        if sys.argv[1] == "on":
            print(make(name))
        else:
            for driver, inner in drivers(name):
                forget(driver, inner)


if __name__ == "__main__":
    main()
