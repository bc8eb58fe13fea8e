"""The verdict of ``./dev test``: nothing that did not run goes unseen."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner import command, lanes
from tests.runner.passes import FRONT_END, ROOT, Pass, Result, vitest_report
from tests.runner.report import FAILED, PASSED, SKIPPED, Report
from tests.runner.summary import MOST_FAILURES, Summary


def result(title: str, *, reasons: dict[str, str] | None = None, **outcomes: str) -> Result:
    return Result(title, Report(["SQLite 3"], outcomes, reasons or {}), seconds=2.4)


def test_last_lines_name_counts_servers_and_reasons() -> None:
    skipping = result("embedded", reasons={"b": "needs PostgreSQL"}, a=PASSED, b=SKIPPED)
    summary = Summary([skipping, result("PostgreSQL", a=PASSED, b=PASSED)])
    assert list(summary.lines()) == [
        "pass        passed  failed  skipped  time  against",
        "embedded         1       0        1   2 s  SQLite 3",
        "PostgreSQL       2       0        0   2 s  SQLite 3",
        "",
        "embedded: 1 skipped: needs PostgreSQL",
        "3 passed, 0 failed",
    ]


def test_test_that_is_skipped_in_every_pass_has_failed() -> None:
    summary = Summary([result("one", reasons={"a": "no time"}, a=SKIPPED), result("two", a=SKIPPED)])
    assert summary.failed == 1
    assert "FAILED skipped in every pass: a: no reason given" in summary.lines()


def test_listed_reason_is_no_failure() -> None:
    skipped = result("one", reasons={"a": "no RabbitMQ was given (BROKER_URL) or found"}, a=SKIPPED)
    assert Summary([skipped]).failed == 0
    needs = result("one", reasons={"a": "needs X"}, a=SKIPPED)
    assert Summary([needs], more_listed=frozenset({"needs X"})).failed == 0


def test_problem_of_a_pass_is_a_failure() -> None:
    summary = Summary([Result("browser", problems=["no Chromium"])])
    assert list(summary.lines())[-2:] == ["FAILED browser: no Chromium", "0 passed, 1 failed"]


def test_long_list_of_failures_is_cut() -> None:
    outcomes = {f"test_{number:02}": FAILED for number in range(MOST_FAILURES + 5)}
    lines = list(Summary([Result("one", Report(outcomes=outcomes))]).lines())
    assert lines[-2:] == ["FAILED one: and 5 more; their names are above", "0 passed, 25 failed"]


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("raise SystemExit(5)", "no test was found"),
        ("raise SystemExit(3)", "the runner ended with status 3"),
        ("import os; os.kill(os.getpid(), 9)", "the runner ended with status -9"),
        ("pass", "no test was found"),
    ],
)
def test_runner_that_tells_nothing_has_failed(program: str, problem: str) -> None:
    one = Pass("one", [sys.executable, "-c", program], env={})
    one.start(subprocess.DEVNULL)
    assert one.finish().problems == [problem]


def test_vitest_report_counts_files_that_do_not_load() -> None:
    tests = [
        {"status": "passed", "fullName": "adds"},
        {"status": "failed", "fullName": "subtracts"},
        {"status": "pending", "fullName": "divides"},
    ]
    told: dict[str, list[dict[str, object]]] = {
        "testResults": [
            {"name": str(FRONT_END / "a.test.ts"), "status": "failed", "assertionResults": tests},
            {"name": str(FRONT_END / "b.test.ts"), "status": "failed", "assertionResults": []},
        ]
    }
    assert vitest_report(told, servers=[]).outcomes == {
        "frontend_demo/a.test.ts::adds": PASSED,
        "frontend_demo/a.test.ts::subtracts": FAILED,
        "frontend_demo/a.test.ts::divides": SKIPPED,
        "frontend_demo/b.test.ts": FAILED,
    }


def test_given_servers_are_for_the_tests_and_not_for_the_embedded_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/x")
    environment = command.embedded_environment()
    assert "DATABASE_URL" not in environment
    assert environment["TEST_DATABASE_URL"] == "postgresql://127.0.0.1/x"


@pytest.mark.parametrize(("variable", "failed"), [("0", 1), ("1", 0)])
def test_missing_browser_fails_unless_left_out(monkeypatch: pytest.MonkeyPatch, variable: str, failed: int) -> None:
    monkeypatch.setattr(command, "chromium", lambda: None)
    monkeypatch.setenv("ORDERS_TEST_NO_BROWSER", variable)
    browser = command.Run([], seed=1).browser()
    assert isinstance(browser, Result)
    summary = Summary([browser])
    assert summary.failed == failed
    assert any("There is no Chromium" in line for line in summary.lines())


def test_chosen_tests_run_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chosen = tmp_path / "test_chosen.py"
    chosen.write_text("def test_one(): pass\ndef test_two(): pass\n")
    assert command.main([str(chosen), "-k", "test_one", "-c", str(ROOT / "pyproject.toml")]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.parametrize("play_attacks", [False, True])
def test_attacks_come_last_and_alone_and_only_if_all_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, play_attacks: bool
) -> None:
    begun: list[list[str]] = []

    def note(*chosen: list[Pass]) -> list[Result]:
        begun.append([one.title for lane in chosen for one in lane])
        return []

    monkeypatch.setattr(lanes, "results", note)
    monkeypatch.setattr(command.Run, "postgres", lambda _: Pass("suite, PostgreSQL", [], env={}))
    list(command.Run([], seed=1, all=play_attacks).results())
    assert (begun[-1] == ["attacks"]) is play_attacks
    assert sum("attacks" in titles for titles in begun) == play_attacks
