"""The pages quote the code as it is, and every command and snippet on them is run by a test."""

import re
from pathlib import Path

import pytest

from learn import guide
from learn.guide import fences, pages, quoted, shown, steady
from learn.places import CHAPTERS, GUIDE
from learn.places import page as page_of

LEAST_WORDS, MOST_WORDS = 600, 1200
COMMAND = re.compile(r"\./dev learn( run \d+( [a-z_ ]+)?( --timeline)?| check \d+| \d+)?")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_quotes_are_the_code(page: Path) -> None:
    for block in shown(page):
        if block.kind == "quote":
            assert block.text == quoted(block.source), block.source


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_block_is_quoted_printed_a_picture_or_a_command(page: Path) -> None:
    for mark, language, text in fences(page):
        if mark:
            assert re.fullmatch(r"<!-- (quote|printed): .+ -->", mark), text
        elif language == "sh":
            assert all(COMMAND.fullmatch(line) for line in text.splitlines()), text
        else:
            assert language == "mermaid", text


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_has_all_its_parts(chapter: int) -> None:
    text = page_of(chapter).read_text()
    prose = re.sub(r"```.*?```|^\|[^\n]*$|<!--.*?-->", "", text, flags=re.DOTALL | re.MULTILINE)
    questions, answers = text.split("## Questions")[1].split("<summary>Answers</summary>")
    assert LEAST_WORDS <= len(prose.split()) <= MOST_WORDS
    assert "```mermaid" in text
    assert f"./dev learn run {chapter}\n" in text
    assert f"./dev learn {chapter}\n./dev learn check {chapter}\n" in text
    assert [len(re.findall(r"^\d\. ", part, re.MULTILINE)) for part in (questions, answers)] == [3, 3]


def test_chapters_one_to_twelve_end_at_the_systems_own_lines() -> None:
    ours = [block.source for number in range(1, 13) for block in shown(page_of(number))]
    for number in range(1, 13):
        sources = [block.source for block in shown(page_of(number)) if block.kind == "quote"]
        assert any(not source.startswith("learn/") for source in sources), number
    assert len(ours) > 12


def test_trainers_project_commands_that_exist() -> None:
    text = (GUIDE / "trainers.md").read_text()
    named = [line for line in re.findall(r"`(\./dev learn[^`]*)`", text) if "N" not in line and "check" not in line]
    assert len(named) > 5
    assert all(COMMAND.fullmatch(line) for line in named), named


def test_quote_of_nothing_is_refused() -> None:
    with pytest.raises(LookupError, match="no_such_function"):
        quoted("events/log.py no_such_function")


def test_page_is_renewed(tmp_path: Path) -> None:
    old = "<!-- quote: orders/states.py is_allowed -->\n```python\nold\n```\n<!-- printed: x -->\n| old |\n"
    assert guide.renewed(old, lambda command: f"| {command} |\n") == (
        f"<!-- quote: orders/states.py is_allowed -->\n```python\n{quoted('orders/states.py is_allowed')}```\n"
        "<!-- printed: x -->\n| x |\n"
    )


def test_times_are_compared_as_slow_or_fast() -> None:
    assert steady("1.2 ms, 312 ms, 0.3 s, 0.0 s") == "fast, slow, slow, fast"
