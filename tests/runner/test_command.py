"""The verdict of ``./dev test``: nothing that did not run goes unseen."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import part_of
from tests.runner import chosen, command, lanes
from tests.runner.passes import FRONT_END, ROOT, Pass, Result, embedded_environment, vitest_report
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
    environment = embedded_environment()
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
    file = tmp_path / "test_chosen.py"
    file.write_text("def test_one(): pass\ndef test_two(): pass\n")
    assert chosen.main([str(file), "-k", "test_one", "-c", str(ROOT / "pyproject.toml")]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


def run_of(monkeypatch: pytest.MonkeyPatch, *, all: bool) -> list[list[Pass]]:
    """The passes of a run, group by group, none of which is started."""
    groups: list[list[Pass]] = []

    def note(passes: list[Pass], **_: int) -> list[Result]:
        groups.append(passes)
        return []

    monkeypatch.setattr(lanes, "results", note)
    list(command.Run([], seed=1, all=all).results())
    return groups


@pytest.mark.parametrize("all", [False, True])
def test_what_measures_time_comes_last_and_alone_and_the_attacks_only_if_all_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, all: bool
) -> None:
    side_by_side, alone = run_of(monkeypatch, all=all)
    assert [one.title for one in alone] == ["what measures time", "attacks"][: 1 + all]
    assert not {one.title for one in alone} & {one.title for one in side_by_side}


@pytest.mark.parametrize("all", [False, True])
def test_only_the_short_form_leaves_out_what_is_long(monkeypatch: pytest.MonkeyPatch, all: bool) -> None:
    passes = [one for group in run_of(monkeypatch, all=all) for one in group if "-m" in one.command[3:]]
    expressions = [one.command[one.command.index("-m", 3) + 1] for one in passes]
    assert len(expressions) >= 8
    assert {"not long" in expression for expression in expressions} == {not all}
    assert {one.env["ORDERS_TEST_FORM"] for one in passes} == {"long" if all else "short"}


def test_the_parts_of_a_pass_are_all_of_it_and_about_as_large() -> None:
    files = {"a": 50, "b": 30, "c": 20, "d": 9, "e": 1}
    first, second = (part_of(files, number, 2) for number in (1, 2))
    assert first | second == set(files)
    assert not first & second
    assert {sum(files[file] for file in part) for part in (first, second)} == {59, 51}


def test_each_guarantee_of_the_readme_is_proven_in_the_short_form() -> None:
    """One test of each file that the README names as a proof is not marked ``long``."""
    guarantees = (ROOT / "README.md").read_text().partition("| proof |")[2].partition("\n## ")[0]
    files = set(re.findall(r"\]\(([\w/]*test_\w+\.py)\)", guarantees))
    options = ["--collect-only", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-m", "not long"]
    command_line = [sys.executable, "-m", "pytest", *options, *files]
    found = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(files) > 10
    assert {line.partition("::")[0] for line in found.stdout.splitlines() if "::" in line} == files
