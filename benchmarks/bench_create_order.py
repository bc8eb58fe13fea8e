"""What one ``createOrder`` of two lines costs the server, over HTTP on eight connections."""

from benchmarks.load import race
from benchmarks.load.places import available
from benchmarks.load.race import BASELINE, columns, running, warm_up
from benchmarks.load.statement_count import statements_of_order
from benchmarks.options import Options
from benchmarks.peers.systems import RELAYED, Application
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS = 300
WARM_ORDERS = 60
STATEMENTS = Column("statements", "")


def measure(options: Options, progress: Progress) -> Results:
    """Keep all contestants running and load them in turn.

    Ours is there twice: with its dispatcher, which numbers, audits and publishes, and leaving that to a relay.
    """
    cpu, rate = columns("order")
    results = Results(
        "create_order", "What does one createOrder of two lines cost?", (cpu, rate, STATEMENTS), baseline=BASELINE
    )
    for database in available(options.databases):
        with running(database, options, relayed=True) as everyone:
            warm_up(everyone, lambda one: one.orders(options.some(WARM_ORDERS)))
            race.race(
                results,
                database,
                everyone,
                lambda one: one.orders(options.some(ORDERS)),
                rounds=options.rounds,
                progress=progress,
            )
            for one in everyone:
                if isinstance(one.place.system, Application):
                    application, alone = one.place.system.application, one.name == RELAYED
                    counted = statements_of_order(one.place, application, in_the_request=alone)
                    results.note(database, one.name, {STATEMENTS.name: counted})
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, relayed=True) * len(options.databases)
