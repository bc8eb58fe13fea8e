"""``./dev test PATH …``: pytest with these arguments, on the embedded defaults; what has a database on PostgreSQL, too.

Tests marked ``long`` run, too. The first pass runs in this process, and this module imports little, so that the first
test begins soon. The second pass starts beside it (:mod:`tests.runner.on_servers`): at once if the text of the files
names a database, else as soon as it is known that a test asks for one. It ends early if none does.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.runner import lanes, program
from tests.runner.folders import TESTS, without_tests
from tests.runner.passes import PYTEST_OPTIONS, Pass, Result, embedded_environment, judged
from tests.runner.report import Report
from tests.runner.summary import Summary, conclude

NO_SERVERS = "PostgreSQL and Redis were neither given nor found, and could not be started"
DATABASE_IN_TEXT = re.compile(r"\b(?:db|django_db|transactional_db|postgresql)\b")
ONLY_COLLECTS = {"--co", "--collect-only"}
HERE_ONLY = frozenset({"needs PostgreSQL (DATABASE_URL)", "needs Redis (REDIS_URL)", NO_SERVERS})


class Beside:
    """A pytest plugin: the second pass starts if a chosen test asks for the database, and otherwise ends."""

    def __init__(self, second: lanes.Lanes) -> None:
        self.second = second
        self.is_needed = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.option.collectonly and any(runs_on_servers(item) for item in session.items):
            self.is_needed = True
            self.second.look()
        else:
            for one in self.second.running:
                one.interrupt()


def runs_on_servers(item: pytest.Item) -> bool:
    """Whether a test has a database, and not only the embedded one."""
    return bool(item.get_closest_marker("database")) and not item.get_closest_marker("sqlite")


def names_a_database(arguments: Sequence[str]) -> bool:
    """Whether the chosen files look as if a test of theirs asks for the database."""
    if ONLY_COLLECTS.intersection(arguments):
        return False
    paths = [Path(one.partition("::")[0]) for one in arguments if not one.startswith("-")]
    files = (file for path in paths for file in (path.rglob(TESTS) if path.is_dir() else [path]) if file.is_file())
    return any(DATABASE_IN_TEXT.search(file.read_text(errors="replace")) for file in files)


def first(arguments: Sequence[str], beside: Beside) -> Result:
    """The pass in this process."""
    title, began = "chosen tests", time.monotonic()
    lanes.heading(title)
    with tempfile.TemporaryDirectory(prefix="orders-pass-") as directory:
        path = Path(directory) / "report.json"
        status = pytest.main([*PYTEST_OPTIONS, *arguments, "--report", str(path)], plugins=[beside])
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
        if names_a_database(arguments):
            second.look()
        beside = Beside(second)
        results = [first(arguments, beside)]
        if beside.is_needed:
            lanes.heading(on_servers.title)
            results.append(second.follow(on_servers))
    return conclude(Summary(results, more_listed=HERE_ONLY), "")


if __name__ == "__main__":
    program.run(main)
