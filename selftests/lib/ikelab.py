# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of IKE share: culvertd on a gateway, and its module; charon on
the other; packets of the hosts behind them. The namespaces are those of
ike_lab in ikelab.sh. No process is started but the daemons: that takes long in
an emulated machine.
"""

import contextlib
import ctypes
import functools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from cvt import Culvert
from vici import Vici, ViciError

PATIENCE = float(os.environ.get("PATIENCE") or 60)
LAB, ARTIFACTS = os.environ["LAB"], os.environ["ARTIFACTS"]
MARKER = bytes.fromhex(os.environ["MARKER"])
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)

GW1, GW2 = "192.0.2.1", "203.0.113.2"
GW1_6, GW2_6 = "2001:db8:1::1", "2001:db8:2::2"
NET1, NET2 = "10.1.0.0/24", "10.2.0.0/24"
HOST = {("h1", 4): "10.1.0.2", ("h2", 4): "10.2.0.2",
        ("h1", 6): "fd01::2", ("h2", 6): "fd02::2"}


def until(condition, what, patience=PATIENCE):
    """Its value, when that is true; what: said when it does not become so."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(0.02)


def same(name, expected, seen):
    assert expected == seen, f"{name}: expected {expected}, seen {seen}"


# ------------------------------------------------------------- namespaces

def setns(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Node:
    """A namespace, of whichever topology. What is opened within stays there."""

    def __init__(self, name):
        self.name = name

    @functools.cached_property
    def fd(self):
        return os.open("/run/netns/" + os.environ["NETNS_PREFIX"] + self.name,
                       os.O_RDONLY | os.O_CLOEXEC)

    @contextlib.contextmanager
    def within(self):
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        setns(self.fd)
        try:
            yield
        finally:
            setns(before)
            os.close(before)

    def start(self, log, *command, env=None):
        """In the background; what it says goes to the log."""
        with open(log, "ab") as out:
            return subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env=dict(os.environ, **(env or {})),
                preexec_fn=lambda: setns(self.fd))

    def run(self, *command, stdin=""):
        """Its output; it must succeed."""
        done = subprocess.run(command, input=stdin, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              preexec_fn=lambda: setns(self.fd))
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}"
        return done.stdout


h1, h2, gw1, gw2, isp = (Node(n) for n in ("h1", "h2", "gw1", "gw2", "isp"))
NODES = {"h1": h1, "h2": h2}


# ------------------------------------------------------------- traffic

SOL_RAW, ICMP_FILTER, ICMP6_FILTER = 255, 1, 1


def echo_socket(family):
    if family == 4:
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_ICMP)
        sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", ~1 + 2**32))
        return sock
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                         socket.IPPROTO_ICMPV6)
    only = [2**32 - 1] * 8
    only[129 // 32] ^= 1 << 129 % 32
    sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER,
                    struct.pack("=8I", *only))
    return sock


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Echo:
    """Echo requests, each of which must be answered once."""

    number = 0

    def __init__(self, node, address, whence=None):
        self.address = address
        self.family = 6 if ":" in address else 4
        with node.within():
            self.sock = echo_socket(self.family)
        if whence:
            self.sock.bind((whence, 0))
        Echo.number += 1
        self.ident = os.getpid() * 256 + Echo.number & 0xffff
        self.sent = 0
        self.back = []

    def send(self, size=56):
        """One, and does not wait."""
        body = (MARKER * (size // len(MARKER) + 1))[:size]
        kind = 8 if self.family == 4 else 128
        header = struct.pack(">BBHHH", kind, 0, 0, self.ident, self.sent)
        if self.family == 4:
            header = struct.pack(">BBHHH", kind, 0, checksum(header + body),
                                 self.ident, self.sent)
        self.sock.sendto(header + body, (self.address, 0))
        self.sent += 1

    def take(self, patience):
        self.sock.settimeout(max(patience, 0.001))
        try:
            octets, whence = self.sock.recvfrom(65536)
        except (TimeoutError, socket.timeout):
            return False
        if self.family == 4:
            octets = octets[(octets[0] & 15) * 4:]
        ident, number = struct.unpack(">HH", octets[4:8])
        if whence[0] == self.address and ident == self.ident:
            self.back.append(number)
        return True

    def wait(self, patience=PATIENCE):
        """Until all came back; none twice."""
        end = time.monotonic() + patience
        while len(self.back) < self.sent and time.monotonic() < end:
            self.take(end - time.monotonic())
        missing = sorted(set(range(self.sent)) - set(self.back))
        assert not missing, (f"of {self.sent} packets to {self.address},"
                             f" {missing[:10]} did not come back")
        assert len(self.back) == self.sent, "packets came back twice"

    def close(self):
        self.sock.close()


def ping(node, address, count=2, size=56, whence=None):
    """One after the other: none is lost, not even the first."""
    echo = Echo(node, address, whence)
    for _ in range(count):
        echo.send(size)
        echo.wait()
    echo.close()


def ping_both(family=4, count=2, first="h1", size=56):
    """From either host to the other; the one called first begins."""
    for name in (first, "h2" if first == "h1" else "h1"):
        ping(NODES[name], HOST["h2" if name == "h1" else "h1", family],
             count, size)


class Stream:
    """Numbered datagrams both ways between h1 and h2, until end()."""

    def __init__(self, pause=0.02, size=400):
        self.pause, self.fill = pause, (MARKER * size)[:size]
        self.on = True
        self.lanes = [self.lane("h1", "h2"), self.lane("h2", "h1")]
        self.threads = [threading.Thread(target=self.send),
                        *(threading.Thread(target=self.take, args=(lane,))
                          for lane in self.lanes)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def lane(whence, to):
        socks = []
        for name in whence, to:
            with NODES[name].within():
                socks.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        socks[1].setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        socks[1].bind((HOST[to, 4], 9))
        socks[1].settimeout(0.2)
        socks[0].connect((HOST[to, 4], 9))
        return {"from": socks[0], "to": socks[1], "sent": 0, "got": []}

    def send(self):
        while self.on:
            for lane in self.lanes:
                lane["from"].send(struct.pack(">I", lane["sent"]) + self.fill)
                lane["sent"] += 1
            time.sleep(self.pause)

    def take(self, lane):
        while self.on or self.on is None:
            try:
                octets = lane["to"].recv(2048)
            except (TimeoutError, socket.timeout):
                continue
            lane["got"].append(struct.unpack(">I", octets[:4])[0])

    def end(self):
        """All that were sent came once. How many."""
        self.on = None
        self.threads[0].join()
        with contextlib.suppress(AssertionError):
            until(lambda: all(len(lane["got"]) >= lane["sent"]
                              for lane in self.lanes), "", PATIENCE / 2)
        self.on = False
        for thread in self.threads[1:]:
            thread.join()
        for lane, way in zip(self.lanes, ("to h2", "to h1")):
            lost = sorted(set(range(lane["sent"])) - set(lane["got"]))
            assert not lost, f"{way}: of {lane['sent']} lost: {lost[:20]}"
            same(f"{way}: came", lane["sent"], len(lane["got"]))
            lane["from"].close()
            lane["to"].close()
        return sum(lane["sent"] for lane in self.lanes)


@contextlib.contextmanager
def weather(*words):
    """Both ways between the gateways: netem's words."""
    for device in "to-gw1", "to-gw2":
        isp.run("tc", "qdisc", "replace", "dev", device, "root", "netem",
                *words)
    try:
        yield
    finally:
        for device in "to-gw1", "to-gw2":
            isp.run("tc", "qdisc", "del", "dev", device, "root")


# ------------------------------------------------------------- strangers

def bogus_init(group=31, ke=32):
    """An IKE_SA_INIT request that anybody can make: AES-GCM-256 with SHA-384
    and X25519, which the defaults of both ends take."""
    def payload(following, body):
        return struct.pack(">BBH", following, 0, 4 + len(body)) + body

    def transform(more, kind, number, attribute=b""):
        return struct.pack(">BBHBBH", more, 0, 8 + len(attribute), kind, 0,
                           number) + attribute
    transforms = (transform(3, 1, 20, struct.pack(">HH", 0x800e, 256))
                  + transform(3, 2, 6) + transform(0, 4, group))
    proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 3)
    chain = (payload(34, proposal + transforms)
             + payload(40, struct.pack(">HH", group, 0) + os.urandom(ke))
             + payload(0, os.urandom(32)))
    return os.urandom(8) + bytes(8) + struct.pack(
        ">BBBBII", 33, 0x20, 34, 8, 0, 28 + len(chain)) + chain


class Strangers:
    """They speak to a gateway from addresses that are not theirs."""

    def __init__(self, address):
        self.address = address
        with isp.within():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                      socket.IPPROTO_RAW)

    def send(self, number, octets=None):
        octets = octets or bogus_init()
        source = socket.inet_aton(f"198.18.{number >> 8 & 255}.{number & 255}")
        self.sock.sendto(struct.pack(
            ">BBHHHBBH4s4sHHHH", 0x45, 0, 28 + len(octets), 0, 0, 64, 17, 0,
            source, socket.inet_aton(self.address), 500, 500,
            8 + len(octets), 0) + octets, (self.address, 0))


# ------------------------------------------------------------- culvertd

class Log:
    """A file that grows; only what came since mark() is looked at."""

    def __init__(self, path):
        self.path = path
        self.start = 0

    def mark(self):
        self.start = os.path.getsize(self.path)

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            file.seek(self.start)
            return file.read()

    def count(self, pattern):
        return len(re.findall(pattern, self.text(), re.M))

    def has(self, pattern, patience=PATIENCE):
        until(lambda: re.search(pattern, self.text(), re.M),
              lambda: f"no line in {os.path.basename(self.path)} matches"
              f" {pattern}: " + " / ".join(self.text().splitlines()[-12:]),
              patience)

    def lacks(self, pattern):
        found = re.search(f"^.*{pattern}.*$", self.text(), re.M)
        assert not found, f"{os.path.basename(self.path)}: {found.group(0)}"


def conf_text(device, local, remote, secret, rules, lines):
    """A configuration with one peer. rules: (MINE, ITS) each."""
    text = ""
    for number, (mine, its) in enumerate(rules):
        text += f"access-list a{number} {{\n    permit ip {mine} {its}\n}}\n"
    text += (f"peer swan {{\n    local_addrs = {local}\n"
             f"    remote_addrs = {remote}\n    auth psk secret \"{secret}\"\n"
             + "".join(f"    {line}\n" for line in lines) + "}\n"
             f"crypto map outside interface {device} {{\n")
    for number in range(len(rules)):
        text += (f"    {number + 10} match address a{number} set peer swan"
                 "\n")
    return text + "}\n"


class Daemon:
    """culvertd on a gateway."""

    def __init__(self, node, name):
        self.node, self.name = node, name
        self.process = None
        self.log = Log(os.path.join(ARTIFACTS, f"{name}.log"))
        self.conf = os.path.join(LAB, f"{name}.conf")
        with open(self.log.path, "ab"):
            pass
        with node.within():
            self.kernel = Culvert()

    def configure(self, text):
        with open(self.conf, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)

    def start(self, rules, fresh=True):
        """Until it has that many rules that protect in the kernel. fresh: it
        knows nothing of the IKE SAs it had before."""
        path = os.path.join(LAB, self.name)
        if fresh:
            shutil.rmtree(path + ".journal", ignore_errors=True)
        self.process = self.node.start(
            self.log.path, os.environ["CULVERTD"], "-c", self.conf,
            "-s", path + ".sock", "-j", path + ".journal")
        until(lambda: self.process.poll() is not None or
              len(self.rules()) >= rules, "culvertd sets no rules")
        assert self.process.poll() is None, \
            "culvertd ends: " + " / ".join(self.log.text().splitlines()[-5:])

    def rules(self):
        return [rule for rule in self.kernel.dump("rule-get")
                if rule["action"] == "protect"]

    def tell(self, command, **which):
        """Over its control socket; raises what it refuses."""
        socket_path = os.path.join(LAB, f"{self.name}.sock")
        Vici(socket_path, PATIENCE).request(command, which)

    def sas(self, direction=None):
        return [sa for sa in self.kernel.dump("sa-get")
                if direction in (None, sa["direction"])]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """It must have lived, and end well."""
        process, self.process = self.process, None
        if process is None:
            return
        status = process.poll()
        if status is None:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert status == 0, \
            f"{self.name} ended with {status}: " + \
            " / ".join(self.log.text().splitlines()[-5:])

    def forget(self):
        """No rules, and with them no SAs."""
        self.kernel.policy([])

    def resident(self):
        """Memory, in octets."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


# ------------------------------------------------------------- charon

STRONGSWAN_CONF = """
charon {
    load = openssl random nonce kdf kernel-netlink socket-default vici
    install_routes = no
    install_virtual_ip = no
    threads = 8
    retransmit_timeout = 2.0
    retransmit_tries = %(tries)s
    half_open_timeout = 60
    block_threshold = 0
    delete_rekeyed_delay = 1
    cookie_threshold = %(cookie_threshold)s
    fragment_size = 576
    filelog {
        log {
            path = %(log)s
            time_format = %%H:%%M:%%S
            flush_line = yes
            default = 1
        }
    }
    plugins {
        vici {
            socket = unix://%(socket)s
        }
    }
}
"""


class Charon:
    """strongSwan's daemon on a gateway, asked over vici."""

    def __init__(self, node=gw2, name="charon"):
        self.node, self.name = node, name
        self.log = Log(os.path.join(ARTIFACTS, f"{name}.log"))
        with open(self.log.path, "ab"):
            pass
        self.socket = os.path.join(LAB, f"{name}.vici")
        self.process = self.vici = None

    def start(self, cookie_threshold=0, tries=5):
        """tries: again, before it gives a peer up."""
        conf = os.path.join(LAB, f"{self.name}.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(STRONGSWAN_CONF % {
                "log": self.log.path, "socket": self.socket,
                "cookie_threshold": cookie_threshold, "tries": tries})
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)
        self.process = self.node.start(
            os.path.join(ARTIFACTS, f"{self.name}.out"), "unshare", "-m", "sh", "-c",
            "mount -t tmpfs t /run; exec " + os.environ["CHARON"],
            env={"STRONGSWAN_CONF": conf})
        self.vici = until(self.connect, "charon does not start")

    def connect(self):
        try:
            return Vici(self.socket, PATIENCE * 3)
        except OSError:
            return None

    def kill(self):
        self.vici.close()
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process is None:
            return
        self.vici.close()
        process, self.process = self.process, None
        assert process.poll() is None, f"charon ended: {process.poll()}"
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    def load(self, conn, secret, owners=()):
        self.vici.request("load-shared", {
            "id": "secret", "type": "IKE", "data": secret,
            "owners": list(owners)})
        self.vici.request("load-conn", {"culvert": conn})

    def unload(self):
        """Nothing is left, and no one is told."""
        for sa in self.sas():
            self.vici.ask("terminate", {"ike-id": sa["uniqueid"],
                                        "force": "yes", "timeout": "-1"})
        until(lambda: not self.sas(), lambda: f"charon keeps {self.sas()}")
        with contextlib.suppress(ViciError):
            self.vici.request("unload-conn", {"name": "culvert"})
        self.vici.request("clear-creds")

    def sas(self):
        """IKE SAs, each a dict with "name"."""
        found = []
        for message in self.vici.stream("list-sas", "list-sa"):
            for name, sa in message.items():
                found.append(dict(sa, name=name))
        return found

    def children(self, state="INSTALLED"):
        return [child for sa in self.sas()
                for child in sa.get("child-sas", {}).values()
                if state in (None, child["state"])]

    def initiate(self, child="net", patience=None):
        """Waits until it is up; raises why it is not."""
        self.vici.request("initiate", {
            "child": child, "ike": "culvert", "loglevel": "-1",
            "timeout": int((patience or PATIENCE) * 1000)})

    def rekey(self, **which):
        """ike="culvert" or child="net"."""
        self.vici.request("rekey", which)

    def terminate(self, **which):
        self.vici.request("terminate", which)


# ------------------------------------------------------------- scenes

def in_parallel(*calls):
    """Calls all, and raises what the first that failed raised."""
    failed = []

    def guarded(call):
        try:
            call()
        except BaseException as why:  # pylint: disable=broad-except
            failed.append(why)
    threads = [threading.Thread(target=guarded, args=(call,))
               for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
