"""Keeps what ``docs/guide`` shows equal to what it shows: quoted code and printed tables.

``<!-- quote: events/log.py append -->`` before a block says that the block is that function of that file; without a
name it is the whole file, without its docstring. ``<!-- printed: ./dev learn run 6 -->`` says that it is what the
command prints. ``python -m learn.chapters`` writes the blocks again; ``learn/tests/`` compares them.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learn.places import GUIDE, ROOT

MARKED = re.compile(
    r"^<!-- (quote|printed): (.+?) -->\n(```\w*\n(?P<block>.*?)^```$|(?P<table>(?:^\|[^\n]*\n)+))", re.M | re.S
)
FENCED = re.compile(r"^(?P<mark><!-- .+? -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
TIME = re.compile(r"(\d+(?:\.\d+)?) (ms|s)\b")
SLOW_SECONDS = 0.25
Printed = Callable[[str], str]


@dataclass(frozen=True)
class Shown:
    """A block of a page that has a source."""

    kind: str
    source: str
    text: str


def pages() -> list[Path]:
    """Every page of the guide, in order."""
    return sorted(GUIDE.glob("*.md"))


def shown(page: Path) -> Iterator[Shown]:
    """The blocks of a page that have a source."""
    for found in MARKED.finditer(page.read_text()):
        yield Shown(found[1], found[2], found["block"] or found["table"])


def fences(page: Path) -> Iterator[tuple[str, str, str]]:
    """All fenced blocks of a page: mark, language and text. A block without a mark is a command or a picture."""
    for found in FENCED.finditer(page.read_text()):
        yield (found["mark"] or "").strip(), found["language"], found["text"]


def quoted(source: str) -> str:
    """The code that a mark names.

    Raises:
        LookupError: the file has nothing of this name.
    """
    name, _, symbol = source.partition(" ")
    text = (ROOT / name).read_text()
    tree = ast.parse(text)
    if not symbol:
        first = tree.body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        lines = text.splitlines(keepends=True)[first.end_lineno if has_docstring else 0 :]
        return "".join(lines).lstrip("\n")
    node: Any = tree
    for part in symbol.split("."):
        node = named(node, part, source)
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    begin = min([node.lineno, *(one.lineno for one in decorators)])
    return textwrap.dedent("".join(text.splitlines(keepends=True)[begin - 1 : node.end_lineno]))


def named(owner: ast.AST, name: str, source: str) -> Any:
    """The function, class or assignment of this name."""
    for node in getattr(owner, "body", []):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {getattr(node, "name", None), *(getattr(target, "id", None) for target in targets)}
        if name in names:
            return node
    raise LookupError(f"Nothing in the file has this name: {source}")


def renewed(text: str, print_again: Printed) -> str:
    """A page with all its blocks as their sources are now."""

    def again(found: re.Match[str]) -> str:
        fresh = quoted(found[2]) if found[1] == "quote" else print_again(found[2])
        if found["block"] is None:
            return f"<!-- {found[1]}: {found[2]} -->\n{fresh}"
        language = "python" if found[1] == "quote" else "text"
        return f"<!-- {found[1]}: {found[2]} -->\n```{language}\n{fresh}```"

    return MARKED.sub(again, text)


def steady(text: str) -> str:
    """A printed text in which a time is only slow or fast: the rest has to be equal."""

    def word(found: re.Match[str]) -> str:
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
        return "slow" if seconds >= SLOW_SECONDS else "fast"

    return TIME.sub(word, text)
