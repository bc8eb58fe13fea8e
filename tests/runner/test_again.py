"""Failed tests run again alone: those that pass then are unsteady, the others have failed."""

import json
import sys
from dataclasses import asdict

import pytest

from tests.runner import again
from tests.runner.again import MOST_TESTS, run_again
from tests.runner.passes import Pass, Result, embedded_environment
from tests.runner.report import FAILED, PASSED, Report
from tests.runner.summary import Summary

WRITES = "import pathlib, sys; pathlib.Path(sys.argv[-1]).write_text(sys.argv[1])"


def failed(*tests: str, title: str = "one") -> Result:
    return Result(title, Report(outcomes={"a::good": PASSED, **dict.fromkeys(tests, FAILED)}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tests that ran again; all pass but those with ``wrong`` in their name."""
    seen: list[str] = []

    def reporting(env: dict[str, str], tests: list[str]) -> Pass:
        seen.extend(tests)
        report = Report(outcomes={test: FAILED if "wrong" in test else PASSED for test in tests})
        return Pass("again", [sys.executable, "-c", WRITES, json.dumps(asdict(report))], env=env)

    monkeypatch.setattr(again, "again", reporting)
    return seen


def test_test_that_passes_alone_is_unsteady_and_others_have_failed(asked: list[str]) -> None:
    result = failed("a::busy", "a::wrong")
    run_again([failed(title="two"), result], [Pass("one", [], env={}), Pass("two", [], env={})])

    assert asked == ["a::busy", "a::wrong"]
    summary = Summary([result])
    assert (summary.passed, summary.failed) == (2, 1)
    assert "UNSTEADY one: failed, and passed when run alone: a::busy" in summary.lines()
    assert "FAILED one: a::wrong" in summary.lines()


def test_many_failures_stand(asked: list[str]) -> None:
    half = MOST_TESTS // 2 + 1
    results = [failed(*(f"a::{number}" for number in range(half)), title=title) for title in ("one", "two")]
    run_again(results, [Pass("one", [], env={}), Pass("two", [], env={})])
    assert asked == []
    assert Summary(results).failed == 2 * half


def test_file_that_cannot_be_imported_and_the_front_end_stand(asked: list[str]) -> None:
    results = [failed("tests/test_a.py"), failed("src/a.test.ts::adds", title="front end")]
    run_again(results, [Pass("one", [], env={})])
    assert asked == []
    assert Summary(results).failed == 2


def test_tests_run_again_by_their_names() -> None:
    test = "tests/test_environment.py::test_default_tenant_is_the_demo_tenant"
    assert again.again(embedded_environment(), [test]).finish().report.outcomes == {test: PASSED}
