#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""culvertd on both gateways: SAs are replaced again and again under numbered
packets; by one end, then by the other."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import run
from ikelab import (Daemon, GW1, GW2, NET1, NET2, Stream, conf_text, gw1, gw2,
                    ping_both, same, until)

CASES = []
CHILDREN = int(os.environ.get("ROUNDS") or 60)
IKES = CHILDREN // 10
# So many octets, so many seconds.
LIMITS = ["esp_rekey_bytes = 9000", "esp_life_bytes = 100000000",
          "rekey_time = 4s"]
SECRET = "what both of them know, 32 octets"
LEFT, RIGHT = Daemon(gw1, "left"), Daemon(gw2, "right")


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def start(daemon, here, there, nets, lines):
    daemon.log.mark()
    daemon.configure(conf_text("to-isp", here, there, SECRET, [nets], lines))
    daemon.start(1)


def count(daemon, what):
    return daemon.log.count(what + r".*-> CLOSING: we replaced it")


def settled():
    return (len(LEFT.sas("in")) == len(LEFT.sas("out")) == 1 and
            len(RIGHT.sas("in")) == len(RIGHT.sas("out")) == 1 and
            LEFT.sas("in")[0]["spi"] == RIGHT.sas("out")[0]["spi"] and
            LEFT.sas("out")[0]["spi"] == RIGHT.sas("in")[0]["spi"])


def replacing(daemon):
    """By that one alone."""
    start(LEFT, GW1, GW2, (NET1, NET2), LIMITS if daemon is LEFT else [])
    start(RIGHT, GW2, GW1, (NET2, NET1), LIMITS if daemon is RIGHT else [])
    try:
        ping_both()
        stream = Stream(pause=0.015)
        until(lambda: count(daemon, "CHILD_STATE") >= CHILDREN // 2 and
              count(daemon, "IKE_STATE") >= IKES // 2,
              lambda: f"{count(daemon, 'CHILD_STATE')} Child SAs,"
              f" {count(daemon, 'IKE_STATE')} IKE SAs were replaced",
              10 * CHILDREN)
        stream.end()
        until(settled, lambda: f"left over: {LEFT.sas()} {RIGHT.sas()}")
        for one in LEFT, RIGHT:
            one.log.lacks("STEP_REFUSED|KERNEL_REFUSED")
            one.stop()
    finally:
        for one in LEFT, RIGHT:
            if one.process:
                one.kill()
            one.forget()


@case(f"{CHILDREN // 2} Child SAs and {IKES // 2} IKE SAs are replaced by the"
      " one that began: nothing is lost, doubled or left over")
def replaced_left():
    replacing(LEFT)


@case(f"{CHILDREN // 2} Child SAs and {IKES // 2} IKE SAs are replaced by the"
      " other: nothing is lost, doubled or left over")
def replaced_right():
    replacing(RIGHT)


if __name__ == "__main__":
    run(CASES)
