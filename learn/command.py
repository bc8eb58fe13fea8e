"""Run a chapter's faults, get its exercise, have the answer graded.

./dev learn                 the chapters, and how far you are
./dev learn run 6           run chapter 6: each design under each fault, and the counts
./dev learn run 6 kill      one fault; --timeline shows what happened, step by step
./dev learn 6               put the exercise of chapter 6 into exercises/chapter_06/
./dev learn check           grade your answers, and explain what is missing; check 6 grades one
./dev learn solution 6      show a solution
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from learn import chapters, exercises
from learn.places import CHAPTERS, ROOT, exercise, page, title


class Unclear(Exception):
    """The command is not one of those above."""


def main(arguments: Sequence[str], folder: Path = exercises.FOLDER) -> int:
    """Run a command; 0 if it is done, or all answers are right."""
    try:
        words = [one for one in arguments if not one.startswith("--")]
        return run_command(words, folder, {*arguments} - {*words})
    except Unclear as error:
        print(error, file=sys.stderr)
        return 2


def run_command(words: list[str], folder: Path, options: set[str]) -> int:
    """Run the command of these words.

    Raises:
        Unclear: there is no such command.
    """
    begun = exercises.begun(folder)
    verb, *rest = words or ["overview"]
    chosen = [number(one) for one in rest[:1]]
    commands: dict[str, Callable[[], int]] = {"overview": lambda: overview(folder)}
    if chosen:
        commands["run"] = lambda: run(chosen[0], " ".join(rest[1:]), options)
    if len(rest) <= 1:
        commands["check"] = lambda: check(chosen or begun, folder)
        commands["solution"] = lambda: say(exercise((chosen or begun or [1])[-1], "solution"))
    if verb.isdecimal() and not rest:
        commands[verb] = lambda: begin(number(verb), folder)
    if verb not in commands or not options <= {"--timeline", "--json"}:
        raise Unclear(f"This is not a command: {' '.join(words)}\n\n{__doc__}")
    return commands[verb]()


def number(text: str) -> int:
    """The number of a chapter.

    Raises:
        Unclear: it is none.
    """
    if not text.isdecimal() or int(text) not in CHAPTERS:
        raise Unclear(f"There are chapters {CHAPTERS[0]} to {CHAPTERS[-1]}; {text} is none of them.")
    return int(text)


def say(text: str) -> int:
    """Print; this always works."""
    print(text.rstrip())
    return 0


def overview(folder: Path) -> int:
    """List the chapters with the state of their exercises, and what is next."""
    begun, right = exercises.begun(folder), exercises.right(folder)
    for chapter in CHAPTERS:
        state = "right" if chapter in right else "exercise begun" if chapter in begun else ""
        place = page(chapter).relative_to(ROOT)
        print(f"{chapter:>3}  {title(chapter):<42} {place!s:<48} {state}".rstrip())
    left = [chapter for chapter in CHAPTERS if chapter not in right]
    return say(f"\n{__doc__ or ''}\n{step(left[0]) if left else 'All exercises are right.'}")


def step(chapter: int) -> str:
    """What to do next."""
    return f"Next: read {page(chapter).relative_to(ROOT)}, then ./dev learn run {chapter}"


def run(chapter: int, fault: str, options: set[str]) -> int:
    """Run a chapter's designs under its faults and print what happened."""
    known = [one.name for one in chapters.scenario(chapter).FAULTS]
    if fault and fault not in known:
        raise Unclear(f"Chapter {chapter} has no fault {fault}. It has: {', '.join(known)}.")
    found = chapters.outcomes(chapter, fault)
    if "--json" in options:
        says = {one.name: one.says for one in chapters.scenario(chapter).FAULTS}
        return say(json.dumps([asdict(outcome) | {"says": says[outcome.fault]} for outcome in found]))
    return say(chapters.shown(chapter, found, fault, timeline="--timeline" in options))


def begin(chapter: int, folder: Path) -> int:
    """Put an exercise into the checkout."""
    place = Path(os.path.relpath(exercises.put(chapter, folder)))
    return say(
        f"Chapter {chapter}: {title(chapter)}\n"
        f"Change  {place / exercises.ANSWER}\n"
        f"until   ./dev learn check {chapter}   says that it is right. The test is {place / exercises.TEST}."
    )


def check(chosen: Sequence[int], folder: Path) -> int:
    """Grade answers and explain each failure."""
    if not chosen:
        raise Unclear("There is no exercise to check yet. ./dev learn 1 gives you the first one.")
    results = [graded(chapter, folder) for chapter in chosen]
    return 0 if all(results) else 1


def graded(chapter: int, folder: Path) -> bool:
    """Grade one answer, print the result, and return whether it is right."""
    if chapter not in exercises.begun(folder):
        raise Unclear(f"There is no answer for chapter {chapter} yet. ./dev learn {chapter} begins it.")
    tests = exercises.grade(chapter, folder)
    right = [test for test in tests if not test.error]
    is_right = len(right) == len(tests)
    exercises.note(chapter, folder, is_right=is_right)
    print(f"Chapter {chapter}: {len(right)} of {len(tests)} tests pass.")
    for test in tests:
        print(f"  {'FAILS' if test.error else 'ok   '}  {test.asks}")
        if test.error:
            print(f"         {test.error}", *([f"         Why: {test.why}"] if test.why else []), sep="\n")
    if is_right:
        print(f"  Right. ./dev learn solution {chapter} shows another way to write it.")
        if chapter + 1 in CHAPTERS:
            print(f"  {step(chapter + 1)}")
    return is_right
