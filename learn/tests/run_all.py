"""Runs every chapter and every exercise once, and prints what it found as JSON; the tests read it.

It is a process of its own, because the learner's project has settings of its own.
"""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from learn import chapters, exercises, guide
from learn.places import CHAPTERS, asked, exercise


def commands() -> set[str]:
    """The commands whose output the guide shows."""
    return {shown.source for page in guide.pages() for shown in guide.shown(page) if shown.kind == "printed"}


def of_chapter(chapter: int) -> dict[str, Any]:
    """The outcomes of a chapter, and what its commands print."""
    outcomes = chapters.outcomes(chapter)
    printed = {
        command: chapters.shown(chapter, outcomes, fault, timeline=timeline)
        for command in commands()
        for number, fault, timeline in [asked(command)]
        if number == chapter
    }
    return {"outcomes": [asdict(outcome) for outcome in outcomes], "printed": printed}


def graded(chapter: int, answer: str) -> list[dict[str, str]]:
    """The grades of a chapter's exercise for an answer: ``start`` or ``solution``."""
    with tempfile.TemporaryDirectory() as name:
        place = exercises.put(chapter, Path(name))
        (place / exercises.ANSWER).write_text(exercise(chapter, answer))
        return [asdict(one) for one in exercises.grade(chapter, Path(name))]


if __name__ == "__main__":
    found = {
        chapter: of_chapter(chapter) | {answer: graded(chapter, answer) for answer in ("start", "solution")}
        for chapter in CHAPTERS
    }
    print(json.dumps(found))  # noqa: T201  # for the tests
