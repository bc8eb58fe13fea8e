"""How long the audit trail takes to verify: 200,000 records walked, and what a million would take at that pace."""

import orjson

from benchmarks.command import Options, available, main, places, tell
from benchmarks.contestants import OUR_SYSTEM, run
from benchmarks.results import Column, Results

RECORDS = 200_000
MILLION = "a million, at that pace"
COLUMNS = (Column("time per record", "µs"), Column("CPU per record", "µs"), Column(MILLION, "s"))
"""A walk is linear: each record costs one row read in the order of an index, one parse and one hash."""


def measure(options: Options) -> Results:
    """Write one trail on each database, and walk it every round."""
    results = Results("audit_verify", "How long does it take to verify the audit trail?", COLUMNS, baseline="SQLite")
    for database in available(options.databases):
        with places(database, OUR_SYSTEM) as (place,):
            for _ in range(options.rounds):
                printed = run("benchmarks.audit_trail", str(RECORDS), environment=place.environment)
                values: dict[str, float] = orjson.loads(printed)
                values[MILLION] = values["time per record"]
                results.add(f"{RECORDS:,} records", database, values)
                tell(f"{database}: {values['time per record']:.1f} µs per record")
    return results


if __name__ == "__main__":
    main({"audit_verify": measure})
