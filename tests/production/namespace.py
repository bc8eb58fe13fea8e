"""Where a web process runs: on this host, or on one of its own, and how it is cut off from a server there.

A host of its own is a network namespace, in which the packets of a server are dropped: connections stay open, nothing
is acknowledged, and new ones get no answer. It needs root, and Linux' ``ip``. On this host a proxy is frozen instead.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from tests.environment import outside
from tests.servers.processes import Process, free_port
from tests.servers.proxies import tcp_proxy

PRIVATE = "10.213"
"""The networks of namespaces: each is one of 256, by chance."""
LISTENS = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"


class Way(Protocol):
    """Between a host and a server."""

    def freeze(self) -> None:
        """Let no byte pass; connections stay open."""

    def thaw(self) -> None:
        """Let bytes pass."""


class Place:
    """This host."""

    address = "127.0.0.1"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def describe(self) -> str:
        """What it is."""
        return "proxies"

    def inside(self, command: list[str]) -> list[str]:
        """The command that runs this command here."""
        return command

    def server_address(self, number: int) -> str:
        """The address at which a process here reaches the server of this number."""
        return self.address

    @contextmanager
    def way(self, number: int, url: str) -> Iterator[tuple[Way, str]]:
        """A way to a server, and the server's URL by this way."""
        at, target, port = self.server_address(number), urlsplit(url), free_port()
        arguments = [str(port), str(target.hostname), str(target.port), at]
        command = [sys.executable, tcp_proxy.__file__, *arguments]
        process = Process(f"way-{number}-{port}", command, directory=self.directory)
        process.start()
        try:
            process.wait_until_ready(lambda: self.reaches(at, port))
            user = target.netloc.rpartition("@")[0]
            here = f"{user}@{at}:{port}" if user else f"{at}:{port}"
            yield self.cuttable(process, at), urlunsplit(target._replace(netloc=here))
        finally:
            process.kill()

    def reaches(self, address: str, port: int) -> bool:
        """Whether a process here can connect."""
        command = self.inside([sys.executable, "-c", LISTENS, address, str(port)])
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def cuttable(self, process: Process, address: str) -> Way:
        """The way by this proxy."""
        return process


@dataclass
class Route:
    """The way from a namespace to an address of this host."""

    rule: list[str]

    def freeze(self) -> None:
        """Drop what the address sends there, among it each acknowledgement."""
        ip("rule", "add", *self.rule)

    def thaw(self) -> None:
        """Let it pass."""
        ip("rule", "del", *self.rule)


class Namespace(Place):
    """A host of its own."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.name = f"orders{secrets.token_hex(3)}"
        self.network = f"{PRIVATE}.{secrets.randbelow(256)}"
        self.address = f"{self.network}.100"

    def describe(self) -> str:
        """What it is."""
        return "a network namespace"

    def inside(self, command: list[str]) -> list[str]:
        """The command that runs this command here."""
        return ["ip", "netns", "exec", self.name, *command]

    def server_address(self, number: int) -> str:
        """The address at which a process here reaches the server of this number."""
        at = f"{self.network}.{number}"
        ip("address", "add", f"{at}/24", "dev", self.name)
        return at

    def cuttable(self, process: Process, address: str) -> Way:
        """The way to this address."""
        return Route(["from", address, "to", self.address, "blackhole"])

    def make(self) -> None:
        """Make it, and connect it with this host."""
        name, other_end = self.name, f"{self.name}i"
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", other_end, "netns", name)
        ip("link", "set", name, "up")
        ip("address", "add", f"{self.network}.254/24", "dev", name)  # The clients', since it is the first.
        ip("-n", name, "address", "add", f"{self.address}/24", "dev", other_end)
        for device in (other_end, "lo"):
            ip("-n", name, "link", "set", device, "up")


def ip(*arguments: str) -> None:
    """Run ``ip``."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


@contextmanager
def a_place(directory: Path) -> Iterator[Place]:
    """A new namespace, removed at the end; where none can be made, this host."""
    if os.geteuid() or not shutil.which("ip"):
        yield Place(directory)
        return
    made = Namespace(directory)
    try:
        made.make()
    except subprocess.CalledProcessError:  # We may be root in a container that may not do this.
        subprocess.run(["ip", "netns", "delete", made.name], capture_output=True, check=False)
        yield Place(directory)
        return
    outside.allowed_hosts.add(made.address)
    try:
        yield made
    finally:
        ip("netns", "delete", made.name)
