# SPDX-License-Identifier: GPL-2.0-only
"""Two gateways with IKE daemons of one kind or the other, for the benchmark: a
hub, gw1, and sites behind gw2, each with an address and a network of its own.
"""

import os

from ikelab import GW1, Charon, Daemon, gw1, gw2, until

IKE, ESP = "aes256gcm16-prfsha384-x25519", "aes256gcm16"
SECRET = "what both of them know, 32 octets"
HUB_NET = "10.1.0.0/24"


def site_address(number):
    return f"203.0.113.{number + 2}"


def site_net(number):
    return f"10.2.{number}.0/24"


def result(figure, case, kind, value, unit):
    """The same as of lib.sh."""
    line = "\t".join((os.environ["PART"], figure, case, kind, f"{value:.6g}",
                      unit))
    print("# " + line, flush=True)
    if os.environ.get("BENCH_RESULTS"):
        with open(os.environ["BENCH_RESULTS"], "a", encoding="utf-8") as file:
            file.write(line + "\n")


class CulvertGateway(Daemon):
    def __init__(self, node, is_hub):
        super().__init__(node, f"culvertd-{node.name}")
        self.is_hub = is_hub

    def begin(self, sites, start_action="trap"):
        text = entries = ""
        for n in range(sites):
            ends, nets = (GW1, site_address(n)), (HUB_NET, site_net(n))
            if not self.is_hub:
                ends, nets = ends[::-1], nets[::-1]
            text += (
                f"access-list a{n} {{ permit ip {nets[0]} {nets[1]} }}\n"
                f"peer p{n} {{\n local_addrs = {ends[0]}\n"
                f" remote_addrs = {ends[1]}\n"
                f" auth psk secret \"{SECRET}\"\n proposals = {IKE}\n"
                f" esp_proposals = {ESP}\n start_action = {start_action}\n"
                f" dpd_delay = 0\n}}\n")
            entries += f" {n + 1} match address a{n} set peer p{n}\n"
        self.configure(text + "crypto map outside interface to-isp {\n"
                       + entries + "}\n")
        self.start(sites)

    def established(self):
        return len(self.sas("out"))

    def end(self):
        self.stop()
        self.forget()


class CharonGateway(Charon):
    def __init__(self, node, is_hub):
        super().__init__(node, f"charon-{node.name}")
        self.is_hub = is_hub

    def begin(self, sites, start_action="trap"):
        self.start()
        self.vici.request("load-shared", {
            "id": "secret", "type": "IKE", "data": SECRET, "owners": []})
        for n in range(sites):
            ends, nets = (GW1, site_address(n)), (HUB_NET, site_net(n))
            if not self.is_hub:
                ends, nets = ends[::-1], nets[::-1]
            self.vici.request("load-conn", {f"p{n}": {
                "version": "2", "local_addrs": [ends[0]],
                "remote_addrs": [ends[1]], "proposals": [IKE],
                "mobike": "no", "dpd_delay": "0",
                "local": {"auth": "psk", "id": ends[0]},
                "remote": {"auth": "psk", "id": ends[1]},
                "children": {f"p{n}": {
                    "esp_proposals": [ESP], "local_ts": [nets[0]],
                    "remote_ts": [nets[1]], "start_action": start_action}}}})

    def established(self):
        return len(self.children())

    def up(self, number):
        """Initiates, and waits until it is up."""
        self.vici.request("initiate", {
            "child": f"p{number}", "ike": f"p{number}", "loglevel": "-1",
            "timeout": "60000"})

    def end(self):
        self.stop()
        for command in "state", "policy":
            self.node.run("ip", "xfrm", command, "flush")


KINDS = {"culvert": CulvertGateway, "strongswan": CharonGateway}


def gateway(kind, is_hub):
    return KINDS[kind](gw1 if is_hub else gw2, is_hub)


def add_sites(count):
    """The addresses of all sites but the first, which gw2 has."""
    commands = [f"addr add {site_address(n)}/24 dev to-isp"
                for n in range(1, count)]
    gw2.run("ip", "-batch", "-", stdin="\n".join(commands) + "\n")


def wait_up(gate, count):
    until(lambda: gate.established() >= count,
          lambda: f"{gate.established()} of {count} tunnels are up")
