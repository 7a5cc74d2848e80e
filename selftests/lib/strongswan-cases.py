#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""culvertd on gw1 against charon on gw2, a scene each: both are configured, one
of them or a packet starts, and what both have then is compared. "culvert first"
in a case's name: a packet of h1 starts it, and must not be lost; "charon first":
charon is asked to."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import run
from ikescene import Scene, charon, culvert
from ikelab import (Echo, GW1, GW1_6, GW2, GW2_6, HOST, NET1, NET2, gw1, gw2,
                    h1, h2, isp, ping, ping_both, same, until)
from vici import ViciError

CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


# ------------------------------------------------------------- suites

# What both propose for the IKE SA and for ESP, and what must come of it: IKE as
# charon tells it, ESP as the kernel does.
SUITES = [
    ("aes128-sha1-prfsha1-modp2048", "aes128-sha1-modp2048",
     "AES_CBC 128 HMAC_SHA1_96 PRF_HMAC_SHA1 MODP_2048",
     "aes-cbc-hmac-sha1-96"),
    ("aes256-sha256-prfsha256-modp3072", "aes256-sha256",
     "AES_CBC 256 HMAC_SHA2_256_128 PRF_HMAC_SHA2_256 MODP_3072",
     "aes-cbc-hmac-sha2-256-128"),
    ("aes192-sha384-prfsha384-modp4096", "aes192-sha384-esn",
     "AES_CBC 192 HMAC_SHA2_384_192 PRF_HMAC_SHA2_384 MODP_4096",
     "aes-cbc-hmac-sha2-384-192"),
    ("aes256-sha512-prfsha512-ecp256", "aes256-sha512-esn",
     "AES_CBC 256 HMAC_SHA2_512_256 PRF_HMAC_SHA2_512 ECP_256",
     "aes-cbc-hmac-sha2-512-256"),
    ("aes128gcm16-prfsha256-ecp384", "aes128gcm16-ecp384",
     "AES_GCM_16 128  PRF_HMAC_SHA2_256 ECP_384", "aes-gcm-16"),
    ("aes256gcm16-prfsha384-ecp521", "aes256gcm16-esn-ecp521",
     "AES_GCM_16 256  PRF_HMAC_SHA2_384 ECP_521", "aes-gcm-16"),
    ("aes256gcm16-prfsha512-modp8192", "aes192gcm16",
     "AES_GCM_16 256  PRF_HMAC_SHA2_512 MODP_8192", "aes-gcm-16"),
    ("chacha20poly1305-prfsha256-x25519", "chacha20poly1305-esn-x25519",
     "CHACHA20_POLY1305   PRF_HMAC_SHA2_256 CURVE_25519",
     "chacha20-poly1305"),
    # Too weak to be offered unasked; its name asks.
    ("aes256-sha1-prfsha1-modp1536", "aes256-sha1-modp1536",
     "AES_CBC 256 HMAC_SHA1_96 PRF_HMAC_SHA1 MODP_1536",
     "aes-cbc-hmac-sha1-96"),
]


def suite_case(first, ike, esp, says, suite):
    def one():
        with Scene(ike=ike, esp=esp) as scene:
            scene.start(first)
            sa = scene.up(1)
            same("charon's IKE SA", says, " ".join(
                sa.get(key, "") for key in
                ("encr-alg", "encr-keysize", "integ-alg", "prf-alg",
                 "dh-group")))
            for one in culvert.sas():
                same("the kernel's suite", suite, one["suite"])
                same("ESN", "esn" in esp, "esn" in one.get("flags", []))
    return one


for _suite in SUITES:
    for _first in "culvert", "charon":
        CASES.append((f"suite {_suite[0]}, {_suite[1]}, {_first} first",
                      suite_case(_first, *_suite)))


# ------------------------------------------------------------- identities

IDENTITIES = [
    ("IPv4", "10.9.9.1", "10.9.9.2"),
    ("IPv6", "2001:db8::11", "2001:db8::22"),
    ("FQDN", "left.example.org", "right.example.org"),
    ("RFC822", "left@example.org", "right@example.org"),
    ("KEY_ID", "keyid:left gate", "keyid:right gate"),
    ("DN", "C=NL, O=Example, CN=left", "C=NL, O=Example, CN=right"),
]


def identity_case(first, ids):
    def one():
        with Scene(ids=ids) as scene:
            scene.start(first)
            scene.up(1)
            culvert.log.has("AUTHENTICATED: .*right|AUTHENTICATED: "
                            + ids[1].replace(".", "\\."))
    return one


for _kind, _mine, _its in IDENTITIES:
    for _first in "culvert", "charon":
        CASES.append((f"identity {_kind}, {_first} first",
                      identity_case(_first, (_mine, _its))))


# ------------------------------------------------------------- what differs

# What both are told that differs, what culvertd's log says of it, with the
# reason, and what charon's does.
OTHER_IDS = {"ids": ("a.example.org", "b.example.org"),
             "their_ids": ("a.example.org", "c.example.org")}
STRANGER = {"ids": ("a.example.org", "b.example.org"),
            "their_ids": ("a.example.org", "c.example.org"),
            "conn": {"remote_addrs": [GW1]}}
IKE_DIFFERS = {"ike": "aes256gcm16-prfsha384-x25519",
               "their_ike": "aes128gcm16-prfsha384-x25519"}
ESP_DIFFERS = {"esp": "aes256gcm16", "their_esp": "aes256-sha256"}
TS_DIFFERS = {"children": {"net": ("10.2.3.0/24", "10.1.3.0/24")}}
PSK_DIFFERS = {"their_secret": "another one, that is as long as it"}

DIFFERENCES = [
    ("PSK", "culvert", PSK_DIFFERS,
     "NOTIFIED PEER_REFUSED: .*AUTHENTICATION_FAILED",
     r"generating IKE_AUTH response 1 \[ N\(AUTH_FAILED\) \]"),
    ("PSK", "charon", PSK_DIFFERS, "FAILED AUTH_WRONG:",
     "received AUTHENTICATION_FAILED notify error"),
    ("identity", "culvert", OTHER_IDS,
     "NOTIFIED PEER_REFUSED: .*AUTHENTICATION_FAILED",
     r"generating IKE_AUTH response 1 \[ N\(AUTH_FAILED\) \]"),
    ("identity", "charon", STRANGER, "IDENTITY IDENTITY_UNKNOWN:",
     "received AUTHENTICATION_FAILED notify error"),
    ("IKE proposal", "culvert", IKE_DIFFERS,
     "REFUSED PEER_REFUSED|NOTIFIED PEER_REFUSED: .*NO_PROPOSAL_CHOSEN",
     r"generating IKE_SA_INIT response 0 \[ N\(NO_PROP\) \]"),
    ("IKE proposal", "charon", IKE_DIFFERS, "PROPOSAL_DIFFERS NO_PROPOSAL:",
     "received NO_PROPOSAL_CHOSEN notify error"),
    ("ESP proposal", "culvert", ESP_DIFFERS,
     "NOTIFIED PEER_REFUSED: .*NO_PROPOSAL_CHOSEN", r"N\(NO_PROP\)"),
    ("ESP proposal", "charon", ESP_DIFFERS, "PROPOSAL_DIFFERS NO_PROPOSAL:",
     "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"),
    ("selectors", "culvert", TS_DIFFERS,
     "NOTIFIED PEER_REFUSED: .*TS_UNACCEPTABLE", r"N\(TS_UNACCEPT\)"),
    ("selectors", "charon", TS_DIFFERS, "SELECTORS_DIFFER TS_UNACCEPTABLE:",
     "received TS_UNACCEPTABLE notify, no CHILD_SA built"),
]


def difference_case(first, words, ours, theirs):
    def one():
        with Scene(**words):
            if first == "charon":
                refused(charon.initiate)
            else:
                echo = Echo(h1, HOST["h2", 4])
                echo.send()
            culvert.log.has(ours)
            charon.log.has(theirs)
            same("Child SAs of charon", [], charon.children())
            same("SAs of culvert", [], culvert.sas())
    return one


def refused(call):
    try:
        call()
    except ViciError:
        return
    raise AssertionError("it was not refused")


for _what, _first, *_words in DIFFERENCES:
    CASES.append((f"{_what} differs, {_first} first",
                  difference_case(_first, *_words)))


# ------------------------------------------------------------- groups

# Our first group is not charon's: INVALID_KE_PAYLOAD, and again.
KE = {"ike": "aes256gcm16-prfsha384-x25519-ecp256",
      "their_ike": "aes256gcm16-prfsha384-ecp256"}
KE_REVERSED = {"ike": KE["their_ike"], "their_ike": KE["ike"]}


@case("another group in IKE_SA_INIT, culvert first")
def ke_culvert():
    with Scene(**KE) as scene:
        scene.start("culvert")
        same("group", "ECP_256", scene.up(1)["dh-group"])
        culvert.log.has("INVALID_KE_PAYLOAD")


@case("another group in IKE_SA_INIT, charon first")
def ke_charon():
    with Scene(**KE_REVERSED) as scene:
        scene.start("charon")
        same("group", "ECP_256", scene.up(1)["dh-group"])
        charon.log.has(r"parsed IKE_SA_INIT response 0 \[ N\(INVAL_KE\) \]")


# ------------------------------------------------------------- Child SAs

def narrowing_case(first, rules, children, expected):
    def one():
        with Scene(rules=rules, children={"net": children}) as scene:
            scene.start(first)
            scene.up(1)
            child = charon.children()[0]
            same("selectors", expected,
                 (child["local-ts"], child["remote-ts"]))
    return one


WIDE = "10.2.0.0/16", "10.1.0.0/16"
NARROW = [NET2], [NET1]
CASES.append(("culvert narrows", narrowing_case(
    "charon", ((NET1, NET2),), WIDE, NARROW)))
CASES.append(("charon narrows", narrowing_case(
    "culvert", ((WIDE[1], WIDE[0]),), (NET2, NET1), NARROW)))

def networks(site, n):
    return ",".join(f"10.{site}.{i}.0/24" for i in range(n))


def several_case(first, n, expected):
    """n by n networks of charon's against one rule for all: one Child SA."""
    def one():
        with Scene(rules=((WIDE[1], WIDE[0]),), children={
                "net": (networks(2, n), networks(1, n))}) as scene:
            scene.start(first)
            scene.up(1)
            child = charon.children()[0]
            same("selectors", expected, (len(child["local-ts"]),
                                         len(child["remote-ts"])))
            # The last of each that is there, from either end.
            for node, mine, its, theirs in ((h1, 1, 2, expected[0]),
                                            (h2, 2, 1, expected[1])):
                ping(node, f"10.{its}.{theirs - 1}.2",
                     whence=f"10.{mine}.0.2")
            scene.up(1)
    return one


for _first in "culvert", "charon":
    CASES.append((f"two by two networks in one Child SA, {_first} first",
                  several_case(_first, 2, (2, 2))))
# An SA takes 8 pairs: who answers leaves out the last ones.
CASES.append(("three by three networks in one Child SA, charon first",
              several_case("charon", 3, (2, 3))))


@case("three by three networks in one Child SA, culvert first")
def several_culvert():
    with Scene(rules=((WIDE[1], WIDE[0]),), children={
            "net": (networks(2, 3), networks(1, 3))}) as scene:
        scene.start("culvert")
        scene.up(1)
        culvert.log.has("SELECTORS_DIFFER TS_MANY:")
        culvert.log.lacks("KERNEL_REFUSED")


THREE = tuple((f"10.1.{n}.0/24", f"10.2.{n}.0/24") for n in range(3))
CHILDREN = {f"net{n}": (its, mine) for n, (mine, its) in enumerate(THREE)}


@case("three Child SAs, culvert first")
def children_culvert():
    with Scene(rules=THREE, children=CHILDREN) as scene:
        echoes = [Echo(h1, f"10.2.{n}.2", f"10.1.{n}.2") for n in range(3)]
        for echo in echoes:
            echo.send()
        for echo in echoes:
            echo.wait()
        scene.up(3)


@case("three Child SAs, charon first")
def children_charon():
    with Scene(rules=THREE, children=CHILDREN) as scene:
        for n in range(3):
            charon.initiate(f"net{n}")
            ping(h2, f"10.1.{n}.2", whence=f"10.2.{n}.2")
        scene.up(3)


TRANSPORT = {"rules": ((f"host {GW1}", f"host {GW2}"),),
             "children": {"net": (GW2, GW1)}, "conf": ["mode = transport"],
             "child": {"mode": "transport"}}


def transport_case(first):
    def one():
        with Scene(**TRANSPORT) as scene:
            if first == "charon":
                charon.initiate()
            for node, address in (gw1, GW2), (gw2, GW1):
                ping(node, address)
            scene.up(1)
            same("mode", "TRANSPORT", charon.children()[0]["mode"])
            same("mode", {"transport"}, {sa["mode"] for sa in culvert.sas()})
    return one


for _first in "culvert", "charon":
    CASES.append((f"transport mode, {_first} first", transport_case(_first)))


# ------------------------------------------------------------- the outside

INNER_6 = {"rules": (("fd01::/64", "fd02::/64"),),
           "children": {"net": ("fd02::/64", "fd01::/64")}}


def outer_case(first, family, **words):
    def one():
        with Scene(**words) as scene:
            scene.start(first, family)
            scene.up(1)
    return one


for _first in "culvert", "charon":
    CASES.append((f"IPv4 in IPv6, {_first} first",
                  outer_case(_first, 4, outer=(GW1_6, GW2_6))))
CASES.append(("IPv6 in IPv6, culvert first",
              outer_case("culvert", 6, outer=(GW1_6, GW2_6), **INNER_6)))
CASES.append(("IPv6 in IPv4, charon first",
              outer_case("charon", 6, **INNER_6)))

IDS = "left.example.org", "right.example.org"


@contextlib.contextmanager
def masquerade(toward):
    isp.run("nft", "-f", "-", stdin="table inet nat { chain post { type nat"
            " hook postrouting priority srcnat; meta l4proto { udp, esp }"
            f" oifname to-{toward} masquerade; }}; }}")
    try:
        yield
    finally:
        isp.run("nft", "delete", "table", "inet", "nat")


@case("culvert behind a NAT, culvert first")
def nat_culvert():
    with masquerade("gw2"), Scene(ids=IDS, conn={
            "remote_addrs": ["%any"]}) as scene:
        scene.start("culvert")
        sa = scene.up(1)
        same("from", "203.0.113.254", sa["remote-host"])
        same("port here", "4500", sa["local-port"])
        same("encapsulated", "yes", charon.children()[0]["encap"])
        culvert.log.has(" NAT: ")


@case("charon behind a NAT, charon first")
def nat_charon():
    with masquerade("gw1"), Scene(ids=IDS, outer=(GW1, "%any"),
                                  their_outer=(GW1, GW2)) as scene:
        scene.start("charon")
        scene.up(1)
        same("encapsulated", "yes", charon.children()[0]["encap"])
        same("to", {"192.0.2.254"},
             {sa["remote"] for sa in culvert.sas("out")})


LONG = "keyid:" + "l" * 400, "keyid:" + "r" * 400


@contextlib.contextmanager
def no_fragments(mtu):
    """IP fragments do not pass, and a packet is no longer than that."""
    isp.run("ip", "-batch", "-", stdin=f"link set to-gw1 mtu {mtu}\n"
            f"link set to-gw2 mtu {mtu}\n")
    isp.run("nft", "-f", "-", stdin="table inet short { chain pre { type filter"
            " hook prerouting priority -450; ip frag-off & 0x3fff != 0 drop;"
            " }; }")
    try:
        yield
    finally:
        isp.run("nft", "delete", "table", "inet", "short")
        isp.run("ip", "-batch", "-", stdin="link set to-gw1 mtu 1500\n"
                "link set to-gw2 mtu 1500\n")


def fragment_case(first):
    def one():
        with no_fragments(600), Scene(ids=LONG) as scene:
            scene.start(first)
            scene.up(1)
            charon.log.has(r"parsed IKE_AUTH .* \[ EF\(")
            charon.log.has(r"generating IKE_AUTH .* \[ EF\(")
    return one


for _first in "culvert", "charon":
    CASES.append((f"IKE fragments through an MTU of 600, {_first} first",
                  fragment_case(_first)))


if __name__ == "__main__":
    charon.start()
    run(CASES)
    charon.stop()
