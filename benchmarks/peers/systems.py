"""The programs that are measured, each behind the same few questions: ours and its peers."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.peers.operations import OURS, STOCK, Operations

ROOT = Path(__file__).resolve().parents[2]
RELAYED = "ours (the request alone)"
"""Our system with ``EVENTS_DRIVER=relay``: the process that answers does nothing after COMMIT."""
NODE_PEERS = ROOT / "benchmarks" / "peers" / "node"
BIN = Path(sys.executable).parent
EXAMPLE = ROOT / ".env.example"
OTHERS = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "NODE_ENV"}

WebServer = Literal["uvicorn", "Daphne", ""]
"""What serves an ASGI application; a program that needs none has the empty one."""


class Unavailable(Exception):
    """A peer can't be run here; the message says why."""


@dataclass(frozen=True, slots=True)
class System(ABC):
    """A program with a GraphQL schema at a path."""

    name: str
    path: str
    operations: Operations

    @abstractmethod
    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        """What it runs in; ``directory`` is its own, and empty.

        ``services`` is ``DATABASE_URL``, ``REDIS_URL`` and ``CHANNEL_PREFIX``, as far as there are any.
        """

    def prepare(self, environment: Mapping[str, str]) -> str:
        """Make its tables, and return the token that a caller needs, or nothing.

        Raises:
            Unavailable: it can't be run here.
        """
        return ""

    @abstractmethod
    def command(self, server: WebServer, port: int) -> list[str]:
        """How it is started on a loopback port, without a log of each request."""


@dataclass(frozen=True, slots=True)
class Application(System):
    """An ASGI application."""

    application: str
    uvicorn_options: tuple[str, ...] = ()

    def command(self, server: WebServer, port: int) -> list[str]:
        if server == "Daphne":
            patient = ["--websocket_connect_timeout", "60"]  # A busy machine is no reason to refuse a subscriber.
            return [str(BIN / "daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port), *patient, self.application]
        options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--no-access-log"]
        return [str(BIN / "uvicorn"), self.application, *options, "--backlog", "4096", *self.uvicorn_options]


class Ours(Application):
    """This system, as it would be deployed but for its worker."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return clean_environment(
            **services,
            ORDERS_DATA_DIR=str(directory),
            DEFAULT_TENANT="demo",
            SECRET_KEY="only-for-benchmarks-" + "x" * 50,
            ALLOWED_HOSTS="127.0.0.1",
            LOG_LEVEL="WARNING",
            THROTTLE="caller=10000000;tenant=10000000",  # One token asks for all; its buckets are counted all the same.
        )

    def prepare(self, environment: Mapping[str, str]) -> str:
        return run("benchmarks.peers.prepare_ours", environment=environment).strip()


class Stock(Application):
    """Strawberry and Channels as their guides have it."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        sqlite = {"DATABASE_URL": f"sqlite:///{directory / 'stock.sqlite3'}"}
        settings = "benchmarks.peers.stock.settings"
        return clean_environment(**{**sqlite, **services, "DJANGO_SETTINGS_MODULE": settings})

    def prepare(self, environment: Mapping[str, str]) -> str:
        run("django", "migrate", "--run-syncdb", "--verbosity", "0", environment=environment)
        return ""


@dataclass(frozen=True, slots=True)
class NodePeer(System):
    """A server of Node's, on PostgreSQL; it tells its subscribers within its one process."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return clean_environment(**services, NODE_ENV="production")

    def prepare(self, environment: Mapping[str, str]) -> str:
        if "DATABASE_URL" not in environment:
            raise Unavailable(f"{self.name} needs PostgreSQL.")
        install_node_peers()
        return ""

    def command(self, server: WebServer, port: int) -> list[str]:
        return ["node", str(NODE_PEERS / f"{self.name}.mjs"), str(port)]


@dataclass(frozen=True, slots=True)
class Raw(System):
    """A broadcast of ready frames: what no server on this kernel goes below."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return clean_environment()

    def command(self, server: WebServer, port: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.peers.raw", str(port)]


AS_ADVISED = ("--http", "config.connections:Http")
OUR_SYSTEM = Ours("ours", "/graphql/", OURS, "config.asgi:application", AS_ADVISED)
STOCK_SYSTEM = Stock("stock", "/graphql", STOCK, "benchmarks.peers.stock.asgi:application")
MERCURIUS = NodePeer("mercurius", "/graphql", STOCK)
YOGA = NodePeer("yoga", "/graphql", STOCK)
RAW = Raw("raw", "/graphql", STOCK)


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's environment without the settings of a person, or of tests, that work here."""
    settings = OTHERS.union(re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    kept = {name: value for name, value in os.environ.items() if name not in settings and not name.startswith("TEST_")}
    return kept | {"PYTHONPATH": str(ROOT)} | changes


def run(module: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run a module of this Python to its end and return what it printed.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    return finish([sys.executable, "-m", module, *arguments], ROOT, environment)


def finish(command: list[str], directory: Path, environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def install_node_peers() -> None:
    """Install the packages of Node's peers from their lock, unless they are there.

    Raises:
        Unavailable: there is no npm, or it failed.
    """
    stamp = NODE_PEERS / "node_modules" / ".installed"
    wanted = hashlib.sha256((NODE_PEERS / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not shutil.which("npm"):
        raise Unavailable("Node's peers need Node and npm, which are not installed here.")
    print("Installing the packages of Node's peers …", file=sys.stderr, flush=True)
    try:
        finish(["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"], NODE_PEERS, dict(os.environ))
    except RuntimeError as error:
        raise Unavailable(f"npm could not install the packages of Node's peers.\n{error}") from error
    stamp.write_text(wanted)
