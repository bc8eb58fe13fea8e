"""Systems with a database of their own, and servers of them that run."""

import itertools
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.load.http_load import load, request_of
from benchmarks.peers.systems import OUR_SYSTEM, System, WebServer
from tests.servers.processes import Process, free_port, listens


@dataclass(frozen=True, slots=True)
class Place:
    """A system with its own database, ready to be served."""

    system: System
    directory: Path
    environment: Mapping[str, str]
    token: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def make(cls, system: System, directory: Path, services: Mapping[str, str]) -> "Place":
        """Prepare the system in ``directory``, which is empty; see ``System.environment`` for ``services``.

        Raises:
            Unavailable: it can't be run here.
        """
        environment = system.environment(directory, services)
        return cls(system, directory, environment, system.prepare(environment))

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
            with closing(sqlite3.connect(self.directory / "db.sqlite3", timeout=20, isolation_level=None)) as sqlite:
                sqlite.execute(done)


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
        """The request for an order that its events can be recognised by."""
        operations = self.place.system.operations
        return self.request(operations.create_order, operations.order(number))

    def orders(self, count: int) -> list[bytes]:
        """So many requests, each for a new order."""
        return [self.next_order()[1] for _ in range(count)]

    def batches(self, count: int, size: int) -> list[bytes]:
        """So many requests, each for ``size`` new orders."""
        operations = self.place.system.operations
        numbers = [[next(self.place.numbers) for _ in range(size)] for _ in range(count)]
        return [self.request(operations.create_orders, operations.batch(some)) for some in numbers]

    def page(self) -> bytes:
        """The request for the last fifty orders."""
        return self.request(self.place.system.operations.list_orders, {})

    def request(self, query: str, variables: Mapping[str, object]) -> bytes:
        """A GraphQL request with this contestant's credentials."""
        return request_of(self.place.system.path, self.place.headers, query, variables)

    def next_order(self) -> tuple[int, bytes]:
        """The number of a new order, and the request for it."""
        number = next(self.place.numbers)
        return number, self.order(number)

    async def warm_up(self, orders: int) -> None:
        """Place so many orders, so that what is made once is made."""
        await load(self.port, self.orders(orders))


@contextmanager
def serving(place: Place, server: WebServer = "", *, name: str = "", **changes: str) -> Iterator[Contestant]:
    """Serve the place on a free port; ``changes`` are of its environment."""
    port = free_port()
    name = name or named(place.system, server)
    process = Process(
        name.replace(" ", "-"),
        place.system.command(server, port),
        directory=place.directory,
        env={**place.environment, **changes},
    )
    process.start()
    try:
        process.wait_until_ready(lambda: listens(port))
        yield Contestant(name, place, process, port)
    except BaseException:
        print(f"The log of {name} ends with:\n{process.tail()}", file=sys.stderr, flush=True)
        raise
    finally:
        process.kill()


def named(system: System, server: WebServer) -> str:
    """What the results call a system on a web server."""
    return f"{system.name} on {server}" if server else system.name
