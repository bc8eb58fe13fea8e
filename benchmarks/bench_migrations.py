"""How long reads and changes of single orders wait while the migrations of orders run over a million orders."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.load.attempt import noting_failure
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import SQLITE, Options
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results
from tests.e2e.stack import Production
from tests.servers.products import PostgresServer, RedisServer

ORDERS = 1_000_000
FIRST = ("orders", "0001_squashed_0006_notice_more_bypasses")
"""All later ones run over the orders."""
SECONDS_PER_ORDER = 0.0005
REST_SECONDS = 0.005
PROBES = {
    "reads": "SELECT status, total FROM orders_order WHERE id = %s",
    "changes": "UPDATE orders_order SET updated_at = now() WHERE id = %s",
}
OFTEN, LONGEST = "99 of 100", "longest"
COLUMNS = (*(Column(f"{kind}, {part}", "ms") for kind in PROBES for part in (OFTEN, LONGEST)), Column("took", "s"))
FILL = (
    "SET session_replication_role = replica",
    """
    INSERT INTO orders_order (id, tenant_id, number, customer_email, customer_name, currency, total, status,
        processing_status, version, metadata, search_text, created_at, updated_at)
    SELECT (lpad(to_hex(n), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid, tenant.id, n::text,
        md5(n::text) || '@example.com', 'Ada', 'EUR', n % 1000, 'NEW', 'DONE', 1, '{}',
        n || ' ' || md5(n::text) || '@example.com ada', placed, placed
    FROM generate_series(1, ORDERS) n, (SELECT id FROM tenants_tenant LIMIT 1) tenant,
        LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '30 seconds' AS placed) time
    """,
    """
    INSERT INTO orders_orderline (id, tenant_id, order_id, position, sku, name, quantity, unit_price)
    SELECT gen_random_uuid(), tenant_id, id, position, 'SKU-' || (total * position % 500), 'An article', 1, 1
    FROM orders_order, generate_series(1, 2) position
    """,
    "ANALYZE",
)


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Fill the tables as they were at first, and migrate them while orders are read and changed."""
    servers.stop()
    question = "How long do reads and changes wait while migrations run?"
    results = Results("migrations", question, COLUMNS, baseline="")
    if preferred(options.databases) == SQLITE:
        return results
    orders = options.some(ORDERS)
    with PostgresServer() as postgres, RedisServer() as redis, TemporaryDirectory(prefix="orders-bench-") as folder:
        services = {**postgres.logins, **redis.environment}
        with noting_failure(results, "migrations"):
            system = Production(Path(folder), "uvicorn", services)
            system.manage("migrate", *FIRST)
            fill(postgres.url, orders)
            progress.ran(seconds(options) / 3, f"{orders:,} orders")
            case = f"{orders:,} orders"
            with probed(postgres.url, results, case, "before"):
                time.sleep(min(30.0, seconds(options) / 10))
            with probed(postgres.url, results, case, "while they run"):
                system.manage("migrate")
            progress.ran(seconds(options) * 2 / 3, "migrated")
    return results


def fill(url: str, orders: int) -> None:
    """Write orders of one tenant, each with two lines."""
    with psycopg.connect(url, autocommit=True) as database:
        for statement in FILL:
            database.execute(statement.replace("ORDERS", str(orders)).encode())


@contextmanager
def probed(url: str, results: Results, case: str, when: str) -> Iterator[None]:
    """Read and change orders meanwhile, each one after the other, and note how long that took."""
    over, began = threading.Event(), time.monotonic()
    waits: dict[str, list[float]] = {kind: [] for kind in PROBES}
    threads = [threading.Thread(target=probe, args=(url, PROBES[kind], waits[kind], over)) for kind in PROBES]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    values = {"took": time.monotonic() - began}
    for kind, took in waits.items():
        values |= {f"{kind}, {OFTEN}": statistics.quantiles(took, n=100)[-1], f"{kind}, {LONGEST}": max(took)}
    results.add(case, when, values)


def probe(url: str, statement: str, took: list[float], over: threading.Event) -> None:
    """Run the statement for one order after the other, until it is over; note the milliseconds of each."""
    with psycopg.connect(url, autocommit=True) as database:
        ids = [one for (one,) in database.execute("SELECT id FROM orders_order TABLESAMPLE SYSTEM (1) LIMIT 1000")]
        ids = ids or [one for (one,) in database.execute("SELECT id FROM orders_order LIMIT 1000")]
        while not over.wait(REST_SECONDS):
            began = time.monotonic()
            database.execute(statement.encode(), (ids[len(took) % len(ids)],))
            took.append(1000 * (time.monotonic() - began))


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return SECONDS_PER_ORDER * options.some(ORDERS)
