"""The project is written in plain English: no quaint words in code, documents or the schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve()
NOT_OURS = {"node_modules", ".next", "dist", "exercises", "fonts", "htmlcov", "test-results"}
ENDINGS = {".css", ".csv", ".example", ".graphql", ".html", ".js", ".md", ".mjs", ".py", ".toml", ".ts", ".tsx", ".txt"}

INSTEAD = {
    "afresh": "again",
    "anew": "again",
    "anybody": "any caller, any user: name the subject",
    "crowd": "the name of what it is",
    "dearer": "more expensive",
    "door": "entrance, API, transport",
    "doorbell": "notification",
    "drip": "arrive slowly",
    "everybody": "every caller, every user: name the subject",
    "foe": "attacker",
    "goodbye": "close frame",
    "heart": "heartbeat, or the name of what it is",
    "hence": "so",
    "hub": "broadcaster or feed",
    "lest": "so that … not",
    "mend": "repair, fix",
    "neighbour": "another client, or the one beside: name it",
    "nobody": "no caller, no client, no process: name the subject",
    "nought": "zero",
    "pump": "broadcaster",
    "rota": "schedule",
    "rung": "notified",
    "scene": "fixture, scenario",
    "seat": "slot",
    "shall": "must, will",
    "somebody": "a user, a process: name the subject",
    "someone": "a user, a process: name the subject",
    "stranger": "anonymous caller, another tenant",
    "thereof": "of it",
    "told": "notified, returned, logged",
    "town": "cluster, or the name of what it is",
    "twin": "copy, duplicate",
    "undertaker": "cleanup process",
    "victim": "the name of what is attacked",
    "whence": "from where",
    "whoever": "the caller, the client: name the subject",
    "would-be": "the name of what it is",
}
"""Quaint words, and what to write in their place."""

MEANINGS = {"told": r"(?<![^\W_])(?:is|are|was|were|be|been|being|it)[\s_]+told(?![^\W_])"}
"""Words that are quaint in some uses only."""


def pattern(word: str) -> str:
    """A regular expression for a word, in the singular and the plural, also as a part of a name."""
    return MEANINGS.get(word, rf"(?<![^\W_]){word}s?(?![^\W_])")


QUAINT = re.compile("|".join(map(pattern, INSTEAD)), re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
FIRST_WORDS = {first + end for word in INSTEAD for first in word.split("-")[:1] for end in ("", "s")}
"""A text without any of these has no quaint word."""


def texts(folder: Path = ROOT) -> Iterator[Path]:
    """Every text file of the project that people write."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in NOT_OURS or path.is_symlink():
            continue
        if path.is_dir():
            yield from texts(path)
        elif path.suffix in ENDINGS or path.name == "dev":
            yield path


def quaint(path: Path) -> list[str]:
    """The lines of a file that hold a quaint word, with their place."""
    text = path.read_text(encoding="utf-8")
    lines = [] if FIRST_WORDS.isdisjoint(WORD.findall(text.lower())) else text.splitlines()
    name = path.relative_to(ROOT)
    return [
        f"{name}:{number}: {found[0]!r} in {line.strip()[:100]}"
        for number, line in enumerate(lines, 1)
        if (found := QUAINT.search(line))
    ]


def test_no_quaint_word() -> None:
    assert [line for path in texts() if path != HERE for line in quaint(path)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody asked.",
        "The caller is told why.",
        "Two victims.",
        "It was\ttold twice.",
        "The pump writes it.",
        "A would-be twin.",
    ],
)
def test_quaint_words_are_found(sentence: str) -> None:
    assert QUAINT.search(sentence)


@pytest.mark.parametrize("sentence", ["A told story.", "Hearty.", "The seating.", "A rotation of logs.", "Outdoors."])
def test_other_words_are_not(sentence: str) -> None:
    assert not QUAINT.search(sentence)
