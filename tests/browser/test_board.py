"""The app's page in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site, live

pytestmark = pytest.mark.browser


def numbers(page: Page) -> list[str]:
    """The listed orders, from the top."""
    return page.locator(".orders .number").all_inner_texts()


def test_progress_shows_in_the_row(open_page: Open, site: Site) -> None:
    page = live(open_page("/"))
    number = site.place_order("Ada")

    expect(page.locator("li", has_text=number)).to_contain_text("Processed")


def test_page_goes_on_where_it_was_when_the_server_is_back(open_page: Open, site: Site, problems: list[str]) -> None:
    page = live(open_page("/"))
    expect(page.locator(".orders li").first).to_be_visible()
    before = numbers(page)
    site.stop()
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    site.start()
    placed = [site.place_order(f"Customer {number}") for number in range(3)]
    live(page)

    expect(page.locator(".orders .number").first).to_have_text(placed[-1])
    assert numbers(page) == [*reversed(placed), *before]
    problems[:] = [problem for problem in problems if "WebSocket connection" not in problem]


def test_page_opens_its_query_in_graphiql(open_page: Open) -> None:
    page = live(open_page("/"))
    page.get_by_role("link", name="this page's query").click()

    expect(page.get_by_role("tab", name="BoardPage", selected=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width"), [("desktop", 1440), ("phone", 360), ("wide", 3840)])
def test_page_fits(open_page: Open, pictures: Path, scheme: str, device: str, width: int) -> None:
    page = live(open_page("/", scheme=scheme, width=width))
    expect(page.locator(".orders .number").first).to_be_visible()
    page.screenshot(path=pictures / f"board-{device}-{scheme}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
