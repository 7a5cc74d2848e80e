#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""lab-charon.py NODE: strongSwan's charon on a gateway of the reference lab, until
SIGTERM. Its secret and its connection stand in $LAB/charon.json, which is read
at the start and again at each SIGHUP; then it says "loaded"."""

import json
import os
import signal
import sys

from ikelab import Charon, LAB, Node

AGAIN, END = signal.SIGHUP, signal.SIGTERM


def load(charon):
    with open(os.path.join(LAB, "charon.json"), encoding="utf-8") as file:
        lab = json.load(file)
    charon.load(lab["conn"], lab["secret"])
    print("loaded", flush=True)


def main():
    charon = Charon(Node(sys.argv[1]), "swan")
    charon.start()
    signal.pthread_sigmask(signal.SIG_BLOCK, (AGAIN, END))
    load(charon)
    while signal.sigwait((AGAIN, END)) == AGAIN:
        charon.unload()
        load(charon)
    charon.stop()


main()
