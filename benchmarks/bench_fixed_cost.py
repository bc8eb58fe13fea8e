"""What a request costs that asks for nothing, over HTTP on eight connections: the way in and out."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.race import BASELINE, columns, running, warm_up
from benchmarks.options import Options
from benchmarks.peers.operations import NOTHING
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

REQUESTS, WARM_REQUESTS = 1000, 200


def measure(options: Options, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results("fixed_cost", f"What does a request for {NOTHING} cost?", columns("request"), baseline=BASELINE)
    database = preferred(options.databases)
    with running(database, options) as contestants:
        warm_up(contestants, lambda one: [one.request(NOTHING, {})] * options.some(WARM_REQUESTS))
        race.race(
            results,
            database,
            contestants,
            lambda one: [one.request(NOTHING, {})] * options.some(REQUESTS),
            rounds=options.rounds,
            progress=progress,
        )
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options)
