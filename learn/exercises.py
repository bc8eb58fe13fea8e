"""Puts an exercise into the learner's checkout, grades the answer, and shows the solution.

The learner's folder is ``exercises/chapter_NN/``; nothing outside it is written.
"""

import importlib
import io
import json
import signal
import sys
import tempfile
import traceback
import unittest
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import learn.prepared  # noqa: F401  # before any model is imported
from learn import harness, world
from learn.places import CHAPTERS, ROOT, exercise, package

FOLDER = ROOT / "exercises"
ANSWER, TEST, RIGHT = "answer.py", "test_answer.py", ".right"
MOST_SECONDS = 30


@dataclass(frozen=True)
class Graded:
    """How one test ended: what it asks for, why, and the error if it failed."""

    name: str
    asks: str
    why: str
    error: str


def put(chapter: int, folder: Path = FOLDER) -> Path:
    """Write the exercise and its test, and return their folder. An answer that is there already stays as it is."""
    place = folder / package(chapter)
    place.mkdir(parents=True, exist_ok=True)
    if not (place / ANSWER).exists():
        (place / ANSWER).write_text(exercise(chapter, "start"))
    (place / TEST).write_text(exercise(chapter, "check"))
    return place


def begun(folder: Path = FOLDER) -> list[int]:
    """The chapters whose exercise is in the learner's checkout."""
    return [number for number in CHAPTERS if (folder / package(number) / ANSWER).exists()]


def note(chapter: int, folder: Path, *, is_right: bool) -> None:
    """Remember beside the answer whether it is right, as it is now."""
    place = folder / package(chapter)
    if is_right:
        (place / RIGHT).write_text((place / ANSWER).read_text())
    else:
        (place / RIGHT).unlink(missing_ok=True)


def right(folder: Path = FOLDER) -> list[int]:
    """The chapters whose answer was right when it was graded, and has not changed."""
    places = {number: folder / package(number) for number in begun(folder)}
    noted = {number: place for number, place in places.items() if (place / RIGHT).exists()}
    return [number for number, one in noted.items() if (one / RIGHT).read_text() == (one / ANSWER).read_text()]


def grade(chapter: int, folder: Path = FOLDER) -> list[Graded]:
    """Run the exercise's tests against the answer, in a process of its own with an empty database."""
    place = folder / package(chapter)
    with tempfile.TemporaryDirectory(prefix="learn-") as name:
        run = Path(name)
        (run / TEST).write_text(exercise(chapter, "check"))
        (run / ANSWER).write_text((place / ANSWER).read_text())
        graded = run / "graded"
        ended = attempt(lambda: graded.write_text(json.dumps([asdict(one) for one in tested(run)])))
        if not graded.exists():
            return [Graded("answer", f"{ANSWER} runs to its end within {MOST_SECONDS} s.", "", ended)]
        return [Graded(**one) for one in json.loads(graded.read_text())]


def attempt(work: Callable[[], object]) -> str:
    """Do the work in a process that has a limited time; how it ended."""

    def limited() -> None:
        signal.alarm(MOST_SECONDS)
        work()

    try:
        harness.in_a_process(limited)
    except ChildProcessError as error:
        return str(error)
    return "The process ended early."


def tested(run: Path) -> list[Graded]:
    """Load the answer and its test from this folder, and run the test."""
    sys.path.insert(0, str(run))
    world.here.folder = run
    harness.use_database(run / "db.sqlite3")
    try:
        module = importlib.import_module(TEST.removesuffix(".py"))
    except Exception:  # of the answer: a person is writing it
        return [Graded("import", f"{ANSWER} can be imported.", "", traceback.format_exc(limit=-1))]
    harness.make_tables()
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    cases = [case for case in suite if isinstance(case, unittest.TestSuite)]
    tests = [test for case in cases for test in case if isinstance(test, unittest.TestCase)]
    return [graded(test) for test in sorted(tests, key=line)]


def line(test: unittest.TestCase) -> int:
    """The line on which a test begins."""
    return int(getattr(test, test.id().rpartition(".")[2]).__code__.co_firstlineno)


def graded(test: unittest.TestCase) -> Graded:
    """Run one test."""
    result = unittest.TextTestRunner(stream=io.StringIO()).run(test)
    errors = [text for _, text in [*result.failures, *result.errors]]
    name = test.id().rpartition(".")[2]
    asks, _, why = (getattr(test, name).__doc__ or "").partition("\n")
    return Graded(name, asks.strip(), " ".join(why.split()), last_line("".join(errors)))


def last_line(error: str) -> str:
    """What went wrong, without the way to it; empty if nothing did."""
    lines = [line for line in error.splitlines() if line and not line.startswith(" ")]
    return next((line for line in lines if ": " in line and "Traceback" not in line), lines[-1] if lines else "")
