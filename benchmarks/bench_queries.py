"""How long each query of the API takes over a million orders of three tenants, half of them of the tenant that asks."""

import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory

import orjson
import psycopg

from benchmarks.load.attempt import noting_failure
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import SQLITE, Options
from benchmarks.peers.tree import ROOT
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results
from tests.e2e.stack import Production
from tests.servers.products import PostgresServer, RedisServer

ORDERS = 1_000_000
WRITTEN = re.compile(r": ([\d,]+) of [\d,]+$")
FILLING = ("--days", "365", "--seed", "1")
MADE = "from tenants.models import Tenant; Tenant.objects.create(slug='demo-2', name='Another tenant')"
SECONDS_PER_ORDER = 0.0003
STATEMENTS, QUERY, NUMBER = Column("statements", "ms"), Column("query", "ms"), Column("number of statements", "")
TABLE, INDEXES = Column("table", "bytes an order"), Column("indexes", "bytes an order")
SIZES = """
    SELECT relname, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables
    WHERE pg_total_relation_size(relid) > 10000000 ORDER BY pg_total_relation_size(relid) DESC
"""


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Fill a database, and ask every query as the system's login, under row-level security."""
    servers.stop()
    columns = (STATEMENTS, QUERY, NUMBER, TABLE, INDEXES)
    results = Results("queries", "How long does each query take over a million orders?", columns, baseline="")
    if preferred(options.databases) == SQLITE:
        return results
    orders = options.some(ORDERS)
    with PostgresServer() as postgres, RedisServer() as redis, TemporaryDirectory(prefix="orders-bench-") as folder:
        services = {**postgres.logins, **redis.environment}
        with noting_failure(results, "queries"):
            system = Production(Path(folder), "uvicorn", services)
            system.prepare(MADE)
            fill(replace(system, services={**services, "DATABASE_URL": postgres.url}), orders, progress)
            with psycopg.connect(postgres.url, autocommit=True) as database:
                database.execute("VACUUM (ANALYZE)")  # Now no transaction is open that could read an older state.
            progress.say(f"{orders:,} orders")
            ask(results, system, options.rounds)
            weigh(results, postgres.url, orders)
    return results


def fill(administrator: Production, orders: int, progress: Progress) -> None:
    """Place the orders: half of them and the others at the same time, since each tenant's rows are written in order.

    Raises:
        RuntimeError: a command failed; the message is its output.
    """
    half = orders // 2
    of_each = [("demo", half, "1"), ("demo-2", orders - half, "2")]
    with ThreadPoolExecutor() as both:
        for filled in [both.submit(place, administrator, progress, *one) for one in of_each]:
            filled.result()


def place(administrator: Production, progress: Progress, tenant: str, orders: int, tenants: str) -> None:
    """Place orders of a tenant, or of several that are named after it, and say how far it is."""
    options = ("--tenant", tenant, "--orders", str(orders), "--tenants", tenants, *FILLING)
    command = [sys.executable, str(ROOT / "manage.py"), "demo_data", *options]
    said: list[str] = []
    written = 0
    with Popen(command, env=administrator.env, stdout=PIPE, stderr=STDOUT, text=True) as process:
        for line in process.stdout or ():
            said.append(line)
            now = orders_written(line, written)
            more = now - written if now >= written else now  # It begins again with each tenant.
            written = now
            progress.ran(SECONDS_PER_ORDER * more, f"{tenant}: {line.strip()}")
    if process.returncode:
        raise RuntimeError("".join(said))


def orders_written(line: str, before: int) -> int:
    """How many orders of its tenant the command has written: as this line of its output says, or as many as before."""
    found = WRITTEN.search(line)
    return int(found[1].replace(",", "")) if found else before


def ask(results: Results, system: Production, rounds: int) -> None:
    """Ask every query of the system, in a process with its settings."""
    said = system.run("-m", "benchmarks.load.queries", str(rounds)).splitlines()[-1]
    for kind, name, values in orjson.loads(said):
        results.add(kind, name, named(values))


def weigh(results: Results, url: str, orders: int) -> None:
    """Note what an order takes of each table."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, size, indexes in connection.execute(SIZES).fetchall():
            results.add("Storage", f"`{table}`", {TABLE.name: size / orders, INDEXES.name: indexes / orders})


def named(values: Mapping[str, float]) -> dict[str, float]:
    """The numbers by the names of the columns."""
    return {one.name: values[one.name.partition(" ")[0]] for one in (STATEMENTS, QUERY, NUMBER)}


def filling_seconds(options: Options) -> float:
    """About how long the orders take to write."""
    return SECONDS_PER_ORDER * options.some(ORDERS)


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return filling_seconds(options) + 5.0 * options.rounds
