"""Failed tests run again alone: those that pass then are unsteady, the others have failed."""

import json
import sys
from collections import Counter
from dataclasses import asdict

import pytest

from tests.runner import again
from tests.runner.again import MOST_DEFECTS, MOST_TESTS, run_again
from tests.runner.passes import FrontEndPass, Pass, Result, embedded_environment
from tests.runner.report import FAILED, PASSED, Report
from tests.runner.summary import Summary

WRITES = "import pathlib, sys; pathlib.Path(sys.argv[-1]).write_text(sys.argv[1])"
ONE, TWO = Pass("one", [], env={}), Pass("two", [], env={})


def failed(*tests: str, title: str = "one") -> Result:
    return Result(title, Report(outcomes={"a::good": PASSED, **dict.fromkeys(tests, FAILED)}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each test ran again; all pass but those with ``wrong`` in their name, ``slow`` at the second try."""
    seen: Counter[str] = Counter()

    def outcome(test: str) -> str:
        return FAILED if "wrong" in test or ("slow" in test and seen[test] == 1) else PASSED

    def reporting(first: Pass, tests: list[str]) -> Pass:
        seen.update(tests)
        report = Report(outcomes={test: outcome(test) for test in tests})
        return Pass("again", [sys.executable, "-c", WRITES, json.dumps(asdict(report))], env=first.env)

    monkeypatch.setattr(again, "again", reporting)
    return seen


def test_test_that_passes_alone_is_unsteady_and_others_have_failed(asked: Counter[str]) -> None:
    result = failed("a::busy", "a::slow", "a::wrong")
    run_again([failed(title="two"), result], [ONE, TWO])

    assert asked == {"a::busy": 1, "a::slow": 2, "a::wrong": 2}
    summary = Summary([result])
    assert (summary.passed, summary.failed) == (3, 1)
    assert "UNSTEADY one: a::busy failed once, and passed when run alone" in summary.lines()
    assert "UNSTEADY one: a::slow failed 2 times, and passed when run alone" in summary.lines()
    assert "FAILED one: a::wrong" in summary.lines()


def test_many_failures_stand(asked: Counter[str]) -> None:
    half = MOST_TESTS // 2 + 1
    results = [failed(*(f"a::{number}" for number in range(half)), title=title) for title in ("one", "two")]
    run_again(results, [ONE, TWO])
    assert asked == {}
    assert Summary(results).failed == 2 * half


def test_after_some_defects_no_test_of_the_pass_runs_a_second_time(asked: Counter[str]) -> None:
    wrong = [f"a::wrong_{number}" for number in range(MOST_DEFECTS)]
    results = [failed(*wrong, "a::slow"), failed("b::slow", title="two")]
    run_again(results, [ONE, TWO])
    assert asked == dict.fromkeys([*wrong, "a::slow"], 1) | {"b::slow": 2}
    assert [Summary([one]).failed for one in results] == [MOST_DEFECTS + 1, 0]


def test_file_that_cannot_be_imported_stands(asked: Counter[str]) -> None:
    results = [failed("tests/test_a.py")]
    run_again(results, [ONE])
    assert asked == {}
    assert Summary(results).failed == 1


def test_tests_run_again_by_their_names_and_the_front_ends_all_together() -> None:
    test = "tests/test_environment.py::test_default_tenant_is_the_demo_tenant"
    first = Pass("one", [], env=embedded_environment())
    assert again.again(first, [test]).finish().report.outcomes == {test: PASSED}
    front_end = FrontEndPass("front end", ["npm", "test"], env={})
    assert again.again(front_end, ["a.test.ts::adds"]).command == front_end.command
