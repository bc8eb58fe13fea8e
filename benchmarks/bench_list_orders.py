"""The cost of one page of fifty orders with their lines, over HTTP on eight connections."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OVER_HTTP
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

ORDERS = 60
PAGES, WARM_PAGES = 150, 30


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results(
        "list_orders",
        "What does a page of 50 orders with two lines each cost?",
        race.columns("page"),
        baseline=race.BASELINE,
    )
    database = preferred(options.databases)
    contestants = servers.running(database, options.taking_part(OVER_HTTP, database), results)
    race.warm_up(contestants, lambda one: one.orders(ORDERS))
    race.warm_up(contestants, lambda one: [one.page()] * options.some(WARM_PAGES))
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
    return race.seconds(options, OVER_HTTP)
