"""What one page of fifty orders with their lines costs the server, over HTTP on eight connections."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.race import BASELINE, columns, running, warm_up
from benchmarks.options import Options
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

ORDERS = 60
PAGES, WARM_PAGES = 150, 30


def measure(options: Options, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results(
        "list_orders", "What does a page of 50 orders with two lines each cost?", columns("page"), baseline=BASELINE
    )
    database = preferred(options.databases)
    with running(database, options) as contestants:
        warm_up(contestants, lambda one: one.orders(ORDERS))
        warm_up(contestants, lambda one: [one.page()] * options.some(WARM_PAGES))
        race.race(
            results,
            database,
            contestants,
            lambda one: [one.page()] * options.some(PAGES),
            rounds=options.rounds,
            progress=progress,
        )
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options)
