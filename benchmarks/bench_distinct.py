"""What it costs to tell a thousand dashboards of one new order when they don't all ask the same."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks.load import live_run
from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Contestant, named, serving
from benchmarks.load.places import places, preferred
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.operations import Ask, Operations
from benchmarks.peers.systems import MERCURIUS, OUR_SYSTEM, STOCK_SYSTEM, System, WebServer
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

SUBSCRIBERS = 1000
COLUMNS = (live_run.CPU_PER_DELIVERY, live_run.CPU_PER_ORDER, live_run.P50, live_run.P99, live_run.CPU_PER_SUBSCRIBE)
CONTENDERS: tuple[tuple[System, WebServer, float], ...] = (
    (STOCK_SYSTEM, "Daphne", 10),
    (OUR_SYSTEM, "uvicorn", 4.5),
    (MERCURIUS, "", 4.5),
)
"""Who takes part, and about how many seconds a run takes on a quiet machine."""


def measure(options: Options, progress: Progress) -> Results:
    """Keep all contestants running, and have each serve every case in turn."""
    results = Results(
        "distinct", f"And if the {SUBSCRIBERS:,} ask differently?", COLUMNS, baseline=named(*CONTENDERS[0][:2])
    )
    database = preferred(options.databases)
    chosen = contenders(options)
    count = min(SUBSCRIBERS, max(options.subscribers))
    with places(database, *(one[0] for one in chosen), redis=database == POSTGRESQL) as made, ExitStack() as stack:
        servers = {system: server for system, server, _ in chosen}
        running = [stack.enter_context(serving(place, servers[place.system])) for place in made]
        for case, ask in cases(count).items():
            for _ in range(options.rounds):
                for contestant in running:
                    run = one_run(contestant, ask(contestant.place.system.operations), count)
                    values = attempt(run, results, case, contestant.name)
                    progress.ran(weight(contestant), found(results, case, contestant.name, values))
    return results


def cases(subscribers: int) -> dict[str, Callable[[Operations], Sequence[Ask]]]:
    """What is asked, by what the results call it."""

    def selections(count: int) -> Callable[[Operations], Sequence[Ask]]:
        return lambda operations: operations.distinct_selections(count)

    def filters(count: int) -> Callable[[Operations], Sequence[Ask]]:
        return lambda operations: operations.distinct_filters(count)

    counts = [count for count in (10, 100, 1000) if count <= subscribers] or [subscribers]
    return {
        **{f"{count:,} distinct selections": selections(count) for count in counts},
        **{f"one document, {count:,} filters that match": filters(count) for count in counts[-2:]},
        f"one document, {subscribers:,} filters of which one matches": lambda one: one.customers(subscribers),
    }


def contenders(options: Options) -> list[tuple[System, WebServer, float]]:
    """Who takes part now."""
    return [one for one in CONTENDERS if options.wants(named(*one[:2]))]


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    each = sum(seconds for _, _, seconds in contenders(options))
    return each * options.rounds * len(cases(min(SUBSCRIBERS, max(options.subscribers))))


def weight(contestant: Contestant) -> float:
    """About how long one run of it takes."""
    return next(seconds for system, _, seconds in CONTENDERS if system is contestant.place.system)


async def one_run(contestant: Contestant, asks: Sequence[Ask], count: int) -> dict[str, float]:
    """Measure one."""
    contestant.place.finish_tasks()
    return await live_run.one_run(contestant, asks, count)
