"""The cost of an order when one ``createOrders`` places a hundred, over HTTP on two connections."""

from benchmarks.load import race
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OVER_HTTP
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

SIZE = 100
BATCHES, WARM_BATCHES = 10, 4
CONNECTIONS = 2


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    question = f"What does an order cost in a createOrders of {SIZE}, two lines each?"
    results = Results("create_orders", question, race.columns("order"), baseline=race.BASELINE)
    database = preferred(options.databases)
    contestants = servers.running(database, options.taking_part(OVER_HTTP, database), results)
    race.warm_up(contestants, lambda one: one.batches(options.some(WARM_BATCHES), SIZE), CONNECTIONS)
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
    return race.seconds(options, OVER_HTTP)
