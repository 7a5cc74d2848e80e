#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0-only
"""culvertd on gw1 and charon on gw2, and what becomes of SAs that stand: they
are replaced, by either end or by both at once; deleted; an end restarts; cookies
are asked for. Under numbered packets both ways, none of which may be lost.

culvertd replaces a Child SA when it carried enough, so a test says when by what
it sends; an IKE SA when it is old enough."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import run
from ikescene import Scene, charon, culvert
from ikelab import (Echo, GW1, HOST, Stream, Strangers, gw2, h1, ping,
                    ping_both, same, until, weather)

CASES = []
OCTETS = 30000
COOKIE_THRESHOLD = 5
BY_OCTETS = [f"esp_rekey_bytes = {OCTETS}", "esp_life_bytes = 100000000"]
ROUNDS = int(os.environ.get("ROUNDS") or 10)


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def spis():
    return {child["spi-in"] for child in charon.children()}


def carry(octets):
    """So much from h1, and back."""
    echo = Echo(h1, HOST["h2", 4])
    for _ in range(octets // 1000 + 1):
        echo.send(1000)
        echo.wait()
    echo.close()


def replaced(before):
    until(lambda: len(spis()) == 1 and not spis() & before,
          lambda: f"the Child SA is not replaced: {charon.sas()}")


# ------------------------------------------------------------- replaced

@case("a Child SA is replaced by culvert")
def child_culvert():
    with Scene(conf=BY_OCTETS) as scene:
        scene.start("culvert")
        before = spis()
        carry(OCTETS)
        replaced(before)
        ping_both()
        scene.up(1)
        same("group of the new one", "CURVE_25519",
             charon.children()[0]["dh-group"])


@case("a Child SA is replaced by charon")
def child_charon():
    with Scene() as scene:
        scene.start("charon")
        before = spis()
        charon.rekey(child="net")
        replaced(before)
        ping_both()
        scene.up(1)


PFS = {"esp": "aes256gcm16-x25519-ecp256", "their_esp": "aes256gcm16-ecp256"}
PFS_REVERSED = {"esp": PFS["their_esp"], "their_esp": PFS["esp"]}


@case("another group for a Child SA, replaced by culvert")
def pfs_culvert():
    with Scene(conf=BY_OCTETS, **PFS) as scene:
        scene.start("culvert")
        before = spis()
        carry(OCTETS)
        replaced(before)
        scene.up(1)
        charon.log.has(r"generating CREATE_CHILD_SA response .*N\(INVAL_KE\)")
        same("group", "ECP_256", charon.children()[0]["dh-group"])


@case("another group for a Child SA, replaced by charon")
def pfs_charon():
    with Scene(**PFS_REVERSED) as scene:
        scene.start("charon")
        before = spis()
        charon.rekey(child="net")
        replaced(before)
        scene.up(1)
        charon.log.has(r"parsed CREATE_CHILD_SA response .*N\(INVAL_KE\)")


def long_group_case(bits):
    def one():
        with Scene(esp=f"aes256gcm16-modp{bits}") as scene:
            scene.start("charon")
            before = spis()
            charon.rekey(child="net")
            replaced(before)
            same("group", f"MODP_{bits}", charon.children()[0]["dh-group"])
            before = spis()
            culvert.tell("rekey", child="a0-1")
            replaced(before)
            scene.up(1)
    return one


for _bits in 3072, 4096, 8192:
    CASES.append((f"a Child SA is replaced by either end with MODP {_bits}",
                  long_group_case(_bits)))


@case("no group in common: what stands stays, and the log says why")
def pfs_differs():
    with Scene(esp="aes256gcm16-x25519", their_esp="aes256gcm16-ecp256",
               conf=["prove_pfs = yes"]) as scene:
        scene.start("culvert")
        culvert.log.has("NOTIFIED PEER_REFUSED: .*NO_PROPOSAL_CHOSEN")
        culvert.log.has("PFS PFS_UNPROVEN:")
        charon.log.has(r"generating CREATE_CHILD_SA response .*N\(NO_PROP\)")
        ping_both()
        scene.up(1)


@case("both replace the Child SA at once")
def child_both():
    with Scene(conf=BY_OCTETS) as scene:
        scene.start("culvert")
        before = spis()
        with weather("delay", "400ms"):
            echo = Echo(h1, HOST["h2", 4])
            for _ in range(OCTETS // 1000 + 2):
                echo.send(1000)
            culvert.log.has("SENT: CREATE_CHILD_SA request")
            charon.rekey(child="net")
            echo.wait()
            culvert.log.has("COLLISION")
        until(lambda: not spis() & before, "not replaced")
        ping_both()
        scene.up(1)


def ike_spis():
    return {sa["initiator-spi"] for sa in charon.sas()
            if sa["state"] == "ESTABLISHED"}


def ike_replaced(before):
    until(lambda: len(ike_spis()) == 1 and not ike_spis() & before,
          lambda: f"the IKE SA is not replaced: {charon.sas()}")


@case("the IKE SA is replaced by charon")
def ike_charon():
    with Scene() as scene:
        scene.start("culvert")
        before, children = ike_spis(), spis()
        charon.rekey(ike="culvert")
        ike_replaced(before)
        same("Child SA", children, spis())
        ping_both()
        scene.up(1)
        # The new one does what the old one could.
        charon.rekey(child="net")
        replaced(children)
        scene.up(1)


@case("the IKE SA is replaced by culvert")
def ike_culvert():
    with Scene(conf=["rekey_time = 3s"]) as scene:
        scene.start("charon")
        before, children = ike_spis(), spis()
        ike_replaced(before)
        same("Child SA", children, spis())
        ping_both()
        scene.up(1)


@case("both replace the IKE SA at once")
def ike_both():
    with Scene(conf=["rekey_time = 4s"]) as scene:
        scene.start("culvert")
        before, children = ike_spis(), spis()
        with weather("delay", "400ms"):
            culvert.log.has("SENT: CREATE_CHILD_SA request")
            charon.rekey(ike="culvert")
            culvert.log.has("COLLISION")
        ike_replaced(before)
        same("Child SA", children, spis())
        ping_both()
        scene.up(1)


# ------------------------------------------------------------- deleted

@case("charon deletes the Child SA, a packet makes another")
def delete_child_charon():
    with Scene() as scene:
        scene.start("culvert")
        before = spis()
        charon.terminate(child="net")
        until(lambda: not culvert.sas("out"), "culvert keeps it")
        same("Child SAs", [], charon.children())
        ping(h1, HOST["h2", 4])
        replaced(before)
        scene.up(1)


@case("charon deletes the IKE SA, a packet makes another")
def delete_ike_charon():
    with Scene() as scene:
        scene.start("culvert")
        before = spis()
        charon.terminate(ike="culvert")
        until(lambda: not culvert.sas("out"), "culvert keeps it")
        same("IKE SAs", [], charon.sas())
        ping(h1, HOST["h2", 4])
        replaced(before)
        scene.up(1)


@case("culvert deletes a Child SA that carries nothing")
def delete_culvert():
    with Scene(conf=["idle_timeout = 2s"]) as scene:
        scene.start("charon")
        until(lambda: not charon.children(None), "charon keeps it")
        until(lambda: not culvert.sas("out"), "culvert keeps it")
        culvert.log.has("CHILD_STATE IDLE:")
        ping(h1, HOST["h2", 4])
        until(lambda: charon.children(), "no other Child SA")


@case("culvert is told to delete the Child SA, a packet makes another")
def delete_child_told():
    with Scene() as scene:
        scene.start("charon")
        before, ike = spis(), ike_spis()
        culvert.tell("terminate", child="a0-1")
        until(lambda: not charon.children(None), "charon keeps it")
        until(lambda: not culvert.sas("out"), "culvert keeps it")
        same("IKE SA", ike, ike_spis())
        ping(h1, HOST["h2", 4])
        replaced(before)
        scene.up(1)


@case("culvert is told to delete the IKE SA, a packet makes another")
def delete_ike_told():
    with Scene() as scene:
        scene.start("charon")
        before = spis()
        culvert.tell("terminate", ike="swan")
        until(lambda: not charon.sas(), "charon keeps it")
        until(lambda: not culvert.sas("out"), "culvert keeps it")
        ping(h1, HOST["h2", 4])
        replaced(before)
        scene.up(1)


# ------------------------------------------------------------- restarts

def forget_xfrm():
    for what in "state", "policy":
        gw2.run("ip", "xfrm", what, "flush")


@case("charon restarts, and starts again")
def restart_charon():
    with Scene() as scene:
        scene.start("culvert")
        charon.kill()
        forget_xfrm()
        charon.start(COOKIE_THRESHOLD)
        charon.load(scene.conn, scene.their_secret)
        charon.initiate()
        culvert.log.has("PEER_RESTARTED")
        ping_both(first="h2")
        scene.up(1)


@case("culvertd is killed and comes back under packets")
def restart_culvert():
    with Scene() as scene:
        scene.start("culvert")
        before, children = ike_spis(), spis()
        stream = Stream()
        culvert.kill()
        culvert.start(1, fresh=False)
        charon.rekey(child="net")
        replaced(children)
        stream.end()
        same("IKE SA", before, ike_spis())
        scene.up(1)


@case("culvertd is killed and comes back without what it kept")
def restart_forgetful():
    with Scene() as scene:
        scene.start("culvert")
        before = ike_spis()
        culvert.kill()
        ping_both()
        culvert.start(1)
        ike_replaced(before)
        until(lambda: scene.settled(1, 1), "not one tunnel")
        ping_both()
        scene.up(1)


# ------------------------------------------------------------- cookies

@case("charon asks for a cookie, culvert first")
def cookie_charon():
    with Scene(ids=("a.example.org", "b.example.org"),
               conn={"remote_addrs": ["%any"]}) as scene:
        strangers = Strangers("203.0.113.2")
        for number in range(8):
            strangers.send(number)
        # It counts an IKE SA after it has answered.
        until(lambda: int(charon.vici.ask("stats")["ikesas"]["half-open"])
              >= COOKIE_THRESHOLD, "charon does not answer strangers")
        scene.start("culvert")
        culvert.log.has(r"RECEIVED: IKE_SA_INIT response 0 \[N\(COOKIE\)\]")
        charon.log.has(r"parsed IKE_SA_INIT request 0 \[ N\(COOKIE\) SA KE")
        until(lambda: charon.children(), "no Child SA")
        for sa in charon.sas():
            if sa["state"] != "ESTABLISHED":
                charon.vici.ask("terminate", {
                    "ike-id": sa["uniqueid"], "force": "yes",
                    "timeout": "-1"})
        scene.up(1)


@case("culvert asks for a cookie, charon first")
def cookie_culvert():
    with Scene(ids=("a.example.org", "b.example.org"),
               outer=(GW1, "%any"), their_outer=(GW1, "203.0.113.2"),
               ike="aes256gcm16-prfsha384-x25519") as scene:
        strangers = Strangers(GW1)
        for number in range(80):
            strangers.send(number)
        culvert.log.has(r"COOKIE_ASKED|N\(COOKIE\)")
        scene.start("charon")
        charon.log.has(r"generating IKE_SA_INIT request 0 \[ N\(COOKIE\) SA")
        scene.up(1)


# ------------------------------------------------------------- again, again

@case(f"{ROUNDS} Child SAs one after the other, replaced by charon, and"
      f" {ROUNDS // 10} IKE SAs: nothing is lost or left over")
def many_charon():
    with Scene() as scene:
        scene.start("culvert")
        stream = Stream(pause=0.005)
        for n in range(ROUNDS):
            before = spis()
            charon.rekey(child="net")
            replaced(before)
            if n % 10 == 9:
                before = ike_spis()
                charon.rekey(ike="culvert")
                ike_replaced(before)
        sent = stream.end()
        assert sent > 4 * ROUNDS, f"only {sent} packets"
        scene.up(1)


@case(f"{ROUNDS} Child SAs one after the other, replaced by culvert, and"
      f" {ROUNDS // 10} IKE SAs: nothing is lost or left over")
def many_culvert():
    # An IKE SA every 5 s, a Child SA every 40 packets.
    with Scene(conf=[*BY_OCTETS, "rekey_time = 5s"]) as scene:
        scene.start("charon")
        stream = Stream()
        until(lambda: culvert.log.count("-> CLOSING: we replaced it")
              >= ROUNDS + ROUNDS // 10 and culvert.log.count(
                  "IKE_STATE.*-> CLOSING: we replaced it") >= ROUNDS // 10,
              lambda: f"{culvert.log.count('we replaced it')} replaced",
              PATIENCE_MANY)
        stream.end()
        # What both have closed charon keeps for a second, and for ever when
        # the IKE SA is replaced in that second.
        scene.up(1, but=("DELETED",))


PATIENCE_MANY = 10 * ROUNDS


if __name__ == "__main__":
    charon.start(COOKIE_THRESHOLD)
    run(CASES)
    charon.stop()
