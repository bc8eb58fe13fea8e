"""The servers that are measured: ours, and stock Strawberry with Channels, each on uvicorn or Daphne."""

import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg

from benchmarks.http_load import Connection, check_answer, load, request_of
from benchmarks.operations import OURS, STOCK, Operations
from tests.processes import Process, free_port, listens

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE")

WebServer = Literal["uvicorn", "daphne"]


@dataclass(frozen=True, slots=True)
class System:
    """A program with a GraphQL schema: ours or a peer's."""

    name: str
    application: str
    path: str
    operations: Operations
    uvicorn_options: tuple[str, ...] = ()


OUR_SYSTEM = System("ours", "config.asgi:application", "/graphql/", OURS, ("--ws", "websockets-sansio"))
STOCK_SYSTEM = System("stock", "benchmarks.peers.stock.asgi:application", "/graphql", STOCK)


@dataclass(frozen=True, slots=True)
class Place:
    """A system with its own database, ready to be served."""

    system: System
    directory: Path
    environment: Mapping[str, str]
    token: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def headers(self) -> dict[str, str]:
        """What says who is calling."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def finish_tasks(self) -> None:
        """Do as a worker would have done in the meantime: without one, the tasks that wait are sent again and again."""
        if self.system is not OUR_SYSTEM:
            return
        done = "UPDATE events_delivery SET status = 'SUCCEEDED' WHERE status <> 'SUCCEEDED'"
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url, autocommit=True) as postgresql:
                postgresql.execute(done)
        else:
            with closing(
                sqlite3.connect(self.directory / "ours" / "db.sqlite3", timeout=20, isolation_level=None)
            ) as sqlite:
                sqlite.execute(done)


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's environment without the settings of a person who works here."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS and not name.startswith("TEST_")}
    return kept | {"PYTHONPATH": str(ROOT)} | changes


def prepare(system: System, directory: Path, services: Mapping[str, str]) -> Place:
    """Migrate the system's database: the one that ``services`` names, else an SQLite file in ``directory``.

    ``services`` is ``DATABASE_URL``, ``REDIS_URL`` and ``CHANNEL_PREFIX``, as far as there are any.
    """
    if system is STOCK_SYSTEM:
        url = {"DATABASE_URL": f"sqlite:///{directory / 'stock.sqlite3'}"}
        environment = clean_environment(
            **url | dict(services), DJANGO_SETTINGS_MODULE="benchmarks.peers.stock.settings"
        )
        run("django", "migrate", "--run-syncdb", "--verbosity", "0", environment=environment)
        return Place(system, directory, environment)
    data = directory / "ours"
    data.mkdir()
    environment = clean_environment(
        **services,
        ORDERS_DATA_DIR=str(data),
        DEFAULT_TENANT="demo",
        SECRET_KEY="only-for-benchmarks-" + "x" * 50,
        ALLOWED_HOSTS="127.0.0.1",
        LOG_LEVEL="WARNING",
    )
    return Place(system, directory, environment, token=run("benchmarks.prepare_ours", environment=environment).strip())


def run(module: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run a module of this Python to its end and return what it printed.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Contestant:
    """A system on a web server, running."""

    name: str
    place: Place
    process: Process
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def order(self, number: int) -> bytes:
        """The request for an order that its events can be told by."""
        operations = self.place.system.operations
        return self.request(operations.create_order, operations.order(number))

    def orders(self, count: int) -> list[bytes]:
        """So many requests, each for a new order."""
        return [self.order(next(self.place.numbers)) for _ in range(count)]

    def page(self) -> bytes:
        """The request for the last fifty orders."""
        return self.request(self.place.system.operations.list_orders, {})

    def request(self, query: str, variables: Mapping[str, object]) -> bytes:
        """A GraphQL request with this contestant's credentials."""
        return request_of(self.place.system.path, self.place.headers, query, variables)

    async def place_one(self, connection: Connection) -> int:
        """Place a new order, wait for the answer, and return the order's number.

        Raises:
            Refused: the answer was no success.
        """
        number = next(self.place.numbers)
        check_answer(await connection.send(self.order(number)))
        return number

    async def warm_up(self, orders: int) -> None:
        """Place so many orders, so that what is made once is made."""
        await load(self.port, self.orders(orders))


@contextmanager
def serving(place: Place, server: WebServer, *, name: str = "", **changes: str) -> Iterator[Contestant]:
    """Serve the place on a free port; ``changes`` are of its environment."""
    port = free_port()
    name = name or f"{place.system.name} on {'Daphne' if server == 'daphne' else server}"
    process = Process(
        name.replace(" ", "-"),
        command(place.system, server, port),
        directory=place.directory,
        env={**place.environment, **changes},
    )
    process.start()
    try:
        process.wait_until_ready(lambda: listens(port))
        yield Contestant(name, place, process, port)
    finally:
        process.kill()


def command(system: System, server: WebServer, port: int) -> list[str]:
    """How the web server is started, without a log of each request."""
    if server == "daphne":
        return [str(BIN / "daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port), system.application]
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    return [str(BIN / "uvicorn"), system.application, *options, *system.uvicorn_options]
