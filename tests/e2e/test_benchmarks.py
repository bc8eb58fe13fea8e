"""Every benchmark, with five subscribers and a handful of requests: it runs, loses nothing, and has all its numbers."""

import math
import shutil

import pytest

from benchmarks.__main__ import found
from benchmarks.options import Options
from benchmarks.report.progress import Progress
from tests.browser.program import NO_BROWSER, chromium

pytestmark = pytest.mark.e2e

TINY = Options(rounds=1, subscribers=(5,), share=0.02)
ONLY_OURS_AND_STOCK = "statements"
NODE = {"mercurius", "yoga"}
LIVE = {"stock on Daphne", "ours on uvicorn", "ours on Daphne", "raw", *NODE}
BY_HTTP = {"stock on uvicorn", "ours on uvicorn", *NODE}
CONTESTANTS = {
    "live_delivery": LIVE,
    "distinct": {"stock on Daphne", "ours on uvicorn", "mercurius"},
    "create_order": {*BY_HTTP, "ours (the request alone)"},
    "create_orders": {*BY_HTTP, "ours (the request alone)"},
    "list_orders": BY_HTTP,
    "fixed_cost": BY_HTTP,
    "idle": {*BY_HTTP, "our relay"},
    "audit_verify": {"SQLite", "PostgreSQL"},
    "events_cost": {
        "the order alone",
        "with its event in the log",
        "with all that follows in this process",
    },
    "board_frames": {"at rest", "100 events a second"},
}
QUICK = {"create_order"}
"""What the short form tries."""
MATCHES_NOBODY = "filters of which one matches"


def test_every_benchmark_is_tried():
    assert set(CONTESTANTS) == set(found())


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in CONTESTANTS]
)
def test_a_tiny_run_has_all_numbers(name):
    if name == "board_frames" and chromium() is None:
        pytest.skip(NO_BROWSER)
    benchmark, progress = found()[name], Progress(0)

    results = benchmark.measure(TINY, progress)

    assert results.failed == []
    wanted = CONTESTANTS[name] if shutil.which("npm") else CONTESTANTS[name] - NODE
    assert {contestant for _, contestant in results.runs} == wanted
    assert progress.done == pytest.approx(benchmark.seconds(TINY), abs=20)
    for (case, contestant), runs in results.runs.items():
        for column in results.columns:
            if column.name == ONLY_OURS_AND_STOCK and contestant in NODE:
                continue
            if MATCHES_NOBODY in case and column.name != "CPU per order":
                continue  # Five of a thousand customers are there: hardly an order is one of theirs.
            assert all(math.isfinite(run[column.name]) for run in runs), (case, contestant, column.name)
