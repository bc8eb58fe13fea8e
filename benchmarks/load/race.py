"""Servers that run side by side and get the load in turn, over HTTP."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvloop

from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Contestant
from benchmarks.load.http_load import CONNECTIONS, load
from benchmarks.load.meter import PROCESSES, Meter, for_each, servers_cpu
from benchmarks.load.process_cost import percentile
from benchmarks.load.servers import PREPARING_SECONDS
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.contenders import STOCK, Contender
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

BASELINE = STOCK.name
LOAD_SECONDS = 2.0
"""A run sends no further request after so long: the slow contestants answer fewer."""
RUN_SECONDS = 2.0
"""About how long one run takes on a quiet machine."""
P50, P99 = Column("p50", "ms"), Column("p99", "ms")

Requests = Callable[[Contestant], list[bytes]]


def columns(thing: str) -> tuple[Column, ...]:
    """The measurements for each ``thing``, such as an order."""
    return Column(f"CPU per {thing}", "ms"), *PROCESSES, Column(f"{thing}s", "1/s"), P50, P99


def seconds(
    options: Options,
    contenders: Sequence[Contender],
    *,
    cases: int = 1,
    each: float = RUN_SECONDS,
    database: str = POSTGRESQL,
) -> float:
    """About how long a race takes on a quiet machine."""
    return (PREPARING_SECONDS + each * cases * options.rounds) * len(options.taking_part(contenders, database))


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
    """Load the contestants in turn; each request has ``each`` things, which the results' columns count."""
    for _ in range(rounds):
        for contestant in contestants:
            run = one_run(contestant, requests(contestant), results, each, connections)
            values = attempt(run, results, case, contestant.name)
            progress.ran(RUN_SECONDS, found(results, case, contestant.name, values))


async def one_run(
    contestant: Contestant, requests: list[bytes], results: Results, things_each: int, connections: int
) -> dict[str, float]:
    """CPU for each thing until the processes rest, things answered in a second, and how long an answer takes.

    Raises:
        Refused: an answer was no success.
    """
    contestant.finish_tasks()
    await contestant.rest()
    meter, began = Meter(contestant), time.perf_counter()
    latencies = await load(contestant.ports, requests, connections, LOAD_SECONDS)
    seconds = time.perf_counter() - began
    await contestant.rest()
    used, things = meter.read(), things_each * len(latencies)
    cpu, rate = results.columns[0], results.columns[1 + len(PROCESSES)]
    return {
        cpu.name: servers_cpu(used) / things,
        **for_each(used, things),
        rate.name: things / seconds,
        P50.name: percentile(latencies, 0.5),
        P99.name: percentile(latencies, 0.99),
    }


def warm_up(contestants: Sequence[Contestant], requests: Requests, connections: int = CONNECTIONS) -> None:
    """Let each answer some requests, so that caches are filled. One that fails will fail again when it is measured."""
    for contestant in contestants:
        with suppress(Exception):
            uvloop.run(load(contestant.ports, requests(contestant), connections, LOAD_SECONDS))
            contestant.place.renew_statistics()
