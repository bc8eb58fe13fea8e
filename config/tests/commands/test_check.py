import sys
from pathlib import Path

import pytest

from config import check
from config.check import Outcome, Workplace


def test_schema_that_is_what_the_code_exports_holds() -> None:
    assert check.compare("type Query\n", "type Query") == Outcome(True, "")


def test_changed_schema_fails_with_the_difference_and_the_remedy() -> None:
    outcome = check.compare("type A\ntype Query", "type Query")

    assert not outcome.ok
    assert "-type A" in outcome.said.splitlines()
    assert outcome.said.endswith("./dev schema writes it again.")


def test_missing_schema_fails_clearly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(check, "SDL", check.ROOT / "graphql_api" / "no.graphql")

    outcome = Workplace(str(tmp_path)).graphql_schema()

    assert outcome == Outcome(False, "graphql_api/no.graphql is missing; ./dev schema writes it.")


def test_step_without_its_program_fails_and_does_not_stop_the_others() -> None:
    workplace = Workplace("unused")
    steps = {"lost": lambda: workplace.run("no-such-program"), "found": lambda: workplace.python("-c", "print(1)")}

    reports = {report.name: report.outcome for report in check.run(steps)}

    assert reports["found"] == Outcome(True, "1")
    assert not reports["lost"].ok
    assert "no-such-program" in reports["lost"].said


def test_steps_see_none_of_the_persons_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")

    said = Workplace("empty").python(
        "-c", "import os; print(os.environ.get('DATABASE_URL'), os.environ['ORDERS_DATA_DIR'])"
    )

    assert said == Outcome(True, "None empty")


def test_unknown_step_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["check", "spelling"])

    assert check.main() == 2

    assert "spelling" in capsys.readouterr().out
