"""The databases of the contestants: each has an empty database, on the available servers."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.load.contestants import Place
from benchmarks.options import POSTGRESQL, SQLITE
from benchmarks.peers.packages import Unavailable, finish
from benchmarks.peers.systems import System
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.server import NoServer


@contextmanager
def places(database: str, *systems: System, redis: bool = False) -> Iterator[list[Place]]:
    """Each system with its own empty database, migrated; with ``redis``, channels go through Redis.

    A system that can't be run here is left out, with a message.

    Raises:
        NoServer: there is no PostgreSQL or Redis here, and none can be started.
    """
    with ExitStack() as stack:
        channels: dict[str, Any] = stack.enter_context(RedisServer()).environment if redis else {}
        made = []
        for system in systems:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="orders-bench-")))
            rows = stack.enter_context(PostgresServer()).environment if database == POSTGRESQL else {}
            try:
                made.append(Place.make(system, directory, {**rows, **channels}))
            except Unavailable as error:
                tell(f"Without {system.name}: {error}")
        yield made


def preferred(databases: Sequence[str]) -> str:
    """The last of the available databases; SQLite always is."""
    return [SQLITE, *available(databases)][-1]


def available(databases: Sequence[str]) -> Iterator[str]:
    """The available databases; for another there is a message that it was left out."""
    for database in databases:
        try:
            if database == POSTGRESQL:
                with PostgresServer():
                    pass
        except NoServer as error:
            tell(f"Without PostgreSQL: {error}")
        else:
            yield database


def server_versions() -> dict[str, str]:
    """The versions of the servers that the benchmarks use, as far as there are any."""
    found = {"Node": finish(["node", "--version"], Path.cwd(), os.environ).strip()} if shutil.which("node") else {}
    for product in (PostgresServer, RedisServer):
        with suppress(NoServer), product() as server:
            found[server.product] = server.version
    return found


def tell(text: str) -> None:
    """Show a message beside the results."""
    print(text, file=sys.stderr, flush=True)
