"""``./dev test PATH …``: pytest with these arguments, on the embedded defaults; what has a database on PostgreSQL, too.

Tests marked ``long`` run, too. The first pass runs in this process, and this module imports little, so that the first
test begins soon. As soon as it is known that a test asks for the database, the second pass starts beside it
(:mod:`tests.runner.on_servers`).
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.runner import lanes, program
from tests.runner.folders import without_tests
from tests.runner.passes import PYTEST_OPTIONS, Pass, Result, embedded_environment, judged
from tests.runner.report import Report
from tests.runner.summary import Summary, conclude

NO_SERVERS = "PostgreSQL and Redis were neither given nor found, and could not be started"
HERE_ONLY = frozenset({"needs PostgreSQL (DATABASE_URL)", "needs Redis (REDIS_URL)", NO_SERVERS})


class Beside:
    """A pytest plugin: the second pass starts if a chosen test asks for the database."""

    def __init__(self, second: lanes.Lanes) -> None:
        self.second = second

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.option.collectonly and any(runs_on_servers(item) for item in session.items):
            self.second.look()


def runs_on_servers(item: pytest.Item) -> bool:
    """Whether a test has a database, and not only the embedded one."""
    return bool(item.get_closest_marker("database")) and not item.get_closest_marker("sqlite")


def first(arguments: Sequence[str], second: lanes.Lanes) -> Result:
    """The pass in this process."""
    title, began = "chosen tests", time.monotonic()
    lanes.heading(title)
    with tempfile.TemporaryDirectory(prefix="orders-pass-") as directory:
        path = Path(directory) / "report.json"
        status = pytest.main([*PYTEST_OPTIONS, *arguments, "--report", str(path)], plugins=[Beside(second)])
        report = Report.read(path) if path.exists() else Report()
    return judged(title, report, int(status), seconds=time.monotonic() - began)


def main(arguments: Sequence[str]) -> int:
    """Run the chosen tests; return 0 only if none failed and none was skipped without a listed reason."""
    if sentences := without_tests(arguments):
        print(*sentences, sep="\n", file=sys.stderr)
        return 2
    env = embedded_environment()
    os.environ.clear()
    os.environ.update(env)
    command = [sys.executable, "-m", "tests.runner.on_servers", *arguments]
    on_servers = Pass("chosen tests that have a database, on PostgreSQL and Redis", command, env=env)
    with lanes.running([on_servers], processors=1) as second:
        results = [first(arguments, second)]
        if on_servers in second.running:
            lanes.heading(on_servers.title)
            results.append(second.follow(on_servers))
    return conclude(Summary(results, more_listed=HERE_ONLY), "")


if __name__ == "__main__":
    program.run(main)
