"""The cost of sending one new order to N dashboards, and how soon they receive it."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import uvloop

from benchmarks.load import live_run
from benchmarks.load.attempt import attempt, found, noting_failure
from benchmarks.load.contestants import Contestant, serving
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.contenders import (
    APOLLO,
    ARIADNE,
    MERCURIUS,
    OURS,
    OURS_AS_STREAMS,
    OURS_ON_DAPHNE,
    OURS_ON_DAPHNE_AS_STREAMS,
    RAW,
    STOCK_ON_DAPHNE,
    YOGA,
    Contender,
)
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

COLUMNS = (
    live_run.CPU_PER_DELIVERY,
    live_run.POSTGRESQL_PER_ORDER,
    live_run.DELIVERIES,
    live_run.P50,
    live_run.P99,
    live_run.MEMORY,
    live_run.CPU_PER_SUBSCRIBE,
)
STARTING_SECONDS = 3.0
FEW, MANY = 1000, 5000
CONTENDERS = {
    STOCK_ON_DAPHNE: 8.5,
    OURS: 1.0,
    OURS_AS_STREAMS: 1.0,
    OURS_ON_DAPHNE: 4.0,
    OURS_ON_DAPHNE_AS_STREAMS: 4.0,
    ARIADNE: 3.0,
    APOLLO: 1.0,
    MERCURIUS: 1.0,
    YOGA: 1.0,
    RAW: 0.5,
}
"""The contestants, and about how many seconds a thousand subscribers take on a quiet machine."""
SLOW = (STOCK_ON_DAPHNE, OURS_ON_DAPHNE, ARIADNE)
"""Those that would take minutes for more subscribers than others."""


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Start each contestant again for each round, in turn: memory left by an earlier round would hide this one's."""
    question = "What does telling N subscribers of an order cost?"
    results = Results("live_delivery", question, COLUMNS, baseline=STOCK_ON_DAPHNE.name)
    database = preferred(options.databases)
    servers.stop()
    for contender, counts in runs(options, database):
        if place := servers.place(database, contender, results):
            with noting_failure(results, contender.name), serving(contender, place) as contestant:
                measure_one(contestant, counts, results, progress)
    return results


def measure_one(contestant: Contestant, counts: Sequence[int], results: Results, progress: Progress) -> None:
    """Measure with more and more subscribers."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        audience = live_run.Audience(contestant, contestant.place.system.operations.order_created())
        try:
            for before, count in pairwise([0, *counts]):
                values = attempt(audience.measured(count), results, case(count), contestant.name, runner.run)
                took = weight(contestant.contender, count - before)
                progress.ran(took, found(results, case(count), contestant.name, values))
                if values is None:
                    break
        finally:
            runner.run(audience.close())


def runs(options: Options, database: str) -> Iterator[tuple[Contender, list[int]]]:
    """Every run, in order: who, with how many subscribers one after the other."""
    for number in range(options.rounds):
        for contender in options.taking_part([*CONTENDERS], database):
            most = most_subscribers(contender, number)
            yield contender, [count for count in sorted(options.subscribers) if count <= most]


def most_subscribers(contender: Contender, number: int) -> float:
    """The most that the contender serves in this round, counted from 0: the longest runs are done once."""
    if contender.name.startswith(tuple(one.name for one in SLOW)):
        return MANY if number == 0 else FEW
    return math.inf if number == 0 else MANY


def weight(contender: Contender, more: int) -> float:
    """About how many seconds it takes to open this number of subscribers and to place orders."""
    each = {one.name: seconds for one, seconds in CONTENDERS.items()}.get(contender.name, CONTENDERS[OURS])
    return STARTING_SECONDS + each * more / 1000


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return sum(
        weight(contender, count - before)
        for contender, counts in runs(options, POSTGRESQL)
        for before, count in pairwise([0, *counts])
    )


def case(count: int) -> str:
    """The name of this number of subscribers in the results."""
    return f"{count:,} identical subscribers"
