"""The documents name files, folders and headings that exist, and the glossary has one meaning for each term."""

import re
from collections.abc import Iterator
from pathlib import Path

from config.tests.test_words import ROOT, texts

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([\w./-]+\.(?:py|ts|tsx|md|csv|graphql|mjs))`")
BLOCK = re.compile(r"```.*?```", re.DOTALL)
TERM = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \|$", re.MULTILINE)
GLOSSARY = ROOT / "docs" / "glossary.md"
MOST_TERMS = 40


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    return [path for path in texts() if path.suffix == ".md"]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> Iterator[str]:
    """The relative links of a document that lead to no file or heading."""
    for link in LINK.findall(BLOCK.sub("", path.read_text(encoding="utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield f"{path.relative_to(ROOT)}: {link}"


def unknown_files(path: Path, names: set[str]) -> Iterator[str]:
    """The files that a document names in code and that do not exist. A name may leave out leading folders."""
    for name in CODE.findall(BLOCK.sub("", path.read_text(encoding="utf-8"))):
        if f"/{name}" not in names:
            yield f"{path.relative_to(ROOT)}: {name}"


def test_links_lead_to_files_and_headings() -> None:
    assert [link for path in documents() for link in broken_links(path)] == []


def test_named_files_exist() -> None:
    parts = [path.relative_to(ROOT).parts for path in texts()]
    names = {"/" + "/".join(part[start:]) for part in parts for start in range(len(part))}

    assert [name for path in documents() for name in unknown_files(path, names)] == []


def test_glossary_has_few_terms_each_once_in_order_with_one_sentence() -> None:
    rows = TERM.findall(GLOSSARY.read_text(encoding="utf-8"))
    terms = [term for term, _ in rows]

    assert 0 < len(terms) <= MOST_TERMS
    assert terms == sorted(set(terms), key=str.lower)
    assert [term for term, meaning in rows if meaning.count(". ") or not meaning.endswith(".")] == []


def test_glossary_is_linked_from_where_newcomers_begin() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        assert GLOSSARY.resolve() in {
            (ROOT / link.partition("#")[0]).resolve() for link in LINK.findall((ROOT / name).read_text())
        }, name


def test_each_decision_has_a_number_of_its_own_which_its_title_and_links_repeat() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert len(set(numbers)) == len(numbers)
    titles = [page.read_text(encoding="utf-8").partition("\n")[0] for page in pages]
    assert [title for number, title in zip(numbers, titles, strict=True) if not title.startswith(f"# {number}. ")] == []

    linked = re.compile(r"\[(\d+)\]\((?:[\w./]*/)?(\d{4})-")
    links = [link for path in documents() for link in linked.findall(path.read_text(encoding="utf-8"))]
    assert links
    assert [(text, number) for text, number in links if int(text) != int(number)] == []
