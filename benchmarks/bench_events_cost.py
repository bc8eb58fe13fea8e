"""What event log, ledger and receivers add to placing an order: the service alone, in one thread, without a server."""

import orjson

from benchmarks.load.places import places, preferred
from benchmarks.options import Options
from benchmarks.peers.systems import OUR_SYSTEM, run
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS = 100
RUN_SECONDS = 5.0
BASELINE = "the order alone"
COLUMNS = (Column("CPU per order", "ms"), Column("statements", ""))
VARIANTS: dict[str, tuple[str, dict[str, str]]] = {
    BASELINE: ("without_events", {}),
    "with its event in the log": ("with_events", {"EVENTS_DRIVER": "relay"}),
    "with all that follows in this process": ("with_events", {"EVENTS_DISPATCH": "inline"}),
}
"""The last one dispatches each order alone and at once; a busy server dispatches several together."""


def measure(options: Options, progress: Progress) -> Results:
    """Run each variant in a process of its own, in turn, on one database."""
    results = Results(
        "events_cost", "What do event log, ledger and receivers add to an order?", COLUMNS, baseline=BASELINE
    )
    database = preferred(options.databases)
    with places(database, OUR_SYSTEM) as (place,):
        for _ in range(options.rounds):
            for name, (variant, settings) in VARIANTS.items():
                environment = {**place.environment, **settings}
                printed = run(
                    "benchmarks.load.service_cost", str(options.some(ORDERS)), variant, environment=environment
                )
                values: dict[str, float] = orjson.loads(printed)
                results.add(database, name, values)
                progress.ran(RUN_SECONDS, f"{name}, {database}: {values['CPU per order']:.2f} ms CPU per order")
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds * len(VARIANTS)
