"""A chapter of the guide as slides: what a trainer projects, from the page that the learners read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
MARK = re.compile(r"<!-- (?:quote|printed): (.+?) -->")
PREDICT = "Predict: what is refused, lost, doubled or false? Write your numbers down."
SHOWN = {"fence", "table_open", "ordered_list_open"}
"""The blocks that are projected; all other text is for the trainer."""


@dataclass
class Slide:
    """One thing to project, and the text of the page around it as the trainer's notes."""

    title: str
    source: str = ""
    block: list[Token] = field(default_factory=list)
    notes: list[Token] = field(default_factory=list)
    lead: str = ""


def slides(markdown: str) -> list[Slide]:
    """The slides of a chapter: its title, then each section's code, tables, pictures and questions.

    What is printed by a run comes after a slide that asks for a prediction.
    """
    made: list[Slide] = []
    section, source = "", ""
    for block in blocks(PARSER.parse(markdown)):
        first = block[0]
        if first.type == "heading_open" and first.tag in ("h1", "h2"):
            section = block[1].content
            made.append(Slide(section))
        elif first.type == "html_block":
            found = MARK.match(first.content)
            source = found[1] if found else source
            section = "Answers" if "<summary>" in first.content else section
        elif first.type in SHOWN:
            made.append(shown(section, source, block))
            source = ""
        else:
            made[-1].notes += block
    return [slide for slide in made if slide.block or slide.notes]


def shown(section: str, source: str, block: list[Token]) -> Slide:
    """The slide of one block."""
    is_command = block[0].type == "fence" and block[0].info == "sh"
    runs = is_command and "learn run" in block[0].content
    return Slide(section, source, block, lead=PREDICT if runs else "")


def blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The blocks of a page: for each, its tokens from the first to the one that ends it."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []
