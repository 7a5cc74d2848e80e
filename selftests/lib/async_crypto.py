#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""async_crypto.py on|off ALGORITHM...: makes the kernel prefer asynchronous
implementations, of names like cryptd(rfc4106(gcm(aes))), or forgets them
again. Says the name of each driver that is there."""

import contextlib
import errno
import os
import socket
import struct
import sys
import time

from genl import attr, u32

NETLINK_CRYPTO = 21
CRYPTO_MSG_DELALG = 0x11
CRYPTO_MSG_UPDATEALG = 0x12
CRYPTOCFGA_PRIORITY_VAL = 1
PRIORITY = 20000
NLM_F_REQUEST, NLM_F_ACK = 1, 4
PATIENCE = float(os.environ.get("PATIENCE") or 60)


def bind(name):
    """Whoever binds to it has it made; it stays."""
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
        sock.bind(("aead", name))


def implementations(name):
    """The drivers of an algorithm that passed their test, the best one
    first."""
    found = []
    with open("/proc/crypto", encoding="ascii") as file:
        for block in file.read().split("\n\n"):
            fields = dict((k.strip(), v.strip()) for k, _, v in
                          (line.partition(":")
                           for line in block.split("\n")))
            if fields.get("name") == name and fields["selftest"] == "passed":
                found.append((int(fields["priority"]), fields["driver"]))
    return [driver for _, driver in sorted(found, reverse=True)]


def drivers(name):
    """Those that are made of the template of name, around its algorithm."""
    template, _, inner = name.partition("(")
    return [driver for driver in implementations(inner[:-1])
            if driver.startswith(template + "(")]


def crypto_user(message, driver, name, attributes=b""):
    """Returns an errno."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_CRYPTO) as sock:
        alg = struct.pack("=64s64s64sIIII", name.encode(), driver.encode(),
                          b"", 0, 0, 0, 0) + attributes
        sock.send(struct.pack("=IHHII", 16 + len(alg), message,
                              NLM_F_REQUEST | NLM_F_ACK, 1, 0) + alg)
        return -struct.unpack_from("=i", sock.recv(4096), 16)[0]


def make(name):
    """Returns its driver, from now on the best of its algorithm. It is made around
    the best one of now, unless, as for cryptd, that must answer at once: then the
    kernel makes one that nobody would choose, under another name than it looks
    for."""
    template, _, inner = name.partition("(")
    inner = inner[:-1]
    bind(inner)
    if not drivers(name):
        try:
            bind(f"{template}({implementations(inner)[0]})")
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                bind(name)
    end = time.monotonic() + PATIENCE
    while not drivers(name):
        if time.monotonic() > end:
            raise OSError(errno.ENOENT, f"the kernel makes no {name}")
        time.sleep(0.05)
    driver = drivers(name)[0]
    crypto_user(CRYPTO_MSG_UPDATEALG, driver, inner,
                attr(CRYPTOCFGA_PRIORITY_VAL, u32(PRIORITY)))
    return driver


def forget(driver, name):
    """Returns an errno: somebody may still use it."""
    return crypto_user(CRYPTO_MSG_DELALG, driver, name)


def main():
    for name in sys.argv[2:]:
        if sys.argv[1] == "on":
            print(make(name))
        else:
            for driver in drivers(name):
                forget(driver, name.partition("(")[2][:-1])


if __name__ == "__main__":
    main()
