# SPDX-License-Identifier: GPL-2.0-only
"""A stay in another network namespace."""

import contextlib
import ctypes
import os

CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def enter(file):
    if libc.setns(file.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def visit(name):
    """Sockets that are opened meanwhile belong to that namespace of ip-netns(8),
    and keep it until they are closed."""
    with open("/proc/self/ns/net", "rb") as home:
        with open(f"/run/netns/{name}", "rb") as there:
            enter(there)
        try:
            yield
        finally:
            enter(home)
