"""The live board in a real browser."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, Problems, everywhere, live, looks
from tests.browser.site import Proxy, Site

pytestmark = pytest.mark.browser

PLACE = """async (name) => {
    const query = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }";
    const body = JSON.stringify({ query, variables: { input: { customerName: name, total: "12.00" } } });
    const token = /csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
    const headers = { "content-type": "application/json", "x-csrftoken": token };
    const answer = await fetch("/graphql/", { method: "POST", headers, body });
    return (await answer.json()).data.createOrder.order.number;
}"""

IS_SHOWN = """() => [...document.querySelectorAll(".orders tbody tr")]
    .some((row) => Math.abs(row.getBoundingClientRect().top - window.innerHeight / 2) < 60)"""
TRIES = 5
SEEN = """(state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def board(page: Page) -> Page:
    """The page, once it is live and its orders are there."""
    expect(live(page).locator(".orders tbody tr").first).to_be_visible()
    return page


def numbers(page: Page, count: int) -> list[str]:
    """So many orders from the top, in the order of the page."""
    rows = page.locator(".orders tbody tr").evaluate_all(
        "rows => rows.map((row) => [row.ariaRowIndex, row.querySelector('.number').textContent])"
    )
    return [number for _, number in sorted(rows, key=lambda row: int(row[0]))[:count]]


def is_seen_within_a_second(page: Page, number: str) -> bool:
    """Wait until the board has the order; whether that took less than a second. A busy machine may be slow at times."""
    began = time.monotonic()
    expect(page.locator(".orders").get_by_text(number)).to_be_visible()
    return time.monotonic() - began < 1


@everywhere
def test_order_placed_in_one_browser_is_seen_in_another_within_a_second(open_page: Open) -> None:
    placing, watching = board(open_page("/")), board(open_page("/"))
    placed: list[str] = []
    in_time = False
    while not in_time and len(placed) < TRIES:
        placed.append(placing.evaluate(PLACE, "Ada"))
        in_time = is_seen_within_a_second(watching, placed[-1]) and len(placed) > 1  # The first one warms it up.

    assert in_time
    assert numbers(watching, len(placed)) == placed[::-1]
    expect(watching.get_by_text(f"{len(placed)} orders arrived since you opened this page")).to_be_visible()


@everywhere
def test_progress_and_changes_show_in_the_row(open_page: Open, site: Site) -> None:
    page = board(open_page("/"))
    number = site.place_order("Ada")
    row = page.locator(".orders tbody tr", has_text=number)
    expect(row).to_contain_text("Processed")
    site.pay_order(number)

    expect(row.locator(".badge")).to_have_text("Paid")


@everywhere
def test_orders_placed_while_the_network_was_cut_come_once_and_in_order(
    open_page: Open, site: Site, proxy: Proxy, problems: Problems
) -> None:
    problems.network_is_cut = True
    page = board(open_page("/", url=proxy.url))
    expect(page.locator(".numbers canvas").first).to_be_visible()
    before = numbers(page, 3)
    proxy.kill()
    expect(page.get_by_text("Connection lost, reconnecting")).to_be_visible()
    placed = [site.place_order(f"Customer {number}") for number in range(5)]
    proxy.start()
    page.get_by_role("button", name="Reconnect now").or_(page.get_by_text("Live", exact=True)).first.click()

    expect(page.get_by_text("Caught up: 5 orders while you were away.")).to_be_visible()
    assert numbers(page, 8) == [*reversed(placed), *before]
    expect(page.get_by_text("5 orders arrived since you opened this page")).to_be_visible()


def test_page_goes_on_when_the_server_is_back(open_page: Open, site: Site, problems: Problems) -> None:
    problems.network_is_cut = True
    page = board(open_page("/"))
    before = numbers(page, 3)
    site.stop()
    expect(page.get_by_text("Connection lost, reconnecting")).to_be_visible()
    site.start()
    placed = [site.place_order(f"Customer {number}") for number in range(3)]
    live(page)

    expect(page.locator(".orders").get_by_text(placed[-1])).to_be_visible()
    assert numbers(page, 6) == [*reversed(placed), *before]


def test_page_opened_without_a_server_begins_when_the_server_is_up(
    open_page: Open, proxy: Proxy, problems: Problems
) -> None:
    problems.network_is_cut = True
    page = board(open_page("/", url=proxy.url))
    page.get_by_role("link", name="Signal lab").click()
    expect(page.locator("[data-receiver=audit]")).to_be_visible()
    proxy.kill()
    page.get_by_role("link", name="Board").click()
    expect(page.get_by_role("heading", name="The board stopped working")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_have_count(0)
    proxy.start()

    board(page)
    expect(page.get_by_role("heading", name="The board stopped working")).to_have_count(0)


def test_hidden_tab_is_up_to_date_within_a_second_of_being_shown(
    open_page: Open, site: Site, proxy: Proxy, problems: Problems
) -> None:
    problems.network_is_cut = True
    page = board(open_page("/", url=proxy.url))
    expect(page.locator(".numbers canvas").first).to_be_visible()
    for _ in range(TRIES):
        page.evaluate(SEEN, "hidden")
        proxy.kill()
        expect(page.get_by_text("Connection lost, reconnecting")).to_be_visible()
        placed = [site.place_order(f"Sleeper {number}") for number in range(3)]
        proxy.start()
        page.evaluate(SEEN, "visible")
        in_time = is_seen_within_a_second(page, placed[-1])
        assert numbers(page, 3) == placed[::-1]
        if in_time:
            return
    pytest.fail("It was never up to date within a second.")


def test_filters_are_in_the_address_and_count_for_what_comes_live(open_page: Open, site: Site) -> None:
    page = board(open_page("/"))
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_text("More filters").click()
    page.get_by_role("textbox", name="Minimum total").fill("100")
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Search").fill("filtered")
    expect(page).to_have_url(re.compile("least=100&status=NEW&text=filtered"))
    expect(page.get_by_text("No order matches.")).to_be_visible()

    cheap, expensive = site.place_order("Filtered One", "99.99"), site.place_order("Filtered Two", "100.00")
    site.place_order("Another", "500.00")
    expect(page.locator(".orders").get_by_text(expensive)).to_be_visible()
    assert numbers(page, 9) == [expensive]
    page.reload()
    expect(page.locator(".orders").get_by_text(expensive)).to_be_visible()
    site.pay_order(expensive)  # It leaves the filter.
    expect(page.get_by_text("No order matches.")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").first.click()
    expect(page.locator(".orders").get_by_text(cheap)).to_be_visible()


def test_order_that_comes_to_match_appears(open_page: Open, site: Site) -> None:
    number = site.place_order("Later")
    page = live(open_page("/?status=PAID&text=later"))
    expect(page.get_by_text("No order matches.")).to_be_visible()
    site.pay_order(number)

    expect(page.locator(".orders").get_by_text(number)).to_be_visible()


def test_order_with_an_article_that_is_new_since_the_search_appears(open_page: Open, site: Site) -> None:
    lines = [{"sku": "KUKICHA-1", "name": "Kukicha", "quantity": 1, "unitPrice": "9.90"}]
    page = live(open_page("/?text=kukicha"))
    expect(page.get_by_text("No order matches.")).to_be_visible()
    mutation = "mutation ($i: CreateOrderInput!) { createOrder(input: $i) { order { number } } }"
    placed = site.ask(mutation, i={"customerName": "Ada Lovelace", "lines": lines})["createOrder"]["order"]

    expect(page.locator(".orders").get_by_text(placed["number"])).to_be_visible()


def test_numbers_are_kept_up_to_date(open_page: Open, site: Site) -> None:
    page = board(open_page("/?window=DAY"))  # Each minute, demo orders leave the last hour.
    figure = page.locator(".numbers .big")
    expect(figure).to_have_text(re.compile(r"\d"))
    before = int(figure.inner_text().replace(",", ""))
    site.place_order("Counted", "1.00", "SEK")

    expect(figure).to_have_text(f"{before + 1:,}")
    expect(page.locator(".revenue")).to_contain_text("SEK")
    expect(page.locator(".numbers canvas").first).to_be_visible()
    expect(page.locator(".percentiles")).to_contain_text(" ms")
    page.get_by_role("button", name="Week").click()
    expect(page).to_have_url(re.compile("window=WEEK"))
    expect(page.get_by_role("heading", name="Orders per 2 hours")).to_be_visible()


def test_rows_are_reached_by_keys(open_page: Open, site: Site) -> None:
    for number in range(3):
        site.place_order(f"Keys {number}")
    page = board(open_page("/"))
    [first, second, third] = numbers(page, 3)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.locator(".orders a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".orders a", has_text=third)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".orders a", has_text=second)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"Order {second}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".orders a", has_text=second)).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".orders a:focus")).not_to_contain_text(second)
    page.keyboard.press("Home")
    expect(page.locator(".orders a", has_text=first)).to_be_focused()


def test_older_orders_load_while_scrolling_and_stay_in_place(open_page: Open, site: Site) -> None:
    with site.without_slow_work():
        site.place_orders(300)
    page = board(open_page("/"))
    row = page.locator(".orders tbody tr").last
    while int(row.get_attribute("aria-rowindex") or 0) < 300:
        page.mouse.wheel(0, 2_000)
        page.wait_for_timeout(50)
    page.evaluate("window.scrollTo({ top: 6_000, behavior: 'instant' })")  # A wheel's scrolling would go on.
    page.wait_for_function(IS_SHOWN)
    shown = page.locator(".orders tbody tr").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().top)")
    looked_at = page.locator(".orders .number").nth(len(shown) // 2).inner_text()
    before = page.locator(".orders a", has_text=looked_at).bounding_box()
    site.place_order("Above")

    expect(page.get_by_role("button", name="1 new order")).to_be_visible()
    assert page.locator(".orders a", has_text=looked_at).bounding_box() == before
    page.get_by_role("button", name="1 new order").click()
    expect(page.locator(".orders").get_by_text("Above")).to_be_visible()


@pytest.mark.parametrize(
    ("link", "tab"),
    [
        ("the live feed", "BoardEvents"),
        pytest.param("this page", "BoardPage", marks=pytest.mark.long),
        pytest.param("these numbers", "BoardStats", marks=pytest.mark.long),
    ],
)
def test_page_opens_its_operation_in_graphiql(open_page: Open, link: str, tab: str) -> None:
    page = board(open_page("/?status=NEW"))
    page.get_by_role("link", name=link).click()

    expect(page.get_by_role("tab", name=tab, selected=True)).to_be_visible()


@looks("desktop", "phone", "wide")
def test_page_fits_and_axe_finds_nothing(open_page: Open, pictures: Path, scheme: str, device: str, width: int) -> None:
    page = board(open_page("/?window=WEEK", scheme=scheme, width=width))
    if device == "phone":  # The list comes first; the statistics are one line.
        page.get_by_role("heading", name="Statistics").click()
    expect(page.locator(".numbers canvas").first).to_be_visible()
    page.screenshot(path=pictures / f"board-{device}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    tops = page.locator(".orders tbody tr").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().top)")
    assert len({below - above for above, below in pairwise(sorted(tops))}) == 1
    assert violations(page) == []
