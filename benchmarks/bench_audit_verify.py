"""How long the audit trail takes to verify: 100,000 records checked, and the time of a million at that pace."""

from collections.abc import Mapping

from benchmarks.load.attempt import attempt, found, printed
from benchmarks.load.places import available, places
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OURS
from benchmarks.peers.systems import Ours
from benchmarks.peers.tree import Tree
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

RECORDS = 100_000
RUN_SECONDS = 5.0
PROGRAM = "benchmarks.load.audit_trail"
MILLION = "a million, at that pace"
COLUMNS = (Column("CPU per record", "µs"), Column("time per record", "µs"), Column(MILLION, "s"))
"""A walk is linear: each record costs one row read in the order of an index, one parse and one hash."""


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Write one trail on each database, and walk it every round."""
    servers.stop()
    results = Results("audit_verify", "How long does it take to verify the audit trail?", COLUMNS, baseline="SQLite")
    records = options.some(RECORDS)
    for database in available(options.databases):
        with places(database, *(OURS.at(tree).system for tree in options.trees_with(PROGRAM))) as made:
            for _ in range(options.rounds):
                for place in made:
                    assert isinstance(place.system, Ours)
                    tree = place.system.tree
                    case, name = f"{records:,} records", tree.named(database)
                    values = attempt(verified(tree, records, place.environment), results, case, name)
                    progress.ran(RUN_SECONDS, found(results, case, name, values))
    return results


async def verified(tree: Tree, records: int, environment: Mapping[str, str]) -> dict[str, float]:
    """The time of a record, and of a million at that pace."""
    values = await printed(tree, PROGRAM, str(records), environment=environment)
    return {**values, MILLION: values["time per record"]}


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds * len(options.databases) * len(options.trees)
