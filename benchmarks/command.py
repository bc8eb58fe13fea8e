"""Runs benchmarks by name, one after the other, and says what they found."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contestants import Place, System, prepare
from benchmarks.results import Results
from tests.server import NoServer
from tests.servers import PostgresServer, RedisServer

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
BUSY = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured: the default is small, and all of it done in six minutes."""

    rounds: int = 3
    subscribers: tuple[int, ...] = (200, 1000)
    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    """Orders are placed on each of them; the rest is measured on the last one that can be had."""


Benchmark = Callable[[Options], Results]


def main(benchmarks: Mapping[str, Benchmark], arguments: Sequence[str] | None = None) -> None:
    """Run those that are named, or all; print a table for each, and write it to ``test-output/benchmarks/``."""
    understood = parser(benchmarks)
    given = understood.parse_args(arguments)
    if unknown := set(given.names) - set(benchmarks):
        understood.error(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(benchmarks)}.")
    options = Options(given.rounds, given.subscribers, given.databases)
    for name in given.names or benchmarks:
        began = time.monotonic()
        results = benchmarks[name](options)
        path = results.write()
        print(f"\n## {results.question}")
        print(results.markdown())
        print(f"\nMedian of {options.rounds}; in brackets: beside {results.baseline}.", noise(results))
        print(f"{time.monotonic() - began:.0f} s; every run: {path}", flush=True)


def noise(results: Results) -> str:
    """A warning, if others had the processor as well when the benchmark began."""
    load = results.machine["load_before"]
    return f"The machine was busy with other things (load {load:.1f})." if load > BUSY else ""


def parser(benchmarks: Mapping[str, Benchmark]) -> argparse.ArgumentParser:
    """What the command takes."""
    usual = Options()
    made = argparse.ArgumentParser(prog="./dev bench", description="Measure what things cost, beside a stock server.")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks))
    made.add_argument("--rounds", type=int, default=usual.rounds, help="how often each is run, in turn")
    made.add_argument("--subscribers", type=numbers, default=usual.subscribers, help="e.g. 200,1000,5000")
    made.add_argument("--databases", type=names, default=usual.databases, help=f"{SQLITE},{POSTGRESQL}")
    return made


def numbers(text: str) -> tuple[int, ...]:
    """Numbers between commas."""
    return tuple(map(int, text.split(",")))


def names(text: str) -> tuple[str, ...]:
    """Databases between commas."""
    wanted = tuple(text.split(","))
    if unknown := set(wanted) - {SQLITE, POSTGRESQL}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return wanted


def tell(text: str) -> None:
    """Say what is going on, beside the results."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def places(database: str, *systems: System, redis: bool = False) -> Iterator[list[Place]]:
    """Each system with an empty database of its own, migrated; with ``redis``, channels go through Redis.

    Raises:
        NoServer: there is no PostgreSQL or Redis here, and none can be started.
    """
    with ExitStack() as stack:
        channels: dict[str, Any] = stack.enter_context(RedisServer()).environment if redis else {}
        made = []
        for system in systems:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="orders-bench-")))
            rows = stack.enter_context(PostgresServer()).environment if database == POSTGRESQL else {}
            made.append(prepare(system, directory, {**rows, **channels}))
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
