"""One order's drawer in a real browser: its life, live."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, everywhere, live, looks
from tests.browser.site import Site

pytestmark = pytest.mark.browser

ORDER = {
    "customerName": "Ada Lovelace",
    "customerEmail": "ada@example.com",
    "lines": [
        {"sku": "MUG-BLUE", "name": "Stoneware mug, blue", "quantity": 2, "unitPrice": "14.50"},
        {"sku": "POT-06", "name": "Cast iron teapot, 0.6 l", "quantity": 1, "unitPrice": "48.00"},
    ],
    "metadata": {"channel": "phone"},
}


def place(site: Site) -> dict[str, Any]:
    """Place an order without the browser; return its id and number."""
    mutation = "mutation ($o: CreateOrderInput!) { createOrder(input: $o) { order { id number } } }"
    order: dict[str, Any] = site.ask(mutation, o=ORDER)["createOrder"]["order"]
    return order


def drawer(page: Page, number: str) -> Locator:
    return page.get_by_role("dialog", name=f"Order {number}")


def opened(open_page: Open, order: dict[str, Any], **options: object) -> tuple[Page, Locator]:
    """The order's drawer, once all effects of the order are done."""
    page = live(open_page(f"/?order={order['number']}", **options))
    shown = drawer(page, order["number"])
    expect(shown.get_by_text("Processed", exact=True)).to_be_visible(timeout=30_000)
    expect(shown.get_by_text("Chain intact")).to_be_visible()
    return page, shown


@everywhere
def test_drawer_shows_the_effects_of_the_order(open_page: Open, site: Site) -> None:
    _, shown = opened(open_page, place(site))

    because = shown.get_by_role("figure", name="After the order was placed")
    for receiver in ("audit", "notifications", "processing"):
        row = because.locator(f"[data-receiver={receiver}]")
        expect(row.locator(".row-time")).to_have_text(re.compile(r"\d+ ms|[\d.]+ s"), timeout=30_000)
        assert row.locator("[data-kind=work]").count() == 1
    assert because.locator("[data-kind=step]").all_inner_texts() != []
    for step in ("Risk check", "Invoice issued", "Confirmed"):
        expect(because.get_by_text(step)).to_be_visible()
    expect(shown.get_by_text("€77.00")).to_have_count(2)
    expect(shown.get_by_text("Cast iron teapot, 0.6 l")).to_be_visible()
    expect(shown.get_by_text('"channel": "phone"')).to_be_visible()


def test_open_drawer_goes_on_with_the_order(open_page: Open, site: Site) -> None:
    order = place(site)
    _, shown = opened(open_page, order)
    site.ask("mutation ($id: ID!) { payOrder(input: {id: $id}) { order { id } } }", id=order["id"])

    paid = shown.get_by_role("figure", name="After the order was paid")
    expect(paid.locator("[data-receiver=notifications] .row-time")).to_have_text(re.compile("ms|s"), timeout=30_000)
    expect(paid.get_by_text("On this screen")).to_be_visible()
    expect(shown.get_by_text("Status New → Paid")).to_be_visible()
    expect(shown.get_by_text("ORDER_PAID")).to_be_visible()
    expect(shown.get_by_text("Chain intact: 2 records checked")).to_be_visible()


def test_order_that_arrives_while_the_page_is_open_shows_when_it_reached_the_screen(
    open_page: Open, site: Site
) -> None:
    page = live(open_page("/"))
    # Connected does not mean following yet: an order placed before the board was read is in it, and sends no event.
    expect(page.locator(".orders tbody tr").first).to_be_visible()
    order = place(site)
    expect(page.get_by_text(order["number"]).first).to_be_visible()
    page.evaluate("(number) => history.pushState(null, '', `/?order=${number}`)", order["number"])

    because = drawer(page, order["number"]).get_by_role("figure", name="After the order was placed")
    expect(because.locator("[data-kind=screen] .row-time")).to_have_text(re.compile(r"\d+ ms|[\d.]+ s"))


def test_mail_and_invoice_are_read_from_the_drawer(open_page: Open, site: Site, problems: list[str]) -> None:
    page, shown = opened(open_page, place(site))
    with page.context.expect_page() as letter:
        shown.get_by_role("link", name="Show the mail").click()
    mail = letter.value
    expect(mail.get_by_text("ada@example.com")).to_be_visible()
    expect(mail.frame_locator("iframe").get_by_text("Cast iron teapot, 0.6 l")).to_be_visible()
    assert violations(mail, within="main > :not(iframe)") == []

    path = shown.get_by_role("link", name=re.compile(r"\.pdf$")).get_attribute("href")
    answer = httpx.get(f"{site.url}{path}")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_chain_is_checked_as_a_whole(open_page: Open, site: Site) -> None:
    _, shown = opened(open_page, place(site))
    expect(shown.get_by_text("Chain intact: 1 record checked")).to_be_visible()
    shown.get_by_role("button", name="Check the whole chain").click()

    expect(shown.get_by_text(re.compile(r"Chain intact: \d[\d,]+ records checked"))).to_be_visible()


def test_unknown_number_is_not_found(open_page: Open) -> None:
    page = live(open_page("/?order=AAAAA-BBBBB"))

    expect(drawer(page, "AAAAA-BBBBB").get_by_text("There is no such order")).to_be_visible()


@looks("desktop", "phone")
def test_drawer_fits_and_axe_finds_nothing(
    open_page: Open, site: Site, pictures: Path, scheme: str, device: str, width: int
) -> None:
    page, shown = opened(open_page, place(site), scheme=scheme, width=width)
    page.screenshot(path=pictures / f"drawer-{device}-{scheme}.png")
    height = int(shown.locator(".dialog-body").evaluate("body => body.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height + 20})
    page.screenshot(path=pictures / f"drawer-whole-{device}-{scheme}.png")

    assert shown.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert violations(page, within="dialog") == []


def test_order_is_printed_whole_and_without_buttons(open_page: Open, site: Site) -> None:
    number = site.place_order("Printed alone")
    page = live(open_page(f"/?order={number}", height=500))
    drawer = page.get_by_role("dialog", name=f"Order {number}")
    expect(drawer.get_by_role("heading", name="Audit trail")).to_be_visible()
    expect(drawer.get_by_role("button", name="Check the whole chain")).to_be_visible()

    page.emulate_media(media="print")
    expect(drawer.get_by_role("button")).to_have_count(0)
    height, needed = drawer.evaluate("one => [one.offsetHeight, one.scrollHeight]")
    assert height >= needed > 500
    assert drawer.evaluate("one => getComputedStyle(one, '::backdrop').display") == "none"
