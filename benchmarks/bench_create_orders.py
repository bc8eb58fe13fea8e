"""What an order costs when a hundred are placed by one ``createOrders``, over HTTP on two connections."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.race import BASELINE, columns, running, warm_up
from benchmarks.options import Options
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

SIZE = 100
BATCHES, WARM_BATCHES = 10, 4
CONNECTIONS = 2


def measure(options: Options, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results(
        "create_orders",
        f"What does an order cost in a createOrders of {SIZE}, two lines each?",
        columns("order"),
        baseline=BASELINE,
    )
    database = preferred(options.databases)
    with running(database, options, relayed=True) as contestants:
        warm_up(contestants, lambda one: one.batches(options.some(WARM_BATCHES), SIZE), CONNECTIONS)
        race.race(
            results,
            database,
            contestants,
            lambda one: one.batches(options.some(BATCHES), SIZE),
            rounds=options.rounds,
            progress=progress,
            each=SIZE,
            connections=CONNECTIONS,
        )
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, relayed=True)
