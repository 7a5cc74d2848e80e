#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""culvertd on gw1, charon on gw2, and one of them is gone without a word: the
other notices, gives it up, and there is a tunnel again when it is back."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import run
from ikescene import Scene, charon, culvert
from ikelab import Echo, HOST, gw2, h1, ping_both, until

CASES = []
# Tries of charon's after its first: 2 s, and each wait 1.8 times the last.
TRIES = 3
# A dozen tries of culvertd's take several minutes (RFC 7296 2.4).
GIVEN_UP = 360


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


@case("culvert's gateway is gone, charon gives it up, and a packet makes a"
      " tunnel when it is back")
def culvert_gone():
    with Scene(conn={"dpd_delay": "2s"}) as scene:
        scene.start("charon")
        culvert.kill()
        culvert.forget()
        charon.log.has("giving up after 3 retransmits")
        until(lambda: not charon.sas(), lambda: f"it keeps {charon.sas()}")
        culvert.start(1)
        ping_both()
        scene.up(1)


@case("charon is gone, culvertd gives it up, holds a packet, and sends it"
      " when charon is back")
def charon_gone():
    with Scene(conf=["dpd_delay = 2s"]) as scene:
        scene.start("culvert")
        charon.kill()
        for what in "state", "policy":
            gw2.run("ip", "xfrm", what, "flush")
        culvert.log.has("SENT: INFORMATIONAL request")
        until(lambda: not culvert.sas(),
              lambda: f"it keeps {culvert.sas()}", GIVEN_UP)
        culvert.log.has("IKE_STATE NO_ANSWER: .* -> GONE")
        before = culvert.log.count("SENT: IKE_SA_INIT request")
        echo = Echo(h1, HOST["h2", 4])
        echo.send(100)
        until(lambda: culvert.log.count("SENT: IKE_SA_INIT request") > before,
              "the packet asks for nothing")
        charon.start(tries=TRIES)
        charon.load(scene.conn, scene.their_secret)
        echo.wait()
        echo.close()
        ping_both()
        scene.up(1)


if __name__ == "__main__":
    charon.start(tries=TRIES)
    run(CASES)
    charon.stop()
