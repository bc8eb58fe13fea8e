"""The cost of a request for nothing, over HTTP on eight connections: the way in and out."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OVER_HTTP
from benchmarks.peers.operations import NOTHING
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

REQUESTS, WARM_REQUESTS = 1000, 200


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results(
        "fixed_cost", f"What does a request for {NOTHING} cost?", race.columns("request"), baseline=race.BASELINE
    )
    database = preferred(options.databases)
    contestants = servers.running(database, options.taking_part(OVER_HTTP, database), results)
    race.warm_up(contestants, lambda one: [one.request(NOTHING, {})] * options.some(WARM_REQUESTS))
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
    return race.seconds(options, OVER_HTTP)
