"""The guide's page in a real browser: a chapter is read, run, searched and marked."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, live, looks
from tests.browser.pictures.recording import record

pytestmark = pytest.mark.browser

LONG = 60_000
"""Milliseconds for a run, on a busy machine."""
BLACK = {"light": "rgb(255, 255, 255)", "dark": "rgb(0, 0, 0)"}
"""A colour that letters cannot have in each scheme."""


def size(heading: Locator) -> float:
    """The size of a heading's letters, in pixels."""
    pixels: float = heading.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    return pixels


def run(page: Page) -> None:
    """Press the button and wait for the outcomes."""
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("3 faults produced for real, just now.")).to_be_visible(timeout=LONG)


@pytest.mark.long
def test_screenshots_have_a_frame_for_each_step(open_page: Open, pictures: Path) -> None:
    """Of the longest design, one before and one at the end."""
    page = live(open_page("/learn/?chapter=6"))
    run(page)
    steps = [fault.locator(".timeline").last.locator("li").count() for fault in page.locator(".fault").all()]
    _, animated, *_ = record(page, pictures, "learn-6")
    with Image.open(animated) as film:
        assert (film.format, getattr(film, "n_frames", 1)) == ("GIF", steps[0] + 2)


@looks("desktop", "phone", "wide")
def test_chapter_runs_fits_and_axe_finds_nothing(
    open_page: Open, pictures: Path, scheme: str, device: str, width: int
) -> None:
    page = live(open_page("/learn/?chapter=6", scheme=scheme, width=width))
    chapter, first_section = (page.get_by_role("heading", level=level).first for level in (2, 3))
    expect(chapter).to_have_text("6. Transactions and on_commit")
    assert size(chapter) > size(first_section)
    picture = page.get_by_role("img", name="on_commit: may be lost")
    assert picture.evaluate("picture => getComputedStyle(picture.querySelector('text')).fill") != BLACK[scheme]
    run(page)

    assert page.get_by_role("list", name="What happened in on_commit").last.locator("li").all_inner_texts() == [
        *("BEGIN", "INSERT order", "COMMIT", "kill -9", "--- restart ---")
    ]
    page.screenshot(path=pictures / f"learn-{device}-{scheme}.png", full_page=device != "wide")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []


def test_header_and_lab_lead_to_the_guide_and_marks_are_kept(open_page: Open) -> None:
    page = live(open_page("/lab/"))
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Learn")).to_have_attribute(
        "href", "/learn/"
    )
    page.get_by_role("link", name="Learn why, in thirteen chapters").click()
    chapters = page.get_by_role("navigation", name="Chapters")
    page.get_by_label("Search the chapters").fill("DJANGO_EAGER is not there")
    expect(chapters.get_by_role("listitem")).to_have_count(0)
    page.get_by_label("Search the chapters").fill("delay_on_commit")
    chapters.get_by_role("link", name="Async with Celery").press("Enter")
    expect(page.get_by_role("heading", name="8. Async with Celery")).to_be_visible()
    page.get_by_label("I have finished this chapter").check()
    page.reload()

    expect(page.get_by_text("1 of 13 done")).to_be_visible()
    expect(page.get_by_label("I have finished this chapter")).to_be_checked()
