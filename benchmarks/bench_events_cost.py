"""The cost of event log, ledger and receivers per order: the service alone, in one thread, without a server."""

from benchmarks.load.attempt import attempt, found, printed
from benchmarks.load.places import places, preferred
from benchmarks.load.servers import Servers
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.contenders import OURS
from benchmarks.peers.systems import Ours
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS = 100
RUN_SECONDS = 5.0
PROGRAM = "benchmarks.load.service_cost"
BASELINE = "the order alone"
COLUMNS = (Column("CPU per order", "ms"), Column("statements", ""))
VARIANTS: dict[str, tuple[str, dict[str, str]]] = {
    BASELINE: ("without_events", {}),
    "with its event in the log": ("with_events", {"EVENTS_DRIVER": "relay"}),
    "with all that follows in this process": ("with_events", {"EVENTS_DISPATCH": "inline"}),
}
"""The last one dispatches each order alone and immediately; a dispatcher takes several together."""


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Run each variant in a separate process, in turn, each copy of the code on one database."""
    question = "What do event log, ledger and receivers add to an order?"
    results = Results("events_cost", question, COLUMNS, baseline=BASELINE)
    database = preferred(options.databases)
    servers.stop()
    systems = [OURS.at(tree).system for tree in options.trees_with(PROGRAM)]
    with places(database, *systems, redis=database == POSTGRESQL) as made:
        for _ in range(options.rounds):
            for variant, (what, settings) in VARIANTS.items():
                for place in made:
                    assert isinstance(place.system, Ours)
                    tree = place.system.tree
                    environment = {**place.environment, **settings}
                    name, orders = tree.named(variant), str(options.some(ORDERS))
                    values = printed(tree, PROGRAM, orders, what, environment=environment)
                    progress.ran(RUN_SECONDS, found(results, database, name, attempt(values, results, database, name)))
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds * len(VARIANTS) * len(options.trees)
