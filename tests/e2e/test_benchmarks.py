"""Every benchmark, with five subscribers and a handful of requests: it runs, loses nothing, and has all its numbers."""

import math
import shutil
from dataclasses import replace

import pytest

from benchmarks.__main__ import found
from benchmarks.load.servers import Servers
from benchmarks.options import POSTGRESQL, Options
from benchmarks.report.progress import Progress
from tests.browser.program import NO_BROWSER, chromium
from tests.form import LONG

pytestmark = pytest.mark.e2e

TINY = Options(rounds=1, subscribers=(5,), share=0.02)
NODE = {"Apollo", "mercurius", "yoga"}
BY_HTTP = {"stock on uvicorn", "ours", "Ariadne", *NODE}
WITH_WORKER = {*BY_HTTP, "ours and its worker"}
CONTESTANTS = {
    "live_delivery": {
        "stock on Daphne",
        "ours",
        "ours by server-sent events",
        "ours on Daphne",
        "ours on Daphne by server-sent events",
        "Ariadne",
        "raw",
        *NODE,
    },
    "distinct": {"stock on Daphne", "ours", "Ariadne", "Apollo", "mercurius"},
    "alone": {"stock on Daphne", "ours", "ours and its worker", "Ariadne", "Apollo", "mercurius"},
    "create_order": {*WITH_WORKER, "ours by ./dev up, with its tasks"},
    "create_orders": BY_HTTP,
    "scale": {"ours", "ours, two web processes"},
    "bulk": {"ours"},
    "list_orders": BY_HTTP,
    "fixed_cost": BY_HTTP,
    "new_document": BY_HTTP,
    "idle": WITH_WORKER,
    "filters": {"1,000 groups", "10,000 groups", "100,000 groups"},
    "storage": {"all tables", "WAL, written"},
    "migrations": {"before", "while they run"},
    "queries": {"newest", "totalCount", "receivers"},
    "audit_verify": {"SQLite", "PostgreSQL"},
    "events_cost": {
        "the order alone",
        "with its event in the log",
        "with all that follows in this process",
    },
    "board_frames": {"at rest", "100 events a second"},
}
QUICK = {"scale": ("ours, two web processes",)}
"""The benchmarks of the short form, with their contestants there."""
ONLY_OF_SOME = {"web", "dispatcher", "worker", "PostgreSQL", "PostgreSQL per order", "Redis", "statements"}
"""Not every contestant has these processes and these rows."""
WITH_ROWS_OF_TABLES = {"storage", "queries"}
"""Besides these contestants, they have a row for each table of some size; queries have a row for each query, too."""
NOT_COUNTED = {
    ("WAL, written", column) for column in ("indexes", "rows inserted", "updated", "of these HOT", "deleted")
}
ONE_MATCHES = "filters of which one matches"


def test_every_benchmark_is_tried():
    assert set(CONTESTANTS) == set(found())


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in CONTESTANTS]
)
def test_a_tiny_run_has_all_numbers(name):
    if name == "board_frames" and chromium() is None:
        pytest.skip(NO_BROWSER)
    benchmark, progress = found()[name], Progress(0)
    options = TINY if LONG else replace(TINY, only=QUICK.get(name, ()))

    with Servers(progress) as servers:
        results = benchmark.measure(options, servers, progress)

    assert results.failed == []
    wanted = set(options.only) or (CONTESTANTS[name] if shutil.which("npm") else CONTESTANTS[name] - NODE)
    measured = {contestant for _, contestant in results.runs}
    assert wanted <= measured if name in WITH_ROWS_OF_TABLES else wanted == measured
    assert progress.done == pytest.approx(benchmark.seconds(options), abs=20)
    for (case, contestant), runs in results.runs.items():
        for column in results.columns:
            if column.name in ONLY_OF_SOME or (contestant, column.name) in NOT_COUNTED:
                continue
            if ONE_MATCHES in case and column.name != "CPU per order":
                continue  # Of a thousand customers, five have subscribers: hardly any order is theirs.
            if name == "queries" and (column.unit == "bytes an order") != (case == "Storage"):
                continue  # Queries have times, tables have sizes.
            assert all(math.isfinite(run[column.name]) for run in runs), (case, contestant, column.name)


@pytest.mark.long
def test_an_orders_cost_is_given_for_each_process_and_for_postgresql():
    options = replace(TINY, databases=(POSTGRESQL,), only=("ours and its worker",))

    with Servers(Progress(0)) as servers:
        results = found()["create_order"].measure(options, servers, servers.progress)

    [run] = results.runs[POSTGRESQL, "ours and its worker"]
    parts = [run[role] for role in ("web", "dispatcher", "worker")]
    assert all(part > 0 for part in parts)
    assert sum(parts) == pytest.approx(run["CPU per order"])
    assert run["PostgreSQL"] > 0
