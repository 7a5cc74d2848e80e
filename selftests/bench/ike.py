#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a hub's IKE daemon spends on the tunnels of many sites: CPU time of its
own, and memory. charon is what sets them up, one after the other, for both."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
import gateways  # noqa: E402  pylint: disable=wrong-import-position
from gateways import result  # noqa: E402

SITES = int(os.environ.get("SITES") or 60)
WARM_UP = 5


def busy(pid):
    """Seconds that all threads of a process had a CPU."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat",
                  encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def private(pid):
    """Octets of memory that the process shares with nobody."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return 1024 * sum(int(line.split()[1]) for line in file
                          if line.startswith("Private_"))


def hub(kind):
    here = gateways.gateway(kind, True)
    there = gateways.gateway("strongswan", False)
    here.begin(SITES)
    there.begin(SITES)
    try:
        for n in range(WARM_UP):
            there.up(n)
        pid = here.process.pid
        spent, memory = busy(pid), private(pid)
        for n in range(WARM_UP, SITES):
            there.up(n)
        gateways.wait_up(here, SITES)
        count = SITES - WARM_UP
        each = (busy(pid) - spent) / count
        result("cpu", "responder", kind, each * 1e3, "ms/set-up")
        result("set-ups", "responder", kind, 1 / each, "per-cpu-second")
        result("memory", "IKE SA with a child", kind,
               (private(pid) - memory) / count, "octets")
    finally:
        there.end()
        here.end()


def main():
    gateways.add_sites(SITES)
    for kind in gateways.KINDS:
        hub(kind)


main()
