#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""Replaces the SAs of a rule between two gateways, again and again, as two IKE
daemons would.

rekey.py NETNS ADDR NETNS ADDR RULE ROUNDS [together]

The order in which no packet is lost, for each side the same:

  1. SA in: sa-add. From now on it opens what the peer sends through the new
     SA.
  2. SA out: sa-add, without activate. It exists, its SPI is taken, nothing is
     sent through it.
  3. When the peer can open (the answer to CREATE_CHILD_SA; here: both sides
     are done with 1): sa-set activate. The next packet takes the new SA.
  4. Old SA out: sa-del, once the peer has what was sent through it.
  5. Drain: what is on its way, or in a cipher, still wants the old SA in.
  6. Old SA in: sa-del.

together: both sides begin at the same moment (RFC 7296 2.8.1), so there are
two new pairs. Each side activates the one that it began, then both settle on
one, and the other is replaced like an old one."""

import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cvt import Culvert, Refused
from netns import visit

PATIENCE = float(os.environ.get("PATIENCE") or 60)


class Gateway:
    def __init__(self, netns, address, rule):
        with visit(netns):
            self.client = Culvert()
        self.address, self.rule = address, rule
        self.peer = None

    def add(self, way, spi, key):
        fields = {"direction": way, "spi": spi, "rule-id": self.rule,
                  "mode": "tunnel", "local": self.address,
                  "remote": self.peer.address, "suite": "aes-gcm-16",
                  "encr-key": key}
        if way == "in":
            fields["replay-window"] = 1024
        self.client.request("sa-add", fields)

    def name(self, way, spi):
        fields = {"direction": way, "spi": spi}
        if way == "out":
            fields["remote"] = self.peer.address
        return fields

    def activate(self, spi):
        self.client.request("sa-set", dict(self.name("out", spi),
                                           flags=["activate"]))

    def remove(self, way, spi):
        self.client.request("sa-del", self.name(way, spi))

    def packets(self, way, spi):
        return self.client.get("sa-get", self.name(way, spi))["packets"]


class Pair:
    """Two SAs for each gateway: its SA in has its own SPI and key."""
    number = 0x100000

    def __init__(self, gateways):
        self.spi, self.key = {}, {}
        for gateway in gateways:
            Pair.number += 1
            self.spi[gateway] = Pair.number
            self.key[gateway] = os.urandom(20)

    def install_in(self, gateway):
        gateway.add("in", self.spi[gateway], self.key[gateway])

    def install_out(self, gateway):
        peer = gateway.peer
        gateway.add("out", self.spi[peer], self.key[peer])

    def activate(self, gateway):
        gateway.activate(self.spi[gateway.peer])

    def remove_out(self, gateway):
        # All of it has arrived.
        spi = self.spi[gateway.peer]
        sent = gateway.packets("out", spi)
        end = time.monotonic() + PATIENCE
        while gateway.peer.packets("in", spi) < sent:
            if time.monotonic() > end:
                raise Refused("drain", 110, f"{sent} sent, "
                              f"{gateway.peer.packets('in', spi)} came",
                              None, None)
        gateway.remove("out", spi)

    def remove_in(self, gateway):
        gateway.remove("in", self.spi[gateway])


def both(gateways, *steps):
    """Steps of each gateway, the two at the same time. Each step is a list:
    what the first does, what the second does."""
    failed = []

    def walk(gateway, mine):
        try:
            for step in mine:
                step(gateway)
        except (Refused, OSError) as why:
            failed.append(why)
    threads = [threading.Thread(target=walk, args=(gateway, mine))
               for gateway, mine in zip(gateways, zip(*steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def main():
    names, rule, rounds = sys.argv[1:5], int(sys.argv[5]), int(sys.argv[6])
    together = sys.argv[7:] == ["together"]
    one = Gateway(names[0], names[1], rule)
    two = Gateway(names[2], names[3], rule)
    one.peer, two.peer = two, one
    gateways = one, two

    def all_of(step):
        for gateway in gateways:
            step(gateway)

    used, drained = None, []
    for number in range(rounds):
        new = Pair(gateways)
        other = Pair(gateways) if together else None
        if together:
            both(gateways, (new.install_in, other.install_in))
            both(gateways, (other.install_in, new.install_in),
                 (other.install_out, new.install_out),
                 (new.install_out, other.install_out))
            both(gateways, (new.activate, other.activate))
            two_now = new if number % 2 else other
            if two_now is new:
                new, other = other, new
            all_of(new.activate)
        else:
            all_of(new.install_in)
            all_of(new.install_out)
            for gateway in gateways[::1 if number % 2 else -1]:
                new.activate(gateway)
        # A round later there is nothing on its way any more.
        for pair in drained:
            all_of(pair.remove_in)
        drained = [pair for pair in (used, other) if pair]
        for pair in drained:
            all_of(pair.remove_out)
        used = new
    for pair in drained:
        all_of(pair.remove_in)
    print(f"replaced {rounds} times")


try:
    main()
except Refused as refused:
    sys.exit(f"rekey.py: {refused}")
