"""The report names every outcome once, and every reason why a test did not run."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.runner.report import Report

SUITE = """
    import socket
    import pytest

    def test_good(): pass
    def test_bad(): assert False
    @pytest.mark.skip(reason="no paper")
    def test_skipped(): pass
    @pytest.mark.xfail(reason="known", strict=True)
    def test_known(): assert False
    @pytest.mark.postgresql
    def test_other_database(): pass
    @pytest.fixture
    def broken():
        yield
        raise RuntimeError
    def test_bad_cleanup(broken): pass
    def test_swallows_the_refusal():
        try:
            socket.create_connection(("192.0.2.1", 80))
        except Exception:
            pass
"""


FILES = {
    "test_suite.py": textwrap.dedent(SUITE),
    "test_not_importable.py": "import nowhere",
    "test_left_out.py": "import pytest\npytest.importorskip('nowhere')",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where pytest has run these files once, in its own process; its output is in ``output``."""
    directory = tmp_path_factory.mktemp("suite")
    for name, content in FILES.items():
        (directory / name).write_text(content)
    servers = {"DATABASE_URL", "REDIS_URL", "BROKER_URL"}
    env = {name: value for name, value in os.environ.items() if name not in servers}
    options = ["-c", "/dev/null", "--rootdir", ".", "--continue-on-collection-errors", "--report", "report.json"]
    plugins = ["-p", "no:django", "-p", "no:randomly", "-p", "no:schemathesis", "-p", "tests.environment"]
    with (directory / "output").open("w") as output:
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, *plugins],
            cwd=directory,
            env=env | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=output,
            check=False,
        )
    return directory


@pytest.fixture
def report(directory: Path) -> Report:
    """The report of the run."""
    return Report.read(directory / "report.json")


def test_every_test_ends_once(report: Report) -> None:
    ends = {nodeid.partition("::")[2]: outcome for nodeid, outcome in report.outcomes.items() if "test_suite" in nodeid}
    assert ends == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_skipped": "skipped",
        "test_known": "failed as expected",
        "test_other_database": "skipped",
        "test_bad_cleanup": "failed",
        "test_swallows_the_refusal": "failed",
    }


def test_last_lines_list_what_did_not_run_and_why(directory: Path) -> None:
    output = (directory / "output").read_text()
    assert "1 skipped: no paper" in output
    assert "1 skipped: needs PostgreSQL (DATABASE_URL)" in output
    assert "1 failed as expected: known" in output
    assert "only loopback is allowed" in output


def test_file_that_cannot_be_imported_has_failed(report: Report) -> None:
    assert report.outcomes["test_not_importable.py"] == "failed"


def test_skipped_file_has_a_reason(report: Report) -> None:
    assert report.outcomes["test_left_out.py"] == "skipped"
    assert "nowhere" in report.reasons["test_left_out.py"]
