"""The storage of an order in PostgreSQL, by table, when all its effects are done; and the WAL that it takes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg
import uvloop
from psycopg.rows import dict_row

from benchmarks.load.attempt import noting_failure
from benchmarks.load.contestants import Contestant
from benchmarks.load.places import preferred
from benchmarks.load.servers import PREPARING_SECONDS, Servers
from benchmarks.options import SQLITE, Options
from benchmarks.peers.contenders import OURS_WITH_WORKER
from benchmarks.peers.systems import Ours
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS, WARM_ORDERS = 300, 30
RUN_SECONDS = 30.0
OURS_FROM_NEW = replace(OURS_WITH_WORKER, name="ours and its worker, on new tables")
"""The tables of other questions have free space, which their next rows would fill."""
BYTES, INDEXES = Column("table", "bytes"), Column("indexes", "bytes")
COUNTS = {
    Column("rows inserted", ""): "n_tup_ins",
    Column("updated", ""): "n_tup_upd",
    Column("of these HOT", ""): "n_tup_hot_upd",
    Column("deleted", ""): "n_tup_del",
}
CASE = "for each order"
WAL, ALL = "WAL, written", "all tables"
SIZES = """
    SELECT relname, pg_table_size(relid) AS table, pg_indexes_size(relid) AS indexes,
        n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del
    FROM pg_stat_user_tables ORDER BY relname
"""
Sizes = dict[str, dict[str, Any]]


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Place orders at ours with its worker, wait for all effects, and measure the growth; one round for each tree."""
    results = Results("storage", "What does an order leave in PostgreSQL?", (BYTES, INDEXES, *COUNTS), baseline="")
    database, orders = preferred(options.databases), options.some(ORDERS)
    if database == SQLITE:
        return results
    everyone = servers.running(database, options.taking_part([OURS_FROM_NEW], database), results)
    for one in everyone:
        with noting_failure(results, one.name):
            uvloop.run(place(one, options.some(WARM_ORDERS)))
            before, wal_before = sizes(one), wal_position(one)
            uvloop.run(place(one, orders))
            note(results, one, before, (wal_position(one) - wal_before) / orders, orders)
        progress.ran(RUN_SECONDS, f"{one.name}: {orders} orders, all done")
    return results


async def place(contestant: Contestant, orders: int) -> None:
    """Place the orders and wait until all effects are done."""
    await contestant.warm_up(orders)
    await contestant.rest()


def sizes(contestant: Contestant) -> Sizes:
    """Size and statistics of each table; idle backends have reported theirs."""
    with psycopg.connect(contestant.place.database_url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(
            "VACUUM (SKIP_LOCKED, TRUNCATE false)"
        )  # So that sizes do not depend on autovacuum's timing.
        return {row["relname"]: row for row in connection.execute(SIZES).fetchall()}


def wal_position(contestant: Contestant) -> float:
    """Bytes of WAL that this server has written, for all its databases."""
    with psycopg.connect(contestant.place.database_url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
    return float(row[0]) if row else 0.0


def note(results: Results, contestant: Contestant, before: Sizes, wal: float, orders: int) -> None:
    """Add the growth per order, by table."""
    system, after = contestant.place.system, sizes(contestant)
    assert isinstance(system, Ours)
    rows = {table: grown(before[table], after[table], orders) for table in after if table in before}
    rows = {table: row for table, row in rows.items() if any(row.values())}
    for table, row in sorted(rows.items(), key=lambda item: -item[1][BYTES.name] - item[1][INDEXES.name]):
        results.add(CASE, system.tree.named(table), row)
    names = [column.name for column in results.columns]
    results.add(CASE, system.tree.named(ALL), {name: sum(row[name] for row in rows.values()) for name in names})
    results.add(CASE, system.tree.named(WAL), {BYTES.name: wal})


def grown(before: Mapping[str, Any], after: Mapping[str, Any], orders: int) -> dict[str, float]:
    """The growth since before, per order."""
    fields = {BYTES.name: "table", INDEXES.name: "indexes"} | {column.name: field for column, field in COUNTS.items()}
    return {name: (after[field] - before[field]) / orders for name, field in fields.items()}


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return (PREPARING_SECONDS + RUN_SECONDS) * len(options.trees)
