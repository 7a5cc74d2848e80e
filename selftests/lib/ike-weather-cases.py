#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""culvertd on gw1 and charon on gw2 on a bad day: a wire that loses, doubles,
delays and reorders; and strangers, who have addresses without end and the first
message of IKE."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import run
from ikescene import Scene, charon, culvert
from ikelab import (Echo, GW1, GW2, HOST, Stream, Strangers, h1, ping_both,
                    until, weather)

CASES = []
ROUNDS = int(os.environ.get("ROUNDS") or 5)
WEATHER = ("limit", "10000", "delay", "100ms", "100ms", "loss", "30%",
           "duplicate", "10%", "reorder", "25%")
# Seconds in which a packet comes back on such a wire, or never.
OFTEN = 0.5


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def until_answered(patience):
    """Echo requests until one comes back."""
    echo = Echo(h1, HOST["h2", 4])
    end = time.monotonic() + patience
    while not echo.back:
        assert time.monotonic() < end, "nothing comes through"
        echo.send()
        echo.take(OFTEN)
    echo.close()


def spis():
    return {child["spi-in"] for child in charon.children()}


def replaced(before, patience):
    until(lambda: spis() and not spis() & before,
          lambda: f"the Child SA is not replaced: {charon.sas()}", patience)


@case(f"{ROUNDS} set-ups by culvert in bad weather")
def setups():
    for _ in range(ROUNDS):
        with Scene() as scene:
            with weather(*WEATHER):
                until_answered(120)
            ping_both()
            scene.up(1)


@case(f"{ROUNDS} set-ups by charon in bad weather")
def setups_charon():
    for _ in range(ROUNDS):
        with Scene() as scene:
            with weather(*WEATHER):
                charon.initiate(patience=240)
            ping_both()
            scene.up(1)


@case(f"{ROUNDS} Child SAs are replaced by culvert in bad weather")
def rekeys():
    with Scene(conf=["esp_rekey_bytes = 20000",
                     "esp_life_bytes = 100000000"]) as scene:
        scene.start("culvert")
        with weather(*WEATHER):
            for _ in range(ROUNDS):
                before = spis()
                echo = Echo(h1, HOST["h2", 4])
                while culvert.sas("in") and spis() == before:
                    echo.send(1000)
                    echo.take(0.05)
                echo.close()
                replaced(before, 120)
        ping_both()
        scene.up(1)


@case(f"{ROUNDS} Child SAs and the IKE SA are replaced by charon in bad"
      " weather")
def rekeys_charon():
    with Scene() as scene:
        scene.start("culvert")
        with weather(*WEATHER):
            for _ in range(ROUNDS):
                before = spis()
                charon.rekey(child="net")
                replaced(before, 240)
            charon.rekey(ike="culvert")
            until(lambda: [sa["state"] for sa in charon.sas()] ==
                  ["ESTABLISHED"],
                  lambda: f"the IKE SA is not replaced: {charon.sas()}", 240)
        ping_both()
        scene.up(1)


# ------------------------------------------------------------- strangers

STRANGERS = 5000
# Octets that culvertd may grow by: its half open IKE SAs are counted.
GROWTH = 8 << 20


@case(f"{STRANGERS} strangers: memory is bounded, a tunnel loses nothing, who"
      " is honest is let in within 10 s")
def flood():
    with Scene(ids=("a.example.org", "b.example.org"),
               outer=(GW1, "%any"), their_outer=(GW1, GW2)) as scene:
        scene.start("charon")
        scene.up(1)
        before = culvert.resident()
        stream = Stream()
        strangers = Strangers(GW1)
        for number in range(STRANGERS):
            strangers.send(number)
            if number % 100 == 99:
                time.sleep(0.05)
        culvert.log.has("COOKIE_ASKED")
        grown = culvert.resident() - before
        sent = stream.end()
        assert sent > 100, f"only {sent} packets"
        assert grown <= GROWTH, f"culvertd grew by {grown} octets"
        # Who is honest: charon, which forgot all.
        ids = [sa["uniqueid"] for sa in charon.sas()]
        for one in ids:
            charon.vici.ask("terminate", {"ike-id": one, "force": "yes",
                                          "timeout": "-1"})
        begin = time.monotonic()
        charon.initiate()
        ping_both(first="h2", count=1)
        took = time.monotonic() - begin
        assert took <= 10, f"it took {took} s"
        scene.up(1)
        print("#", f"grown by {grown >> 10} KiB, let in after {took:.1f} s,"
              f" {sent} packets meanwhile", flush=True)


if __name__ == "__main__":
    charon.start()
    run(CASES)
    charon.stop()
