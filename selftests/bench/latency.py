#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How long the first packet takes that asks for a tunnel, from sent to answered,
and what a tunnel that is up adds to a packet's round trip; both gateways of the
same kind. A packet that is lost is sent again each second, as ping does."""

import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
import gateways  # noqa: E402  pylint: disable=wrong-import-position
from gateways import result  # noqa: E402
from ikelab import Echo, gw1, gw2, h1  # noqa: E402

ROUNDS = 3
SETTLE = 3  # seconds, until daemons that have started are at rest
TRIPS = 200
FAR = "10.2.0.2"


def first_packet():
    """Seconds until an answer, and whether it was the first packet's."""
    echo = Echo(h1, FAR)
    begin = time.monotonic()
    while not echo.back:
        echo.send()
        until_next = begin + echo.sent
        while not echo.back and time.monotonic() < until_next:
            echo.take(until_next - time.monotonic())
        if echo.sent > 30:
            raise AssertionError("no packet is answered in 30 s")
    took, number = time.monotonic() - begin, echo.back[0]
    echo.close()
    return took, number == 0


def round_trip():
    echo = Echo(h1, FAR)
    trips = []
    for _ in range(TRIPS):
        begin = time.monotonic()
        echo.send()
        echo.wait()
        trips.append(time.monotonic() - begin)
    echo.close()
    return statistics.median(trips)


def modprobe(path):
    """What the kernel runs for a module. Returns what it was."""
    knob = pathlib.Path("/proc/sys/kernel/modprobe")
    before = knob.read_text(encoding="ascii")
    knob.write_text(path, encoding="ascii")
    return before


def tunnel(kind, name, case):
    """In a first round the kernel loads what it was never asked for. Then it does
    not try any more: it would ask the host for a program, for an instance of a
    cipher whose modules it has, and idle time is none here."""
    firsts = []
    path = None
    for number in range(1 + ROUNDS):
        if number == 1:
            path = modprobe("\n")
        here, there = (gateways.gateway(kind, hub) for hub in (True, False))
        there.begin(1)
        here.begin(1)
        time.sleep(SETTLE)
        try:
            first = first_packet()
            if number == 0:
                trip = round_trip()
            else:
                firsts.append(first)
        finally:
            here.end()
            there.end()
    modprobe(path)
    result("first-packet", case, name,
           1e3 * statistics.median(took for took, _ in firsts), "ms")
    result("answered", case, name,
           sum(is_first for _, is_first in firsts) / ROUNDS, "of-first-packets")
    return trip


def main():
    clear = round_trip()
    for kind in gateways.KINDS:
        trip = tunnel(kind, kind, "tunnel comes up")
        result("added-round-trip", "tunnel is up", kind,
               1e6 * (trip - clear), "us")
    # XFRM can be told to keep what waits.
    for node in gw1, gw2:
        node.run("sysctl", "-qw", "net.core.xfrm_larval_drop=0")
    tunnel("strongswan", "strongswan", "tunnel comes up, packets kept")


main()
