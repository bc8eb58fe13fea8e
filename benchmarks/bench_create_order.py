"""The cost of one ``createOrder`` of two lines, over HTTP on eight connections."""

from functools import partial

from benchmarks.load import race
from benchmarks.load.attempt import noting_failure
from benchmarks.load.contestants import Contestant
from benchmarks.load.places import available
from benchmarks.load.servers import Servers
from benchmarks.load.statement_count import statements_of_order
from benchmarks.options import SQLITE, Options
from benchmarks.peers.contenders import OURS_WITH_WORKER, OVER_HTTP
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS, ORDERS_ON_SQLITE = 600, 300
WARM_ORDERS = 60
STATEMENTS = Column("statements", "")
CONTENDERS = (*OVER_HTTP, OURS_WITH_WORKER)


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn."""
    columns = (*race.columns("order"), STATEMENTS)
    results = Results("create_order", "What does one createOrder of two lines cost?", columns, baseline=race.BASELINE)
    for database in available(options.databases):
        orders = options.some(ORDERS_ON_SQLITE if database == SQLITE else ORDERS)
        everyone = servers.running(database, options.taking_part(CONTENDERS, database), results)
        race.warm_up(everyone, partial(new_orders, count=options.some(WARM_ORDERS)))
        race.race(
            results,
            database,
            everyone,
            partial(new_orders, count=orders),
            rounds=options.rounds,
            progress=progress,
        )
        for one in everyone:
            if system := one.contender.application:
                with noting_failure(results, f"{one.name}, {database}, statements"):
                    results.note(database, one.name, {STATEMENTS.name: statements_of_order(one.place, system)})
    return results


def new_orders(contestant: Contestant, count: int) -> list[bytes]:
    """The number of requests: fewer with a worker, since each run waits for its tasks."""
    return contestant.orders(contestant.less_with_worker(count))


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return sum(race.seconds(options, CONTENDERS, database=database) for database in options.databases)
