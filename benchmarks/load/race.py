"""Servers that run side by side and get the load in turn, over HTTP on eight connections."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import uvloop

from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Contestant, named, serving
from benchmarks.load.http_load import CONNECTIONS, load
from benchmarks.load.places import places
from benchmarks.load.process_cost import Meter, settle
from benchmarks.options import Options
from benchmarks.peers.systems import MERCURIUS, OUR_SYSTEM, RELAYED, STOCK_SYSTEM, YOGA, System, WebServer
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

BASELINE = "stock on uvicorn"
RUN_SECONDS = 3.0
"""About how long one run takes on a quiet machine, its share of what is prepared included."""

USUAL: tuple[tuple[System, WebServer], ...] = (
    (STOCK_SYSTEM, "uvicorn"),
    (OUR_SYSTEM, "uvicorn"),
    (MERCURIUS, ""),
    (YOGA, ""),
)

Requests = Callable[[Contestant], list[bytes]]


def columns(thing: str) -> tuple[Column, Column]:
    """What is measured of each ``thing``, such as an order."""
    return Column(f"CPU per {thing}", "ms"), Column(f"{thing}s", "1/s")


@contextmanager
def running(database: str, options: Options, *, relayed: bool = False) -> Iterator[list[Contestant]]:
    """Those that are wanted and can be had, each served with a database of its own.

    With ``relayed`` ours is there a second time and leaves numbering, ledger, audit and publishing to a relay, which
    does not run.
    """
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving(place, server, name=name, **settings))
            for system, server, name, settings in contenders(options, relayed=relayed)
            for place in stack.enter_context(places(database, system))
        ]


def contenders(options: Options, *, relayed: bool = False) -> list[tuple[System, WebServer, str, dict[str, str]]]:
    """Who is to take part: each one's system, web server, name and settings."""
    all_of_them: list[tuple[System, WebServer, str, dict[str, str]]] = [(*one, named(*one), {}) for one in USUAL]
    if relayed:
        all_of_them.append((OUR_SYSTEM, "uvicorn", RELAYED, {"EVENTS_DRIVER": "relay"}))
    return [one for one in all_of_them if options.wants(one[2])]


def seconds(options: Options, *, relayed: bool = False) -> float:
    """About how long a race takes on a quiet machine, without what is prepared for it."""
    return RUN_SECONDS * options.rounds * len(contenders(options, relayed=relayed))


def race(
    results: Results,
    case: str,
    contestants: Sequence[Contestant],
    requests: Requests,
    *,
    rounds: int,
    progress: Progress,
    each: int = 1,
    connections: int = CONNECTIONS,
) -> None:
    """Load the contestants in turn; each request has ``each`` things of those that the results' columns are about."""
    for _ in range(rounds):
        for contestant in contestants:
            run = one_run(contestant, requests(contestant), results, each, connections)
            values = attempt(run, results, case, contestant.name)
            progress.ran(RUN_SECONDS, found(results, case, contestant.name, values))


async def one_run(
    contestant: Contestant, requests: list[bytes], results: Results, each: int, connections: int
) -> dict[str, float]:
    """Milliseconds of CPU for each thing, until the server's processes rest, and things answered for in a second.

    Raises:
        Refused: an answer was no success.
    """
    contestant.place.finish_tasks()
    await settle(contestant.pid)
    meter, began = Meter(contestant.pid), time.perf_counter()
    things = each * await load(contestant.port, requests, connections)
    seconds = time.perf_counter() - began
    await settle(contestant.pid)
    cpu, rate = results.columns[:2]
    return {cpu.name: meter.read() / things, rate.name: things / seconds}


def warm_up(contestants: Sequence[Contestant], requests: Requests, connections: int = CONNECTIONS) -> None:
    """Let each answer some requests, so that what is made once is made."""
    for contestant in contestants:
        uvloop.run(load(contestant.port, requests(contestant), connections))
