"""The report names every outcome once, and every reason why something did not run."""

from pathlib import Path

import pytest

from tests.runner.report import Report

pytest_plugins = ["pytester"]

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


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, suite: str) -> tuple[Report, str]:
    for variable in ("DATABASE_URL", "REDIS_URL", "BROKER_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makepyfile(suite)
    options = ["-p", "no:django", "-p", "no:randomly", "-p", "tests.environment", "--report", "report.json"]
    result = pytester.runpytest_subprocess(*options)
    return Report.read(pytester.path / "report.json"), result.stdout.str()


def test_every_test_ends_once(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(pytester, monkeypatch, SUITE)
    assert {nodeid.partition("::")[2]: outcome for nodeid, outcome in report.outcomes.items()} == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_skipped": "skipped",
        "test_known": "failed as expected",
        "test_other_database": "skipped",
        "test_bad_cleanup": "failed",
        "test_swallows_the_refusal": "failed",
    }


def test_last_lines_say_what_did_not_run_and_why(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    _, output = run(pytester, monkeypatch, SUITE)
    assert "1 skipped: no paper" in output
    assert "1 skipped: needs PostgreSQL (DATABASE_URL)" in output
    assert "1 failed as expected: known" in output
    assert "only loopback is allowed" in output


def test_file_that_cannot_be_imported_has_failed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(pytester, monkeypatch, "import nowhere")
    assert list(report.outcomes.values()) == ["failed"]


def test_skipped_file_says_why(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(pytester, monkeypatch, "import pytest\npytest.importorskip('nowhere')")
    assert list(report.outcomes.values()) == ["skipped"]
    assert "nowhere" in next(iter(report.reasons.values()))
