# SPDX-License-Identifier: GPL-2.0-only
"""A scene: culvertd on gw1 and charon on gw2 are configured to match, but for
what the scene says; when it ends, both have forgotten it. What is common to all
cases against strongSwan stands here."""

from ikelab import (Charon, Daemon, GW1, GW2, NET1, NET2, conf_text,
                    gw1, ping_both, same, until)

culvert = Daemon(gw1, "culvertd")
charon = Charon()

SECRET = "what both of them know, 32 octets"


class Scene:
    """ike, esp: what both propose; their_ike, their_esp: what charon does.
    ids: culvert's and charon's; their_ids: as charon has them. rules: networks
    of culvert, a Child SA each; children: of charon, {name: (mine, its)}. conf:
    more lines of the peer in culvert's configuration; conn, child: more keys of
    charon's connection and children."""

    def __init__(self, ike="aes256gcm16-prfsha384-x25519",
                 esp="aes256gcm16-x25519", their_ike=None, their_esp=None,
                 secret=SECRET, their_secret=None, ids=None, their_ids=None,
                 outer=(GW1, GW2), rules=((NET1, NET2),), children=None,
                 conf=(), conn=None, child=None, their_outer=None,
                 device="to-isp"):
        self.outer, self.rules, self.device = outer, rules, device
        self.secret = secret
        self.their_secret = their_secret or secret
        ids = ids or outer
        # A comma would end a word of the configuration.
        self.lines = [f"proposals = \"{ike}\"", f"esp_proposals = \"{esp}\"",
                      f"local_id = \"{ids[0]}\"", f"remote_id = \"{ids[1]}\"",
                      *conf]
        ids = their_ids or ids
        there = their_outer or outer
        net = {"esp_proposals": [their_esp or esp], "rekey_time": "0",
               "life_time": "0", "dpd_action": "clear", **(child or {})}
        children = children or {"net": (NET2, NET1)}
        self.conn = {
            "version": "2", "local_addrs": [there[1]],
            "remote_addrs": [there[0]], "proposals": [their_ike or ike],
            "rekey_time": "0", "over_time": "0", "mobike": "no",
            "local": {"auth": "psk", "id": ids[1]},
            "remote": {"auth": "psk", "id": ids[0]},
            "children": {name: dict(net, local_ts=ts[0].split(","),
                                    remote_ts=ts[1].split(","))
                         for name, ts in children.items()}, **(conn or {})}

    def __enter__(self):
        culvert.log.mark()
        charon.log.mark()
        charon.load(self.conn, self.their_secret)
        culvert.configure(conf_text(self.device, *self.outer, self.secret,
                                    self.rules, self.lines))
        culvert.start(len(self.rules))
        return self

    def __exit__(self, kind, why, trace):
        try:
            culvert.stop()
            charon.unload()
        finally:
            if culvert.process:
                culvert.kill()
            culvert.forget()
            until(lambda: not culvert.sas(), "culvert's SAs stay")

    def start(self, first, family=4):
        """Then packets go both ways."""
        if first == "charon":
            charon.initiate()
        ping_both(family, first="h1" if first == "culvert" else "h2")

    def up(self, children, ike=1, but=()):
        """Both ends have so many, and they are the same. Charon's IKE SA. but:
        states of Child SAs of charon's that are not asked about."""
        until(lambda: self.settled(children, ike, but),
              lambda: f"not {ike} IKE SA with {children} Child SAs: "
              f"charon has {charon.sas()}, culvert {culvert.sas()}")
        theirs = charon.children()
        same("SPIs from culvert", {int(c["spi-in"], 16) for c in theirs},
             {sa["spi"] for sa in culvert.sas("out")})
        same("SPIs to culvert", {int(c["spi-out"], 16) for c in theirs},
             {sa["spi"] for sa in culvert.sas("in")})
        return charon.sas()[0]

    @staticmethod
    def settled(children, ike, but=()):
        """Replaced ones may still be on their way out."""
        sas = charon.sas()
        all_of_them = [child for child in charon.children(None)
                       if child["state"] not in but]
        return (len(sas) == ike and
                all(sa["state"] == "ESTABLISHED" for sa in sas) and
                len(all_of_them) == children and
                len(charon.children()) == children and
                len(culvert.sas("in")) == len(culvert.sas("out")) == children)
