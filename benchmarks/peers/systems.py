"""The measured programs, each behind the same interface: ours and its peers."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.peers.operations import Operations
from benchmarks.peers.packages import (
    ARIADNE_PEER,
    ARIADNE_PYTHON,
    NODE_PEERS,
    Unavailable,
    finish,
    install_ariadne,
    install_node_peers,
)
from benchmarks.peers.tree import HERE, Tree

WebServer = Literal["uvicorn", "Daphne", "./dev up", ""]
"""The server of an application; empty for a program that needs none."""
Role = Literal["web", "dispatcher", "worker"]
"""The role of a process of a system."""


@dataclass(frozen=True, slots=True)
class System(ABC):
    """A program with a GraphQL schema at a path."""

    name: str
    path: str
    operations: Operations

    @abstractmethod
    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        """The environment to run in; ``directory`` is its own, and empty.

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
        """How its web process is started on a loopback port, without a log of each request."""


@dataclass(frozen=True, slots=True)
class Application(System):
    """An ASGI application of this project's environment."""

    application: str
    tree: Tree = HERE

    def command(self, server: WebServer, port: int) -> list[str]:
        if server == "Daphne":
            patient = ["--websocket_connect_timeout", "60"]  # A busy machine is no reason to refuse a subscriber.
            options = ["-v", "0", "-b", "127.0.0.1", "-p", str(port), *patient, self.application]
            return [self.tree.python, "-m", "daphne", *options]
        return [*uvicorn(self.tree.python, port), self.application]


class Ours(Application):
    """This system, as it is deployed."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return self.tree.environment(
            **services,
            ORDERS_DATA_DIR=str(directory),
            DEFAULT_TENANT="demo",
            SECRET_KEY="only-for-benchmarks-" + "x" * 50,
            ALLOWED_HOSTS="127.0.0.1",
            LOG_LEVEL="WARNING",
            EMAIL_URL="dummymail://",
            PYTHONUNBUFFERED="1",
            THROTTLE="caller=10000000;tenant=10000000",  # One token sends all requests; its buckets are still counted.
        )

    def prepare(self, environment: Mapping[str, str]) -> str:
        finish([*self.manage("migrate"), "--verbosity", "0", "--no-input"], self.tree.root, environment)
        scopes = ["--scopes", "orders:read", "orders:write"]
        made = finish([*self.manage("tokens"), "create", "--name", "benchmarks", *scopes], self.tree.root, environment)
        return made.strip()

    def command(self, server: WebServer, port: int) -> list[str]:
        if server == "Daphne":
            return super().command(server, port)
        verb = "up" if server == "./dev up" else "serve"
        if verb == "serve" and not self.has_command("serve"):  # A commit from before there was one.
            return [*super().command(server, port), "--http", "config.connections:Http"]
        command = self.tree.root / "config" / "management" / "commands" / f"{verb}.py"
        quiet = ["--quiet"] if "--quiet" in command.read_text() else []  # No orders but the benchmark's.
        return [*self.manage(verb), *quiet, "--port", str(port)]

    def helper(self, role: Role) -> tuple[list[str], str]:
        """The command of a process beside the web process, and what its log says when it is ready.

        A worker says nothing; a measurement begins when all processes are at rest. A commit from before there was a
        dispatcher has a relay instead, and threads of the web process beside it.
        """
        if role == "worker":
            return [self.tree.python, "-m", "celery", "--app", "config", "worker", "--concurrency", "1"], ""
        verb = "dispatcher" if self.has_command("dispatcher") else "relay"
        return self.manage(verb), f"The {verb} runs."

    def manage(self, verb: str) -> list[str]:
        """How a command of manage.py is started."""
        return [self.tree.python, str(self.tree.root / "manage.py"), verb]

    def has_command(self, verb: str) -> bool:
        """Whether this commit has such a command."""
        return any(self.tree.root.glob(f"*/management/commands/{verb}.py"))


class Stock(Application):
    """Strawberry and Channels as in their guides."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        sqlite = {"DATABASE_URL": f"sqlite:///{directory / 'stock.sqlite3'}"}
        settings = "benchmarks.peers.stock.settings"
        return HERE.environment(**{**sqlite, **services, "DJANGO_SETTINGS_MODULE": settings})

    def prepare(self, environment: Mapping[str, str]) -> str:
        HERE.run("django", "migrate", "--run-syncdb", "--verbosity", "0", environment=environment)
        return ""


class OnPostgres(System):
    """A small server on PostgreSQL with its own packages; it sends events to its subscribers within its one process."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return HERE.environment(**services, NODE_ENV="production")

    def prepare(self, environment: Mapping[str, str]) -> str:
        if "DATABASE_URL" not in environment:
            raise Unavailable(f"{self.name} needs PostgreSQL.")
        self.install()
        return ""

    @abstractmethod
    def install(self) -> None:
        """Install its packages.

        Raises:
            Unavailable: they can't be had.
        """


class NodePeer(OnPostgres):
    """A Node server."""

    def install(self) -> None:
        install_node_peers()

    def command(self, server: WebServer, port: int) -> list[str]:
        return ["node", str(NODE_PEERS / f"{self.name}.mjs"), str(port)]


class Ariadne(OnPostgres):
    """Ariadne with psycopg, on uvicorn."""

    def install(self) -> None:
        install_ariadne()

    def command(self, server: WebServer, port: int) -> list[str]:
        return [*uvicorn(str(ARIADNE_PYTHON), port), "--app-dir", str(ARIADNE_PEER), "server:application"]


class Raw(System):
    """A broadcast of ready frames: no server on this kernel can cost less."""

    def environment(self, directory: Path, services: Mapping[str, str]) -> dict[str, str]:
        return HERE.environment()

    def command(self, server: WebServer, port: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.peers.raw", str(port)]


def uvicorn(python: str, port: int) -> list[str]:
    """How uvicorn is started on a loopback port."""
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    return [python, "-m", "uvicorn", *options, "--backlog", "4096"]
