"""The cost of sending one new order to a thousand dashboards whose subscriptions differ."""

from collections.abc import Callable, Sequence

from benchmarks.load import live_run
from benchmarks.load.attempt import attempt, found
from benchmarks.load.places import preferred
from benchmarks.load.servers import PREPARING_SECONDS, Servers
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.contenders import APOLLO, ARIADNE, MERCURIUS, OURS, STOCK_ON_DAPHNE, Contender
from benchmarks.peers.operations import Ask, Operations
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

SUBSCRIBERS = 1000
COLUMNS = (
    live_run.CPU_PER_DELIVERY,
    live_run.CPU_PER_ORDER,
    live_run.POSTGRESQL_PER_ORDER,
    live_run.P50,
    live_run.P99,
    live_run.CPU_PER_SUBSCRIBE,
)
CONTENDERS = {STOCK_ON_DAPHNE: 9.0, OURS: 3.5, ARIADNE: 6.0, APOLLO: 3.5, MERCURIUS: 3.5}
"""The contestants, and about how many seconds a run takes on a quiet machine."""
SLOW_SECONDS = 5.0
"""Contestants whose runs take longer take part in the first round alone."""


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running, and let each serve every case in turn."""
    question = f"And if the {SUBSCRIBERS:,} ask differently?"
    results = Results("distinct", question, COLUMNS, baseline=STOCK_ON_DAPHNE.name)
    database = preferred(options.databases)
    count = min(SUBSCRIBERS, max(options.subscribers))
    running = servers.running(database, options.taking_part([*CONTENDERS], database), results)
    for case, ask in cases(count).items():
        for number in range(options.rounds):
            for contestant in [one for one in running if in_round(number, one.contender)]:
                run = live_run.one_run(contestant, ask(contestant.place.system.operations), count)
                values = attempt(run, results, case, contestant.name)
                progress.ran(weight(contestant.contender), found(results, case, contestant.name, values))
    return results


def cases(subscribers: int) -> dict[str, Callable[[Operations], Sequence[Ask]]]:
    """The subscriptions of each case, by the case's name in the results."""

    def selections(count: int) -> Callable[[Operations], Sequence[Ask]]:
        return lambda operations: operations.distinct_selections(count)

    def filters(count: int) -> Callable[[Operations], Sequence[Ask]]:
        return lambda operations: operations.distinct_filters(count)

    counts = [count for count in (10, 100, 1000) if count <= subscribers] or [subscribers]
    return {
        **{f"{count:,} distinct selections": selections(count) for count in counts},
        **{f"one document, {count:,} filters that match": filters(count) for count in counts[-1:]},
        f"one document, {subscribers:,} filters of which one matches": lambda one: one.customers(subscribers),
    }


def in_round(number: int, contender: Contender) -> bool:
    """Whether the contender takes part in this round, counted from 0."""
    return number == 0 or weight(contender) <= SLOW_SECONDS


def weight(contender: Contender) -> float:
    """About how long a run takes, in seconds."""
    return {one.name: seconds for one, seconds in CONTENDERS.items()}.get(contender.name, CONTENDERS[OURS])


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    chosen = options.taking_part([*CONTENDERS], POSTGRESQL)
    each_case = sum(weight(one) for number in range(options.rounds) for one in chosen if in_round(number, one))
    return PREPARING_SECONDS * len(chosen) + each_case * len(cases(min(SUBSCRIBERS, max(options.subscribers))))
