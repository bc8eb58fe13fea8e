"""The verdict of ``./dev test``: every test that did not run is reported."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs_site.addresses import Answer, Checked
from tests.environment import fresh_environment, part_of
from tests.runner import command, lanes
from tests.runner.chosen import names_a_database
from tests.runner.passes import FRONT_END, ROOT, Pass, Result, embedded_environment, vitest_report
from tests.runner.report import FAILED, PASSED, SKIPPED, Report
from tests.runner.skips import LISTED
from tests.runner.summary import MOST_FAILURES, Summary


def result(title: str, *, reasons: dict[str, str] | None = None, began: float = 0, **outcomes: str) -> Result:
    return Result(title, Report(["SQLite 3"], outcomes, reasons or {}), seconds=2.4, began=began)


def test_last_lines_name_counts_servers_and_reasons() -> None:
    skipping = result("embedded", reasons={"b": "needs PostgreSQL"}, began=100, a=PASSED, b=SKIPPED)
    summary = Summary([skipping, result("PostgreSQL", began=107.4, a=PASSED, b=PASSED)])
    assert list(summary.lines()) == [
        "pass        passed  failed  skipped  from  time  CPU  against",
        "embedded         1       0        1   0 s   2 s  0 s  SQLite 3",
        "PostgreSQL       2       0        0   7 s   2 s  0 s  SQLite 3",
        "",
        "embedded: 1 skipped: needs PostgreSQL",
        "3 passed, 0 failed",
    ]


def test_test_that_is_skipped_in_every_pass_has_failed() -> None:
    summary = Summary([result("one", reasons={"a": "no time"}, a=SKIPPED), result("two", a=SKIPPED)])
    assert summary.failed == 1
    assert "FAILED skipped in every pass: a: no reason given" in summary.lines()


@pytest.mark.parametrize("reason", sorted(LISTED))
def test_listed_reason_is_no_failure(reason: str) -> None:
    assert Summary([result("one", reasons={"a": reason}, a=SKIPPED)]).failed == 0
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
def test_runner_without_a_report_has_failed(program: str, problem: str) -> None:
    one = Pass("one", [sys.executable, "-c", program], env={})
    one.start(subprocess.DEVNULL)
    assert one.finish().problems == [problem]


def test_vitest_report_counts_files_that_do_not_load() -> None:
    tests = [
        {"status": "passed", "fullName": "adds"},
        {"status": "failed", "fullName": "subtracts"},
        {"status": "pending", "fullName": "divides"},
    ]
    vitest: dict[str, list[dict[str, object]]] = {
        "testResults": [
            {"name": str(FRONT_END / "a.test.ts"), "status": "failed", "assertionResults": tests},
            {"name": str(FRONT_END / "b.test.ts"), "status": "failed", "assertionResults": []},
        ]
    }
    assert vitest_report(vitest, servers=[]).outcomes == {
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


def chosen_tests(*arguments: str) -> subprocess.CompletedProcess[str]:
    command_line = [sys.executable, "-m", "tests.runner.chosen", *arguments]
    return subprocess.run(command_line, cwd=ROOT, env=fresh_environment(), capture_output=True, text=True, check=False)


@pytest.mark.e2e
def test_chosen_tests_run_alone_and_on_postgresql_if_they_have_a_database() -> None:
    names = "fixtures_give_two_tenants or default_tenant_is_the_demo_tenant"  # The second one has no database.
    ran = chosen_tests("tests/test_environment.py", "-k", names)
    assert ran.stdout.splitlines()[-1] == "3 passed, 0 failed", ran.stdout + ran.stderr
    assert re.search(r"^chosen tests +2 +0 +0 .*SQLite", ran.stdout, re.MULTILINE)
    assert re.search(r"^chosen tests that have a database.* +1 +0 +0 .*PostgreSQL", ran.stdout, re.MULTILINE)


@pytest.mark.e2e
def test_pass_on_servers_ends_early_where_only_the_text_named_a_database() -> None:
    ran = chosen_tests("tests/test_environment.py", "-k", "default_tenant_is_the_demo_tenant")
    assert ran.stdout.splitlines()[-1] == "1 passed, 0 failed", ran.stdout + ran.stderr
    assert "PostgreSQL and Redis" not in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "does"),
    [
        (["tests/test_environment.py", "-k", "tenant"], True),
        (["tests/test_environment.py::test_default_tenant_is_the_demo_tenant"], True),
        (["orders"], True),
        (["orders", "--co"], False),
        (["tests/runner/test_lanes.py"], False),
        (["-k", "nothing"], False),
    ],
)
def test_a_database_is_named_by_the_text_of_the_chosen_files(arguments: list[str], does: bool) -> None:
    assert names_a_database(arguments) is does


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("graphql_server/rfc6455", "graphql_server/tests/rfc6455"),
        ("orders/receivers", "orders/tests"),
        ("orders/services.py", "orders/tests/test_services.py"),
        ("docs", "tests"),
    ],
)
def test_path_without_tests_names_the_nearest_tests(path: str, nearest: str) -> None:
    refused = chosen_tests(path)
    assert refused.returncode == 2
    assert f"{path} has no tests." in refused.stderr
    assert refused.stderr.endswith(f"./dev test {nearest}\n")


def run_of(monkeypatch: pytest.MonkeyPatch, *, all: bool) -> list[list[Pass]]:
    """The passes of a run, group by group, without starting them."""
    groups: list[list[Pass]] = []

    def note(passes: list[Pass], **_: int) -> list[Result]:
        groups.append(passes)
        return []

    monkeypatch.setattr(lanes, "results", note)
    monkeypatch.setattr(command, "checked", lambda _: Checked({}))
    list(command.Run([], seed=1, all=all).results())
    return groups


@pytest.mark.parametrize(
    ("answers", "problems", "said"),
    [
        ({"a": Answer.THERE, "b": Answer.UNSURE}, [], ""),
        ({"a": Answer.THERE, "b": Answer.GONE}, ["b"], ""),
        ({"a": Answer.NO_HOST}, [], "1 addresses of other hosts not checked: no network."),
    ],
)
def test_addresses_of_the_docs_are_checked_where_there_is_a_network(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer], problems: list[str], said: str
) -> None:
    monkeypatch.setattr(command, "checked", lambda _: Checked(answers))
    found = command.addresses()

    assert (found.failed_tests, found.left_out) == (problems, said)


def test_measurements_of_time_run_last_beside_one_pass_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    [passes] = run_of(monkeypatch, all=False)
    last, all_processors = passes[-1], command.processors()
    assert last.title == "what measures time"
    assert last.processors > command.MORE * all_processors, "It would begin beside any pass."
    assert command.MOST * all_processors - last.processors <= all_processors / 2, "It would begin beside two."


def test_in_the_long_form_measurements_of_time_and_attacks_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    side_by_side, alone = run_of(monkeypatch, all=True)
    assert [one.title for one in alone] == ["what measures time", "attacks"]
    assert not {one.title for one in alone} & {one.title for one in side_by_side}


@pytest.mark.parametrize("all", [False, True])
def test_each_file_end_to_end_is_in_one_pass(monkeypatch: pytest.MonkeyPatch, all: bool) -> None:
    passes = [
        one for group in run_of(monkeypatch, all=all) for one in group if one.title in {"benchmarks", "end to end"}
    ]
    files = [argument for one in passes for argument in one.command if argument.endswith(".py")]
    assert files.count(command.BENCHMARKS) == 1
    assert len(files) == len(set(files)) > 10


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
    assert len(files) > 10
    assert [file for file in sorted(files) if not in_the_short_form(ROOT / file)] == []


@pytest.mark.parametrize(
    ("text", "has_one"),
    [
        ("def test_a(): ...", True),
        ("@pytest.mark.long\ndef test_a(): ...\nasync def test_b(): ...", True),
        ("@pytest.mark.long\ndef test_a(): ...\ndef helper(): ...", False),
        ("pytestmark = [pytest.mark.e2e, pytest.mark.long]\ndef test_a(): ...", False),
        ("class TestA(Machine.TestCase): ...", True),
        ("TestA = Machine.TestCase", True),
    ],
)
def test_long_tests_are_found_by_their_marks(text: str, has_one: bool, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(text)
    assert in_the_short_form(tmp_path / "test_it.py") is has_one


def in_the_short_form(path: Path) -> bool:
    """Whether a file has a test that is not marked ``long``, by its text: to import all of them takes seconds."""
    body = ast.parse(path.read_text()).body
    if any(named(one) == "pytestmark" and "mark.long" in ast.unparse(one) for one in body):
        return False
    tests = [one for one in body if named(one).startswith(("test_", "Test"))]
    return any("pytest.mark.long" not in map(ast.unparse, getattr(one, "decorator_list", [])) for one in tests)


def named(statement: ast.stmt) -> str:
    """The name that a function, a class or an assignment defines."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    return getattr(statement, "name", "")
