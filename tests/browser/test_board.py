"""The app's page in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.browser


def numbers(page: Page) -> list[str]:
    """The listed orders, from the top."""
    return page.locator(".orders .number").all_inner_texts()


def live(page: Page) -> Page:
    """The page, once it is connected."""
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    return page


def place(page: Page) -> str:
    """Place a sample order; its number."""
    page.get_by_role("button", name="Place a sample order").click()
    placed = page.get_by_text("is placed.")
    expect(placed).to_be_visible()
    return placed.inner_text().split()[1]


def test_order_placed_in_one_browser_shows_in_another(open_page: Open) -> None:
    placing, watching = live(open_page("/")), live(open_page("/"))
    number = place(placing)

    for page in (placing, watching):
        expect(page.locator(".orders .number").first).to_have_text(number)
        expect(page.get_by_text("1 order arrived since you opened this page")).to_be_visible()


def test_progress_shows_in_the_row(open_page: Open) -> None:
    page = live(open_page("/"))
    number = place(page)

    expect(page.locator("li", has_text=number)).to_contain_text("Processed")


def test_page_goes_on_where_it_was_when_the_server_is_back(open_page: Open, site: Site, problems: list[str]) -> None:
    page = live(open_page("/"))
    before = numbers(page)
    site.stop()
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    site.start()
    placed = [site.place_order(f"Customer {number}") for number in range(3)]
    live(page)

    expect(page.locator(".orders .number").first).to_have_text(placed[-1])
    assert numbers(page) == [*reversed(placed), *before]
    problems[:] = [problem for problem in problems if "WebSocket connection" not in problem]


def test_two_clicks_at_once_make_one_order(open_page: Open) -> None:
    page = live(open_page("/"))
    page.get_by_role("button", name="Place a sample order").evaluate("button => { button.click(); button.click() }")

    expect(page.get_by_text("1 order arrived since you opened this page")).to_be_visible()
    after = place(page)
    expect(page.locator(".orders .number").first).to_have_text(after)
    expect(page.get_by_text("2 orders arrived since you opened this page")).to_be_visible()


def test_page_opens_its_query_in_graphiql(open_page: Open) -> None:
    page = live(open_page("/"))
    page.get_by_role("link", name="This page's query in GraphiQL").click()

    expect(page.get_by_role("tab", name="BoardPage", selected=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width"), [("desktop", 1440), ("phone", 360), ("wide", 3840)])
def test_page_fits(open_page: Open, pictures: Path, scheme: str, device: str, width: int) -> None:
    page = live(open_page("/", scheme=scheme, width=width))
    expect(page.locator(".orders .number").first).to_be_visible()
    page.screenshot(path=pictures / f"board-{device}-{scheme}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
