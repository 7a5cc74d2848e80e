#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmark found, for people and for programs.

report.py write FOUND DOCS PART...     FOUND/PART.tsv into DOCS: bench.json,
                                       README.md, bench.svg; prints the targets
report.py compare BASE FOUND PART...   prints two runs side by side

A line of PART.tsv: part, figure, case, kind, value, unit, with tabs.
"""

import json
import os
import re
import subprocess
import sys
import time
from xml.sax.saxutils import escape

GCM, CBC, CHACHA = ("aes-gcm-16", "aes-cbc-hmac-sha2-256-128",
                    "chacha20-poly1305")
SMALL, LARGE = "50", "1386"  # octets of an IP packet

PARTS = {
    "packet": "Instructions a packet, on its whole way over two gateways",
    "tcp": "TCP bulk on one CPU, per second of the machine's own time",
    "policy": "Long lists of rules: instructions a packet, time to replace",
    "sas": "Many SAs",
    "scaling": "TCP bulk on two CPUs, one SA",
    "latency": "Delay, in the machine's own time",
    "ike": "Setting up IKE SAs",
}
KINDS = ("clear", "idle", "cipher", "wireguard", "xfrm", "strongswan",
         "culvert")
TITLES = {"clear": "plain", "idle": "culvert idle",
          "cipher": "cipher alone", "wireguard": "WireGuard",
          "xfrm": "XFRM", "strongswan": "strongSwan", "culvert": "culvert"}
COLOURS = {"clear": "#bbbbbb", "idle": "#e8c8aa", "cipher": "#dddddd",
           "wireguard": "#88aacc", "xfrm": "#5577aa",
           "strongswan": "#5577aa", "culvert": "#dd7722"}


# ------------------------------------------------------------- what was found

def read_part(found, part):
    """[{figure, case, kind, value, unit}], or None if it was not measured."""
    rows = []
    try:
        with open(f"{found}/{part}.tsv", encoding="utf-8") as file:
            for line in file:
                _, figure, case, kind, value, unit = \
                    line.rstrip("\n").split("\t")
                rows.append({"figure": figure, "case": case, "kind": kind,
                             "value": float(value), "unit": unit})
    except FileNotFoundError:
        return None
    return rows


def first_line(path, pattern, otherwise):
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.search(pattern, line)
            if match:
                return match.group(1).strip()
    return otherwise


def environment(found, part):
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return {
        "kernel": first_line(f"{found}/{part}.kernel", "(.*)", "unknown"),
        "qemu": re.search(r"version (\S+)", qemu).group(1),
        "cpu": first_line("/proc/cpuinfo", r"model name\s*:(.*)", "unknown"),
        "cpus": os.cpu_count(),
        "revision": os.environ.get("REVISION") or "unknown",
        "date": time.strftime("%Y-%m-%d"),
    }


class Found:
    """Looks values up."""

    def __init__(self, parts):
        self.parts = parts

    def value(self, part, figure, case, kind):
        for row in self.parts.get(part, {}).get("results", ()):
            if (row["figure"], row["case"], row["kind"]) == \
                    (figure, case, kind):
                return row["value"]
        return None

    def added(self, suite, size, kind):
        """To plain forwarding."""
        whole = self.value("packet", "instructions", f"{suite} {size}", kind)
        plain = self.value("packet", "instructions", f"any {size}", "clear")
        return None if whole is None or plain is None else whole - plain

    def listed(self, count):
        """What a packet costs more than plain with so many rules."""
        whole = self.value("policy", "instructions", f"{count} rules",
                           "culvert")
        plain = self.value("policy", "instructions", "no rules", "clear")
        return None if whole is None or plain is None else whole - plain

    def pair(self, part, figure, case, kind, other):
        """The ratio of two kinds."""
        return ratio(self.value(part, figure, case, kind),
                     self.value(part, figure, case, other))


def ratio(one, other):
    return None if one is None or not other else one / other


# ------------------------------------------------------------- the targets

def added_ratio(found, suite, size):
    return ratio(found.added(suite, size, "culvert"),
                 found.added(suite, size, "xfrm"))


# What is measured, how it is found, the sign and the bound that hold.
TARGETS = [
    ("added instructions, 64-byte frame, AES-GCM, of XFRM's",
     lambda f: added_ratio(f, GCM, SMALL), "<=", 0.75),
    ("added instructions, 1,400-byte frame, AES-GCM, of XFRM's",
     lambda f: added_ratio(f, GCM, LARGE), "<=", 0.9),
    ("added instructions, 1,400-byte frame, AES-CBC + SHA2-256, of XFRM's",
     lambda f: added_ratio(f, CBC, LARGE), "<=", 0.9),
    ("added instructions, 1,400-byte frame, ChaCha20-Poly1305, of XFRM's",
     lambda f: added_ratio(f, CHACHA, LARGE), "<=", 0.9),
    ("TCP bulk on one CPU, AES-GCM, of XFRM's",
     lambda f: f.pair("tcp", "bulk", GCM, "culvert", "xfrm"), ">=", 1.3),
    ("TCP bulk on one CPU, AES-GCM, of WireGuard's",
     lambda f: ratio(f.value("tcp", "bulk", GCM, "culvert"),
                     f.value("tcp", "bulk", "any", "wireguard")), ">=", 2.0),
    ("one SA, many flows, two CPUs, of XFRM's",
     lambda f: f.pair("scaling", "bulk", "many flows", "culvert", "xfrm"),
     ">=", 1.7),
    ("times that a flow was out of order, one SA, many flows",
     lambda f: f.value("scaling", "reordered", "many flows", "culvert"),
     "<=", 0),
    ("added instructions with 100,000 rules, of those with 10",
     lambda f: ratio(f.listed(100000), f.listed(10)), "<=", 2.0),
    ("memory of a pair of SAs, of XFRM's",
     lambda f: f.pair("sas", "memory", "a pair", "culvert", "xfrm"),
     "<=", 1.0),
    ("IKE set-ups per second of a gateway, of charon's",
     lambda f: f.pair("ike", "set-ups", "responder", "culvert", "strongswan"),
     ">=", 1.5),
    ("first packet's delay while a tunnel comes up, of charon's",
     lambda f: f.pair("latency", "first-packet", "tunnel comes up", "culvert",
                      "strongswan"), "<=", 1.0),
    ("first packets that got an answer",
     lambda f: f.value("latency", "answered", "tunnel comes up", "culvert"),
     ">=", 1.0),
]


def verdicts(found):
    """(what, bound, measured, verdict) of each target, as words."""
    for what, measure, sign, bound in TARGETS:
        value = measure(found)
        if value is None:
            yield what, f"{sign} {bound:g}", "", "not measured"
            continue
        holds = value <= bound if sign == "<=" else value >= bound
        yield what, f"{sign} {bound:g}", f"{value:.2f}", \
            "holds" if holds else "MISSED"


# ------------------------------------------------------------- tables

def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cases_of(results):
    seen = {}
    for row in results:
        seen.setdefault((row["figure"], row["case"], row["unit"]),
                        {})[row["kind"]] = row["value"]
    return seen


def part_table(results):
    cases = cases_of(results)
    kinds = [k for k in KINDS if any(k in row for row in cases.values())]
    return table(["figure", "case", "unit", *(TITLES[k] for k in kinds)],
                 [[*key, *(number(row[k]) if k in row else "" for k in kinds)]
                  for key, row in cases.items()])


def added_table(found):
    """The packet part again, as what is added to plain forwarding; the cipher's
    own share, which nobody can save, and what is around it."""
    rows = []
    for suite in (GCM, CBC, CHACHA):
        for size in (SMALL, LARGE):
            xfrm, mine = (found.added(suite, size, k)
                          for k in ("xfrm", "culvert"))
            cipher = found.value("packet", "instructions", f"{suite} {size}",
                                 "cipher")
            if None in (xfrm, mine, cipher):
                continue
            rows.append([suite, size, number(xfrm), number(mine),
                         f"{mine / xfrm:.2f}", number(cipher),
                         f"{(mine - cipher) / (xfrm - cipher):.2f}"])
    return table(["suite", "octets", "XFRM adds", "culvert adds", "ratio",
                  "of both, the cipher", "ratio without it"], rows)


def readme(parts):
    found = Found(parts)
    text = ["# What `make bench` measured", "",
            "Made by `make bench`, by `selftests/bench/report.py`; "
            "docs/testing.md says how it is measured.", "",
            "## Targets", "",
            table(["figure", "target", "measured", "verdict"],
                  list(verdicts(found))), "",
            "![culvert beside others](bench.svg)"]
    for name, title in PARTS.items():
        part = parts.get(name)
        if not part:
            continue
        where = part["environment"]
        text += ["", f"## {title}", "",
                 f"Kernel {where['kernel']}, QEMU {where['qemu']} (TCG) on"
                 f" {where['cpus']} x {where['cpu']}, revision"
                 f" {where['revision']}, {where['date']}.", "",
                 part_table(part["results"])]
        if name == "packet":
            text += ["", "Added to plain forwarding:", "", added_table(found)]
    return "\n".join(text) + "\n"


# ------------------------------------------------------------- the plot

BAR, GAP, LEFT, WIDTH = 14, 10, 300, 860


def bars(parts):
    """(title, [(label, [(kind, value)])]) of each group of the plot."""
    for name, figure, title in (
            ("packet", "instructions", "instructions a packet"),
            ("tcp", "bulk", "TCP bulk, one CPU, Mbit per guest second"),
            ("scaling", "bulk", "TCP bulk, two CPUs, one SA, Mbit/s"),
            ("policy", "instructions", "instructions a packet, by rules"),
            ("sas", "memory", "octets a pair of SAs"),
            ("latency", "first-packet", "first packet answered, ms"),
            ("ike", "set-ups", "IKE set-ups per second")):
        cases = cases_of(parts.get(name, {}).get("results", ()))
        group = [(case, [(k, row[k]) for k in KINDS if k in row])
                 for (what, case, _), row in cases.items() if what == figure]
        if group:
            yield title, group


def svg(parts):
    out, y = [], 20
    for kind, x in zip(KINDS, range(LEFT - 100, WIDTH, 110)):
        out.append(f'<rect x="{x}" y="{y - 10}" width="10" height="10" '
                   f'fill="{COLOURS[kind]}"/><text x="{x + 14}" y="{y}">'
                   f'{TITLES[kind]}</text>')
    y += 20
    for title, group in bars(parts):
        y += 18
        out.append(f'<text x="10" y="{y}" font-weight="bold">'
                   f'{escape(title)}</text>')
        y += 8
        most = max(value for _, row in group for _, value in row)
        scale = (WIDTH - LEFT - 80) / most
        for label, row in group:
            out.append(f'<text x="{LEFT - 8}" y="{y + BAR - 3}" '
                       f'text-anchor="end">{escape(label)}</text>')
            for kind, value in row:
                out.append(
                    f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" '
                    f'height="{BAR - 2}" fill="{COLOURS[kind]}"/>'
                    f'<text x="{LEFT + value * scale + 5:.1f}" '
                    f'y="{y + BAR - 3}">{number(value)}</text>')
                y += BAR
            y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{y + 10}" font-family="sans-serif" font-size="11">\n'
            f'<rect width="{WIDTH}" height="{y + 10}" fill="white"/>\n'
            + "\n".join(out) + "\n</svg>\n")


# ------------------------------------------------------------- commands

def write(found, docs, *names):
    os.makedirs(docs, exist_ok=True)
    path = f"{docs}/bench.json"
    try:
        with open(path, encoding="utf-8") as file:
            parts = json.load(file)
    except FileNotFoundError:
        parts = {}
    for name in names:
        rows = read_part(found, name)
        if rows:
            parts[name] = {"environment": environment(found, name),
                           "results": rows}
    for name, text in (("bench.json", json.dumps(parts, indent=1) + "\n"),
                       ("README.md", readme(parts)),
                       ("bench.svg", svg(parts))):
        with open(f"{docs}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    for name in names:
        if name in parts:
            print(f"\n{PARTS[name]}\n")
            print(part_table(parts[name]["results"]))
    if "packet" in names:
        print("\nAdded to plain forwarding\n")
        print(added_table(Found(parts)))
    print("\nTargets\n")
    print(table(["figure", "target", "measured", "verdict"],
                list(verdicts(Found(parts)))))


def compare(base, found, *names):
    rows = []
    for name in names:
        before, after = (cases_of(read_part(where, name) or ())
                         for where in (base, found))
        for key, row in after.items():
            for kind, value in row.items():
                old = before.get(key, {}).get(kind)
                rows.append([name, *key, TITLES[kind],
                             "" if old is None else number(old),
                             number(value),
                             f"{value / old:.3f}" if old else ""])
    print(table(["part", "figure", "case", "unit", "of", "before", "after",
                 "ratio"], rows))


def main():
    commands = {"write": write, "compare": compare}
    if len(sys.argv) < 5 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])


main()
