"""Placing orders in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, live

pytestmark = pytest.mark.browser


def test_two_clicks_at_once_make_one_order(open_page: Open) -> None:
    page = live(open_page("/?new"))
    page.get_by_role("button", name="Place a sample order").evaluate("button => { button.click(); button.click() }")

    expect(page.get_by_text("1 order arrived since you opened this page")).to_be_visible()


def test_order_placed_in_one_browser_shows_in_another(open_page: Open) -> None:
    placing, watching = live(open_page("/?new")), live(open_page("/"))
    placing.get_by_role("button", name="Place a sample order").click()
    placed = placing.get_by_text("is placed.")
    expect(placed).to_be_visible()

    for page in (placing, watching):
        expect(page.locator(".orders .number").first).to_have_text(placed.inner_text().split()[1])
