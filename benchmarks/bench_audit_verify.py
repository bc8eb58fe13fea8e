"""How long the audit trail takes to verify: 100,000 records walked, and what a million would take at that pace."""

import orjson

from benchmarks.load.places import available, places
from benchmarks.options import Options
from benchmarks.peers.systems import OUR_SYSTEM, run
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

RECORDS = 100_000
RUN_SECONDS = 5.0
MILLION = "a million, at that pace"
COLUMNS = (Column("time per record", "µs"), Column("CPU per record", "µs"), Column(MILLION, "s"))
"""A walk is linear: each record costs one row read in the order of an index, one parse and one hash."""


def measure(options: Options, progress: Progress) -> Results:
    """Write one trail on each database, and walk it every round."""
    results = Results("audit_verify", "How long does it take to verify the audit trail?", COLUMNS, baseline="SQLite")
    records = options.some(RECORDS)
    for database in available(options.databases):
        with places(database, OUR_SYSTEM) as (place,):
            for _ in range(options.rounds):
                printed = run("benchmarks.load.audit_trail", str(records), environment=place.environment)
                values: dict[str, float] = orjson.loads(printed)
                values[MILLION] = values["time per record"]
                results.add(f"{records:,} records", database, values)
                progress.ran(RUN_SECONDS, f"{database}: {values['time per record']:.1f} µs per record")
    return results


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds * len(options.databases)
