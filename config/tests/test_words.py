"""The project is written in plain English: no quaint words in code, documents or the schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = "config/tests/test_words.py"
NOT_OURS = {"node_modules", "dist", "fonts", "htmlcov", "test-results"}
ENDINGS = {".css", ".csv", ".example", ".graphql", ".html", ".js", ".md", ".mjs", ".py", ".toml", ".ts", ".tsx", ".txt"}

INSTEAD = {
    "anew": "again",
    "crowd": "the name of what it is",
    "doorbell": "notification",
    "foe": "attacker",
    "heart": "heartbeat, or the name of what it is",
    "nobody": "no caller, no client, no process: name the subject",
    "pump": "broadcaster",
    "rota": "schedule",
    "rung": "notified",
    "seat": "slot",
    "somebody": "a user, a process: name the subject",
    "told": "notified, returned, logged",
    "town": "cluster, or the name of what it is",
    "undertaker": "cleanup process",
    "victim": "the name of what is attacked",
    "whence": "from where",
    "whoever": "the caller, the client: name the subject",
}
"""Quaint words, and what to write in their place."""

MEANINGS = {"told": r"\b(?:is|are|was|were|be|been|being|it)\s+told\b"}
"""Words that are quaint in some uses only."""

TO_DO = (
    "graphql_api/tests/",
    "graphql_server/caches.py",
    "graphql_server/deadline.py",
    "graphql_server/documents/",
    "graphql_server/execution/",
    "graphql_server/json_text.py",
    "graphql_server/plans/",
    "graphql_server/ports.py",
    "graphql_server/tests/",
    "orders/tests/",
    "tenants/tests/",
    "tests/",
)
"""What is not rewritten yet. A folder or file that is clean leaves this list."""


def pattern(word: str) -> str:
    """A regular expression for a word, in the singular and the plural."""
    return MEANINGS.get(word, rf"\b{word}s?\b")


QUAINT = re.compile("|".join(map(pattern, INSTEAD)), re.IGNORECASE)


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
    lines = path.read_text(encoding="utf-8").splitlines()
    name = path.relative_to(ROOT)
    return [
        f"{name}:{number}: {found[0]!r} in {line.strip()[:100]}"
        for number, line in enumerate(lines, 1)
        if (found := QUAINT.search(line))
    ]


def is_to_do(name: str) -> bool:
    """Whether the file may still hold quaint words."""
    return name == HERE or name.startswith(TO_DO)


def test_no_quaint_word_where_the_text_is_plain() -> None:
    clean = [path for path in texts() if not is_to_do(str(path.relative_to(ROOT)))]

    assert [line for path in clean for line in quaint(path)] == []


@pytest.mark.parametrize(
    "sentence",
    ["Nobody asked.", "The caller is told why.", "Two victims.", "It was\ttold twice.", "The pump writes it."],
)
def test_quaint_words_are_found(sentence: str) -> None:
    assert QUAINT.search(sentence)


@pytest.mark.parametrize("sentence", ["A told story.", "Hearty.", "The seating.", "A rotation of logs."])
def test_other_words_are_not(sentence: str) -> None:
    assert not QUAINT.search(sentence)
