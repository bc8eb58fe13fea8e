"""Finds everything that is wrong with the arguments and settings of ``./dev production`` before anything is started."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

import psycopg

from events.management.start_checks import reason
from tests.e2e.stack import PRODUCTION
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import listens
from tests.servers.products import CONNECT_SECONDS, PostgresServer, RabbitServer, RedisServer
from tests.servers.server import Server

SERVERS: Sequence[type[Server]] = (PostgresServer, RedisServer, RabbitServer)
ANY = {
    "DATABASE_URL": "postgres://localhost/orders",
    "REDIS_URL": "redis://localhost",
    "BROKER_URL": "amqp://localhost",
}
"""A valid address of each server that the caller leaves to us."""
SCHEMES = {"REDIS_URL": ("redis://", "rediss://"), "BROKER_URL": ("amqp://", "amqps://")}
MAY_CREATE = "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"


def problems(ports: Iterable[int]) -> list[str]:
    """A sentence for each setting that can't be used, each given server that does not let us in, each taken port."""
    settings = wrong_settings()
    named = {line.partition(" ")[0] for line in settings}
    servers = [line for server in SERVERS if server.variable not in named for line in unusable(server)]
    taken = [
        f"Port {port} is in use: end what listens there, or choose others with --port."
        for port in ports
        if listens(port)
    ]
    return [*settings, *servers, *taken]


def wrong_settings() -> list[str]:
    """The errors that the settings find in the environment of our processes."""
    given = {name: os.environ.get(name) or address for name, address in ANY.items()}
    code = "import config.settings"
    env = fresh_environment(**PRODUCTION | given)
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    listed = [line.removeprefix("  - ") for line in ended.stderr.splitlines() if line.startswith("  - ")]
    return listed or ([ended.stderr.strip()] if ended.returncode else [])


def unusable(server: type[Server]) -> Iterator[str]:
    """Why the given server can't be used, if there is one."""
    variable, address = server.variable, os.environ.get(server.variable, "")
    schemes = SCHEMES.get(variable, ())
    if address and schemes and (not address.startswith(schemes) or ";" in address):
        yield f"{variable} has to name one {server.product} here ({' or '.join(schemes)}). Correct or unset it."
    elif address:
        try:
            server.read_version(server.given())
            if server is PostgresServer and not may_create(server.given()):
                yield f"{variable} needs a login that may create databases and logins, such as postgres."
        except server.failures as error:
            yield f"{variable}: {server.product} does not let us in ({reason(error)}). Correct or unset it."


def may_create(address: str) -> bool:
    """Whether this login may make our database and its logins."""
    with psycopg.connect(address, connect_timeout=CONNECT_SECONDS) as connection:
        return connection.execute(MAY_CREATE).fetchone() == (True,)
