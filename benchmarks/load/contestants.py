"""Systems with their own databases, and their running processes."""

import asyncio
import itertools
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.load.http_load import load, request_of
from benchmarks.load.process_cost import settle
from benchmarks.peers.contenders import Contender
from benchmarks.peers.systems import Ours, Role, System
from tests.servers.processes import Process, free_port, listens

OPEN = """
    SELECT (SELECT count(*) FROM events_event WHERE sequence IS NULL)
        + (SELECT count(*) FROM events_delivery WHERE status IN ('PENDING', 'RUNNING', 'RETRYING'))
"""
DONE_SECONDS, LOOK_SECONDS = 300, 0.2
FINISH_TASKS = "UPDATE events_delivery SET status = 'SUCCEEDED' WHERE status <> 'SUCCEEDED'"
START_SECONDS = 60


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
        """The header with the caller's credentials."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def database_url(self) -> str:
        """The name of its database in PostgreSQL; empty if its rows are elsewhere."""
        url = self.environment.get("DATABASE_URL", "")
        return url if url.startswith("postgres") else ""

    def open_work(self) -> int:
        """How many events are not numbered, and deliveries not finished."""
        with psycopg.connect(self.database_url, autocommit=True) as postgresql:
            row = postgresql.execute(OPEN).fetchone()
        return int(row[0]) if row else 0

    def renew_statistics(self) -> None:
        """Let PostgreSQL's planner know the tables as they are: by itself it looks at new ones only after a minute."""
        if self.database_url:
            with psycopg.connect(self.database_url, autocommit=True) as postgresql:
                postgresql.execute("ANALYZE")

    def finish_tasks(self) -> None:
        """Finish each delivery as a worker would have: without one, the dispatcher sends the tasks again and again."""
        if not isinstance(self.system, Ours):
            return
        if self.database_url:
            with psycopg.connect(self.database_url, autocommit=True) as postgresql:
                postgresql.execute(FINISH_TASKS)
        else:
            with closing(sqlite3.connect(self.directory / "db.sqlite3", timeout=20, isolation_level=None)) as sqlite:
                sqlite.execute(FINISH_TASKS)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A contender with its database and its running processes."""

    contender: Contender
    place: Place
    processes: Mapping[Role, tuple[Process, ...]]
    ports: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.contender.name

    @property
    def pids(self) -> dict[str, list[int]]:
        """The processes by role; each is the root of a tree."""
        return {role: [process.pid for process in processes] for role, processes in self.processes.items()}

    @property
    def all_pids(self) -> list[int]:
        return [pid for pids in self.pids.values() for pid in pids]

    @property
    def does_tasks(self) -> bool:
        """Whether it has a worker, for which each run waits."""
        return "worker" in self.processes or self.contender.server == "./dev up"

    def less_with_worker(self, orders: int) -> int:
        """This number, or a tenth of it with a worker: an order's tasks take ten times as long as the order."""
        return max(1, orders // 10) if self.does_tasks else orders

    def finish_tasks(self) -> None:
        """Leave no task that waits for a worker, unless there is one."""
        if not self.does_tasks:
            self.place.finish_tasks()

    async def rest(self) -> None:
        """Wait until no work is left, tasks included if there is a worker.

        Raises:
            TimeoutError: there is work left after minutes.
        """
        await settle(self.all_pids)
        if "worker" in self.processes:
            async with asyncio.timeout(DONE_SECONDS):
                while self.place.open_work():
                    await asyncio.sleep(LOOK_SECONDS)
            await settle(self.all_pids)

    def order(self, number: int) -> bytes:
        """The request for an order that its events can be recognised by."""
        operations = self.place.system.operations
        return self.request(operations.create_order, operations.order(number))

    def orders(self, count: int) -> list[bytes]:
        """This number of requests, each for a new order."""
        return [self.next_order()[1] for _ in range(count)]

    def batches(self, count: int, size: int) -> list[bytes]:
        """This number of requests, each for ``size`` new orders."""
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
        """Place orders, so that caches are filled."""
        await load(self.ports, self.orders(orders))
        self.place.renew_statistics()


@contextmanager
def serving(contender: Contender, place: Place) -> Iterator[Contestant]:
    """Start the contender's processes on the place; the web processes listen on free ports."""
    ports = tuple(free_port() for _ in range(contender.webs))
    with ExitStack() as stack:
        processes: dict[Role, tuple[Process, ...]] = {
            "web": tuple(stack.enter_context(web_process(contender, place, port)) for port in ports)
        }
        for role in contender.roles:
            processes[role] = (stack.enter_context(helper(contender, place, role)),)
        yield Contestant(contender, place, processes, ports)


@contextmanager
def web_process(contender: Contender, place: Place, port: int) -> Iterator[Process]:
    """A web process that listens on this port."""
    command = contender.system.command(contender.server, port)
    process = Process(f"web-{port}", command, directory=place.directory, env=place.environment)
    with running(process, contender.name, lambda: listens(port)):
        yield process


@contextmanager
def helper(contender: Contender, place: Place, role: Role) -> Iterator[Process]:
    """A process of ours beside the web process, once it says that it is ready."""
    if not isinstance(contender.system, Ours):
        raise TypeError(f"{contender.name} has no {role}.")
    command, ready = contender.system.helper(role)
    process = Process(role, command, directory=place.directory, env=place.environment)
    with running(process, contender.name, lambda: ready in process.log.read_text()):
        yield process


@contextmanager
def running(process: Process, name: str, is_ready: Callable[[], bool]) -> Iterator[None]:
    """The process, once it is ready; if it does not start or ends by itself, its log is shown."""
    process.start()
    try:
        process.wait_until_ready(is_ready, timeout_seconds=START_SECONDS)
        yield
    finally:
        if not process.running:
            print(f"The log of {name}, {process.name}, ends with:\n{process.tail()}", file=sys.stderr, flush=True)
        process.kill()
