"""A deployment of real processes: web, worker, dispatchers and servers, each of which can be killed or frozen."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.stack import Production, assert_ends_well, environment_of, is_ready, mails_of
from tests.faults.brokers import Broker, broker_of
from tests.faults.forms import FORM, SEED
from tests.servers.processes import Process, TookTooLong
from tests.servers.products import PostgresServer, RedisServer

POOL_PROCESSES = 2
"""How many tasks a worker holds: one kill may interrupt so many at most."""
UNFINISHED = """
SELECT (SELECT count(*) FROM events_event WHERE sequence IS NULL AND insertion_id <= %(last)s)
     + (SELECT count(*) FROM events_delivery
        WHERE status IN ('PENDING', 'RUNNING', 'RETRYING') AND event_id <= %(last)s)
"""
LEFT = """
SELECT receiver, status, attempts, count(*), round(extract(epoch FROM min(due_at) - now())), max(last_error)
FROM events_delivery WHERE status IN ('PENDING', 'RUNNING', 'RETRYING') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
ALL = 2**62
MAX_ATTEMPTS = 10
ALWAYS = ("worker", "dispatcher", "web")
READY = {
    "worker": "The worker is ready.",
    "dispatcher": "The dispatcher runs.",
    "second-dispatcher": "The dispatcher runs.",
    "third-dispatcher": "The dispatcher runs.",
    "second-worker": "The worker is ready.",
}
"""The log line of a process that is ready."""
START_SECONDS = 180.0
STUCK_SECONDS = 90.0
"""After so long without any progress a test gives up; a busy machine may need its time."""


class Deployment:
    """The running processes, and the contents of their database and mails."""

    def __init__(self, directory: Path, postgres: PostgresServer, redis: RedisServer, broker: Broker) -> None:
        self.directory, self.postgres, self.redis, self.broker = directory, postgres, redis, broker
        self.servers: dict[str, PostgresServer | RedisServer | Broker] = {
            "PostgreSQL": postgres,
            "Redis": redis,
            "broker": broker,
        }
        environment = environment_of(postgres.logins, redis.environment, broker.environment)
        stack = Production(directory, "uvicorn", environment)
        self.shop = replace(stack.prepare(), close_seconds=0.2)
        self.env = stack.env | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_IDLE_TRANSACTION_SECONDS": str(FORM.idle_transaction_seconds),
            "FAULTS_LEASE_SECONDS": str(FORM.lease_seconds),
            "FAULTS_BACKOFF_LIMIT_SECONDS": str(FORM.backoff_limit_seconds),
            "FAULTS_MAX_ATTEMPTS": str(MAX_ATTEMPTS),
            "FAULTS_SEED": str(SEED),
            "PYTHONUNBUFFERED": "1",
        }
        self.processes = {process.name: process for process in stack.processes()}
        # The second worker has the first one's name, as a replacement has.
        for name in ("second-dispatcher", "third-dispatcher", "second-worker"):
            command = self.processes[name.partition("-")[2]].command
            self.processes[name] = Process(name, command, directory=directory)
        self.changes: dict[str, dict[str, str]] = {}
        """The changed environment of processes, while :meth:`changed` lasts."""
        self._connection: psycopg.Connection | None = None

    def describe(self) -> str:
        """The servers that it runs on."""
        return ", ".join([self.postgres.describe(), f"broker {self.broker.description}", self.redis.describe()])

    def start(self, *names: str, **changes: str) -> None:
        """Start processes or servers, processes with changes of their environment, and wait until they are ready."""
        marks = {name: self.begin(name, changes) for name in names if name in self.processes}
        for name in names:
            if name in self.servers:
                self.servers[name].start()
            else:
                self.wait_until_ready(name, said_after=marks[name])

    def begin(self, name: str, changes: dict[str, str]) -> int:
        """Start a process; return where its log ends now."""
        process = self.processes[name]
        process.env = self.env | self.changes.get(name, {}) | changes
        said = process.log.stat().st_size if process.log.exists() else 0
        process.start()
        return said

    def wait_until_ready(self, name: str, *, said_after: int) -> None:
        """Wait until a process reports that it is ready."""
        process = self.processes[name]

        def ready() -> bool:
            if name == "web":
                return is_ready(self.shop.address)
            return READY[name].encode() in process.log.read_bytes()[said_after:]

        process.wait_until_ready(ready, timeout_seconds=START_SECONDS)

    def stop(self, name: str) -> None:
        """Stop a process in good order."""
        assert_ends_well(self.processes[name])

    def kill(self, name: str) -> None:
        """Kill -9 a process and all its children, or a server."""
        (self.servers.get(name) or self.processes[name]).kill()

    def freeze(self, name: str) -> None:
        """SIGSTOP a process and all its children."""
        self.processes[name].freeze()

    def thaw(self, name: str) -> None:
        """SIGCONT them."""
        self.processes[name].thaw()

    @contextmanager
    def changed(self, *names: str, **changes: str) -> Iterator[None]:
        """Run these processes in a changed environment for a while, also after they were killed."""
        for name in names:
            if self.processes[name].running:
                self.stop(name)
        self.changes = dict.fromkeys(names, changes)
        try:
            self.start(*names)
            yield
        finally:
            self.changes = {}
            for name in names:
                self.kill(name)
            self.start(*(name for name in names if name in ALWAYS))

    def repair(self) -> None:
        """Start everything of a deployment again, whatever a failed scenario has left."""
        for server in self.servers.values():
            server.thaw() if server.process.running else server.start()
        for name in ALWAYS:
            self.thaw(name) if self.processes[name].running else self.start(name)

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            return self.connection().execute(query.encode(), parameters).fetchall()
        except psycopg.OperationalError:  # The database was restarted meanwhile.
            self.close()
            return self.connection().execute(query.encode(), parameters).fetchall()

    def connection(self) -> psycopg.Connection:
        """Our connection, kept between queries."""
        if self._connection is None:
            self._connection = psycopg.connect(self.postgres.url, connect_timeout=5, autocommit=True)
        return self._connection

    def close(self) -> None:
        """Close the connection to the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def one(self, query: str, **parameters: Any) -> Any:
        """The single value of a query."""
        ((value,),) = self.rows(query, **parameters)
        return value

    def last_event(self) -> int:
        """The insertion id of the newest event that has committed."""
        return int(self.one("SELECT coalesce(max(insertion_id), 0) FROM events_event"))

    def head(self) -> int:
        """The last sequence given."""
        return int(self.one("SELECT coalesce(max(head), 0) FROM events_stream"))

    def unfinished(self, *, up_to: int = ALL) -> int:
        """How many events up to this insertion id have no number yet, and how many deliveries of them are not over."""
        return int(self.one(UNFINISHED, last=up_to))

    def settle(self, *, up_to: int = ALL) -> None:
        """Wait until every event up to this insertion id is numbered and every delivery of them is over.

        It may take any time, as long as there is progress.

        Raises:
            TookTooLong: there is no progress.
        """
        fewest, since = ALL, time.monotonic()
        while left := self.unfinished(up_to=up_to):
            if left < fewest:
                fewest, since = left, time.monotonic()
            if time.monotonic() - since > STUCK_SECONDS:
                raise TookTooLong(f"{left} effects up to {up_to} do not come: {self.rows(LEFT)}\n{self.tails()}")
            time.sleep(0.1)

    def backlog(self) -> int:
        """How many effects are still due, read by its own thread; 0 while the database is unreachable."""
        try:
            with psycopg.connect(self.postgres.url, connect_timeout=2) as connection:
                found = connection.execute(UNFINISHED.encode(), {"last": ALL}).fetchone()
        except psycopg.OperationalError:
            return 0
        return int(found[0]) if found else 0

    def tails(self) -> str:
        """The last lines of the processes' logs."""
        said = (f"--- {name}\n{process.tail()}" for name, process in self.processes.items() if process.log.exists())
        return "\n".join(said)

    def message_ids(self) -> dict[str, list[str]]:
        """The Message-ID of each mail that was sent, by customer."""
        found = defaultdict(list)
        for file in (self.directory / "outbox").glob("*.log"):
            for mail in mails_of(file.read_bytes()):
                found[str(mail["To"])].append(str(mail["Message-ID"]))
        return found


@contextmanager
def running(directory: Path, broker_kind: str) -> Iterator[Deployment]:
    """A deployment with a worker, a dispatcher and a web server; all of it is stopped in good order.

    Raises:
        NoServer: there is no broker of this kind.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(own=True))
        redis = stack.enter_context(RedisServer(own=True))
        broker = stack.enter_context(broker_of(broker_kind, directory, channel_prefix=redis.name))
        deployment = Deployment(directory, postgres, redis, broker)
        stack.callback(deployment.close)
        for name in ALWAYS:
            stack.callback(deployment.stop, name)
        deployment.start(*ALWAYS)
        yield deployment
