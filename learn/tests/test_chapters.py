"""Each chapter's naive design fails, its safe one holds, and its exercise can be solved and not left as it is."""

import json
import subprocess
import sys
from typing import Any

import pytest

from learn import guide
from learn.places import CHAPTERS
from tests.environment import ROOT, fresh_environment

BAD = ("refused", "lost", "doubled", "false", "wrong", "unpaid", "failed")
MAY_REFUSE = {(2, "update"), (2, "negative"), (10, "update"), (13, "update")}
"""Faults that are a mistake of the caller: the safe design refuses them."""
TESTS = 9
"""The chapter whose designs are sets of tests: the safe one finds the faults of the code under test."""
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def found() -> Found:
    """Every chapter and every exercise, run once."""
    done = subprocess.run(
        [sys.executable, "-m", "learn.tests.run_all"],
        cwd=ROOT,
        env=fresh_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def bad(outcome: dict[str, Any]) -> dict[str, float]:
    """The numbers of a run that should be 0."""
    return {name: number for name, number in outcome["numbers"].items() if name in BAD and number}


@pytest.mark.parametrize("chapter", [number for number in CHAPTERS if number != TESTS])
def test_naive_design_fails_and_safe_one_holds(chapter: int, found: Found) -> None:
    outcomes = found[str(chapter)]["outcomes"]
    first, last = outcomes[0]["design"], outcomes[-1]["design"]
    for outcome in outcomes:
        if outcome["design"] == last:
            allowed = {"refused"} if (chapter, outcome["fault"]) in MAY_REFUSE else set()
            assert set(bad(outcome)) <= allowed, outcome
    assert any(bad(outcome) for outcome in outcomes if outcome["design"] == first)


def test_handbooks_test_passes_for_the_design_that_loses_and_ours_finds_it(found: Found) -> None:
    failed = {(one["fault"], one["design"]): one["numbers"]["failed"] for one in found[str(TESTS)]["outcomes"]}
    assert failed == {
        ("post_save", "naive"): 0,
        ("post_save", "safe"): 2,
        ("on_commit", "naive"): 1,
        ("on_commit", "safe"): 2,
        ("event row", "naive"): 1,
        ("event row", "safe"): 0,
    }


def test_comparison_is_the_one_of_the_guide(found: Found) -> None:
    """Exact effects of the four designs under the six faults."""
    effects = {(one["design"], one["fault"]): bad(one) for one in found["13"]["outcomes"]}
    nothing: dict[str, float] = {}
    assert {fault: effects["post_save", fault] for fault in ("rollback", "raise", "kill")} == {
        "rollback": {"false": 2},
        "raise": {"refused": 1},
        "kill": nothing,
    }
    assert {fault: effects["on_commit", fault] for fault in ("rollback", "raise", "kill")} == {
        "rollback": nothing,
        "raise": {"refused": 1, "lost": 2},
        "kill": {"lost": 3},
    }
    for design in ("post_save", "on_commit"):
        assert effects[design, "save again"] == {"doubled": 2}
        assert effects[design, "lost message"] == {"lost": 1}
    assert [effects[design, "update"] for design in ("post_save", "on_commit", "task_table")] == [{"lost": 4}] * 3
    assert effects["event_log", "update"] == {"refused": 1}
    others = ("rollback", "raise", "kill", "save again", "lost message")
    assert [effects[design, fault] for design in ("task_table", "event_log") for fault in others] == [nothing] * 10


@pytest.mark.parametrize("page", guide.pages(), ids=lambda page: page.stem)
def test_page_shows_what_its_commands_print(page: Any, found: Found) -> None:
    for shown in guide.shown(page):
        if shown.kind == "printed":
            chapter = shown.source.split()[3]
            assert guide.steady(shown.text) == guide.steady(found[chapter]["printed"][shown.source]), shown.source


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercise_fails_as_it_is_given_and_its_solution_passes(chapter: int, found: Found) -> None:
    start, solution = found[str(chapter)]["start"], found[str(chapter)]["solution"]
    assert [test["error"] for test in solution] == [""] * len(start)
    assert any(test["error"] for test in start)
    assert all(test["asks"] for test in start)
    assert all(test["why"] for test in start if test["error"])
