#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""many-rules.py COUNT DEV RULE...: a list of COUNT discard rules, a range of
addresses each, on DEV, and behind them the RULEs, lines as cvt.py's policy
takes them. Says how long the kernel took to take it, and to put it into
force."""

import os
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cvt import Culvert, encode, rule_fields

FIRST_ID = 1000000


def bodies(count, device):
    """The same request again and again, but for the id and the addresses."""
    first = rule_fields(f"{FIRST_ID} discard dev {device} remote "
                        "11.22.33.44-11.22.33.55")
    text = encode("rule", first)
    number = text.index(struct.pack("=Q", FIRST_ID))
    start = text.index(bytes((11, 22, 33, 44)))
    end = text.index(bytes((11, 22, 33, 55)))
    for n in range(count):
        base = 0x14000000 + n * 16
        body = bytearray(text)
        struct.pack_into("=Q", body, number, FIRST_ID + n)
        struct.pack_into(">I", body, start, base)
        struct.pack_into(">I", body, end, base + 9)
        yield bytes(body)


def main():
    count, device = int(sys.argv[1]), sys.argv[2]
    client = Culvert()
    begin = time.monotonic()
    client.request("policy-begin")
    client.many("policy-add", bodies(count, device))
    client.many("policy-add", (encode("rule", rule_fields(line))
                               for line in sys.argv[3:]))
    added = time.monotonic()
    generation = client.commit()
    done = time.monotonic()
    print(f"generation={generation} adding={added - begin:.2f}s "
          f"commit={done - added:.2f}s")


main()
