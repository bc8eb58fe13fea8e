"""``./dev learn``: puts exercises, grades them, and touches no other file."""

import subprocess
import sys
from pathlib import Path

import pytest

from learn.places import exercise
from tests.environment import ROOT, fresh_environment

CALL = "import sys, pathlib, learn.command as c; sys.exit(c.main(sys.argv[2:], pathlib.Path(sys.argv[1])))"


def learn(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with the learner's folder elsewhere."""
    return subprocess.run(
        [sys.executable, "-c", CALL, str(folder), *arguments],
        cwd=ROOT,
        env=fresh_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_an_exercise_from_its_start_to_its_solution(tmp_path: Path) -> None:
    answer = tmp_path / "chapter_05" / "answer.py"
    begun = learn("5", folder=tmp_path)
    assert (begun.returncode, files(tmp_path)) == (0, {"chapter_05/answer.py", "chapter_05/test_answer.py"})
    assert "./dev learn check 5" in begun.stdout

    failed = learn("check", folder=tmp_path)
    assert failed.returncode == 1
    assert "Chapter 5: 2 of 3 tests pass." in failed.stdout
    assert "Why: Keep the key in a table where it is unique" in failed.stdout

    answer.write_text(learn("solution", folder=tmp_path).stdout)
    assert answer.read_text() == exercise(5, "solution")
    right = learn("check", "5", folder=tmp_path)
    assert (right.returncode, right.stdout.splitlines()[0]) == (0, "Chapter 5: 3 of 3 tests pass.")
    assert (
        right.stdout.splitlines()[-1]
        == "  Next: read docs/guide/06-transactions-and-on-commit.md, then ./dev learn run 6"
    )
    assert state_of(5, tmp_path) == "right"

    learn("5", folder=tmp_path)
    assert answer.read_text() == exercise(5, "solution"), "an answer is never written over"
    answer.write_text(exercise(5, "start"))
    assert state_of(5, tmp_path) == "exercise begun"


def state_of(chapter: int, folder: Path) -> str:
    """What the overview says of a chapter's exercise."""
    return learn(folder=folder).stdout.splitlines()[chapter - 1].partition(".md")[2].strip()


def test_answer_that_cannot_be_imported_is_explained(tmp_path: Path) -> None:
    learn("5", folder=tmp_path)
    (tmp_path / "chapter_05" / "answer.py").write_text("def write_audit_log(:\n")
    failed = learn("check", folder=tmp_path)
    assert failed.returncode == 1
    assert "answer.py can be imported." in failed.stdout
    assert "SyntaxError" in failed.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["14"], "There are chapters 1 to 13; 14 is none of them."),
        (["run", "6", "flood"], "Chapter 6 has no fault flood. It has: rollback, mail down, kill."),
        (["check"], "There is no exercise to check yet."),
        (["check", "3"], "There is no answer for chapter 3 yet."),
        (["dance"], "This is not a command: dance"),
    ],
)
def test_unclear_command_is_refused_and_writes_nothing(arguments: list[str], error: str, tmp_path: Path) -> None:
    refused = learn(*arguments, folder=tmp_path)
    assert (refused.returncode, refused.stdout, files(tmp_path)) == (2, "", set())
    assert error in refused.stderr


def test_overview_lists_the_chapters(tmp_path: Path) -> None:
    lines = learn(folder=tmp_path).stdout.splitlines()
    assert lines[-1] == "Next: read docs/guide/01-what-signals-are.md, then ./dev learn run 1"
    assert lines[5].split() == ["6", "Transactions", "and", "on_commit", "docs/guide/06-transactions-and-on-commit.md"]
