"""Where the contestants run: each on an empty database of its own, on what servers there are."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.load.contestants import Place
from benchmarks.options import POSTGRESQL, SQLITE
from benchmarks.peers.systems import System, Unavailable
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.server import NoServer


@contextmanager
def places(database: str, *systems: System, redis: bool = False) -> Iterator[list[Place]]:
    """Each system with an empty database of its own, migrated; with ``redis``, channels go through Redis.

    One that can't be run here is left out, and that is said.

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
    """The last of the databases that can be had; SQLite always can."""
    return [SQLITE, *available(databases)][-1]


def available(databases: Sequence[str]) -> Iterator[str]:
    """Those of the databases that can be had; of another it is said that it was left out."""
    for database in databases:
        try:
            if database == POSTGRESQL:
                with PostgresServer():
                    pass
        except NoServer as error:
            tell(f"Without PostgreSQL: {error}")
        else:
            yield database


def tell(text: str) -> None:
    """Say what is going on, beside the results."""
    print(text, file=sys.stderr, flush=True)
