"""The decks: what a chapter has is projected, in its order, and all of it is in one file."""

import re
from pathlib import Path

import pytest

from docs_site.chapter import PREDICT, slides
from docs_site.deck import write_decks
from docs_site.pictures import drawn
from docs_site.places import chapters

PARTS = ["The naive way", "How it fails", "The safe way", "The picture", "Exercise", "Questions", "Answers"]


@pytest.mark.parametrize("chapter", chapters()[:12], ids=lambda path: path.stem)
def test_chapter_is_projected_part_by_part(chapter: Path) -> None:
    made = slides(chapter.read_text())
    titles = [title for title in dict.fromkeys(slide.title for slide in made) if title in PARTS]
    assert made[0].title == chapter.read_text().splitlines()[0].removeprefix("# ")
    assert titles == PARTS
    projected = [token.content for slide in made for token in slide.block if token.type == "fence"]
    assert projected == re.findall(r"^```\w*\n(.*?)^```$", chapter.read_text(), re.MULTILINE | re.DOTALL)


def test_room_predicts_before_it_sees_what_is_printed() -> None:
    before, *_, after = slides("# 1. A\n\n## B\n\n```sh\n./dev learn run 1\n```\n\nMore.\n\n```text\nx\n```\n")
    assert (before.lead, after.lead) == (PREDICT, "")
    assert [token.content for token in before.notes] == ["", "More.", ""]


def test_decks_load_nothing_and_link_only_to_each_other(tmp_path: Path) -> None:
    decks = write_decks(tmp_path, drawn(path.read_text() for path in chapters()))
    assert len(decks) == len(chapters())
    for deck in [*decks, tmp_path / "index.html"]:
        text = deck.read_text()
        assert re.findall(r'(?:src|href)="(?!https?://)([^"]+)"', text) == (
            [path.name for path in decks] if deck.name == "index.html" else []
        )
        assert not re.search(r"<link|<script src|@import|url\((?!#)", text)
        assert text.count("<svg") == (deck.name != "index.html")
