"""A deck of slides in a real browser, from a file: the keys of a presenter, and axe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from docs_site.deck import write_decks
from docs_site.pictures import drawn
from docs_site.places import chapters
from tests.browser.axe import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def deck(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The deck of chapter 6."""
    path = write_decks(tmp_path, drawn(page.read_text() for page in chapters()))[5]
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(path.as_uri())
    yield page
    page.close()


def test_keys_lead_through_the_deck(deck: Page, pictures: Path) -> None:
    heading, place = deck.locator("section.now h1"), deck.locator("#place")
    expect(heading).to_have_text("6. Transactions and on_commit")
    for key in ("ArrowRight", "PageDown", " "):
        deck.keyboard.press(key)
    expect(heading).to_have_text("The naive way")
    expect(place).to_contain_text("4 / ")
    deck.keyboard.press("ArrowLeft")
    deck.screenshot(path=pictures / "deck.png")
    deck.keyboard.press("n")
    expect(deck.locator("section.now aside")).to_be_visible()
    deck.reload()
    expect(place).to_contain_text("3 / ")
    deck.keyboard.press("End")
    expect(heading).to_have_text("Answers")
    deck.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Answers")
    deck.keyboard.press("d")
    expect(deck.locator(":root")).to_have_attribute("data-theme", "dark")
    assert violations(deck) == []
