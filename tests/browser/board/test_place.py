"""Placing orders in a real browser."""

import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open, audit, everywhere, live, looks
from tests.browser.network import lose_answer, on_operation, one_time, refuse, without_lost
from tests.browser.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def customer() -> str:
    """A name by which the test's orders are found."""
    return f"Customer {uuid.uuid4().hex[:12]}"


def form(page: Page) -> Locator:
    """The order form, open and ready."""
    dialog = page.get_by_role("dialog", name="Place an order")
    expect(dialog.get_by_label("Customer's name")).to_be_focused()
    return dialog


def filled(page: Page, customer: str) -> Locator:
    """The form with an order that the server accepts."""
    dialog = form(page)
    dialog.get_by_label("Customer's name").fill(customer)
    dialog.get_by_label("Article number").fill("TEA-1")
    dialog.get_by_label("Quantity").fill("2")
    dialog.get_by_label("Unit price").fill("12.50")
    return dialog


def submit(dialog: Locator) -> None:
    """Send the form."""
    dialog.get_by_role("button", name="Place the order").click()


def test_order_is_placed_as_entered(open_page: Open, site: Site, customer: str) -> None:
    page = live(open_page("/?new"))
    dialog = filled(page, customer)
    dialog.get_by_role("button", name="Add a line").click()
    expect(dialog.get_by_role("group", name="Line 2").get_by_label("Article number")).to_be_focused()
    page.keyboard.type("MUG")
    dialog.get_by_role("group", name="Line 2").get_by_label("Unit price").fill("0.05")
    expect(dialog.locator(".order-total")).to_contain_text("€25.05")
    page.keyboard.press("Enter")

    expect(page.get_by_text("was placed.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    [order] = site.orders_of(customer)
    assert order["total"] == {"amount": "25.05", "currency": "EUR"}
    assert order["lines"] == [{"sku": "TEA-1", "quantity": 2}, {"sku": "MUG", "quantity": 1}]
    expect(page.get_by_text(customer, exact=True)).to_be_visible()


def test_order_with_a_bare_total(open_page: Open, site: Site, customer: str) -> None:
    dialog = form(live(open_page("/?new")))
    dialog.get_by_label("Customer's name").fill(customer)
    dialog.get_by_label("Total only").check()
    dialog.get_by_label("Total", exact=True).fill("7.5")
    dialog.get_by_label("Currency").fill("usd")
    submit(dialog)

    expect(dialog).to_have_count(0)
    assert [order["total"] for order in site.orders_of(customer)] == [{"amount": "7.50", "currency": "USD"}]


def test_server_errors_are_shown_at_their_field(open_page: Open, site: Site, customer: str) -> None:
    page = live(open_page("/?new"))
    dialog = filled(page, customer)
    dialog.get_by_label("Customer's e-mail").fill("no-address")
    dialog.get_by_label("Quantity").fill("0")
    dialog.get_by_role("button", name="Add a line").click()
    submit(dialog)

    second = dialog.get_by_role("group", name="Line 2")
    wrong = {
        "Must be an e-mail address.": dialog.get_by_label("Customer's e-mail"),
        "Must be at least 1.": dialog.get_by_role("group", name="Line 1").get_by_label("Quantity"),
        "Must not be empty.": second.get_by_label("Article number"),
        "Must be a plain decimal number, such as 12.50.": second.get_by_label("Unit price"),
    }
    for message, field in wrong.items():
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(message)
    expect(dialog.locator("[aria-invalid=true]")).to_have_count(len(wrong))
    expect(dialog.get_by_label("Customer's e-mail")).to_be_focused()
    expect(dialog.get_by_role("alert")).to_have_text("The order was not placed: 4 fields have errors.")
    assert site.orders_of(customer) == []


def test_corrected_order_is_placed(open_page: Open, site: Site, customer: str) -> None:
    page = live(open_page("/?new"))
    dialog = filled(page, customer)
    dialog.get_by_label("Quantity").fill("0")
    submit(dialog)
    expect(dialog.get_by_label("Quantity")).to_be_focused()
    dialog.get_by_label("Quantity").fill("3")
    expect(dialog.locator("[aria-invalid=true]")).to_have_count(0)
    submit(dialog)

    expect(dialog).to_have_count(0)
    assert [order["lines"] for order in site.orders_of(customer)] == [[{"sku": "TEA-1", "quantity": 3}]]


@everywhere
def test_two_clicks_at_once_make_one_order(open_page: Open, site: Site, customer: str) -> None:
    page = live(open_page("/?new"))
    dialog = filled(page, customer)
    dialog.get_by_role("button", name="Place the order").evaluate("button => { button.click(); button.click() }")

    expect(dialog).to_have_count(0)
    assert len(site.orders_of(customer)) == 1


@everywhere
def test_lost_answer_sent_again_makes_one_order(
    open_page: Open, site: Site, customer: str, problems: list[str]
) -> None:
    page = live(open_page("/?new"))
    on_operation(page, "PlaceOrder", one_time(lose_answer))
    dialog = filled(page, customer)
    submit(dialog)
    expect(dialog.get_by_role("alert")).to_contain_text("so the result is unknown")
    assert len(site.orders_of(customer)) == 1
    dialog.get_by_role("button", name="Send it again").click()

    expect(page.get_by_text("was placed.")).to_be_visible()
    assert len(site.orders_of(customer)) == 1
    problems[:] = without_lost(problems)


def test_lost_answer_is_not_forgotten_over_a_reload(
    open_page: Open, site: Site, customer: str, problems: list[str]
) -> None:
    page = live(open_page("/?new"))
    on_operation(page, "PlaceOrder", one_time(lose_answer))
    dialog = filled(page, customer)
    submit(dialog)
    expect(dialog.get_by_role("alert")).to_be_visible()
    page.reload()
    expect(dialog.get_by_text("The order was sent, but the server did not answer.")).to_be_visible()
    expect(dialog.get_by_label("Customer's name")).to_have_value(customer)
    dialog.get_by_role("button", name="Send it again").click()

    expect(page.get_by_text("was placed.")).to_be_visible()
    assert len(site.orders_of(customer)) == 1
    problems[:] = without_lost(problems)


def test_changed_order_after_a_lost_answer_is_reported_as_another(
    open_page: Open, site: Site, customer: str, problems: list[str]
) -> None:
    page = live(open_page("/?new"))
    on_operation(page, "PlaceOrder", one_time(lose_answer))
    dialog = filled(page, customer)
    submit(dialog)
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Quantity").fill("5")
    dialog.get_by_role("button", name="Send it again").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The order that you sent first was placed")
    assert len(site.orders_of(customer)) == 1
    submit(dialog)

    expect(dialog).to_have_count(0)
    assert [order["lines"][0]["quantity"] for order in site.orders_of(customer)] == [5, 2]
    problems[:] = without_lost(problems)


REFUSALS: list[tuple[str, dict[str, object], str]] = [
    ("THROTTLED", {"retryAfterSeconds": 7}, "Too many requests. Try again in 7 seconds."),
    ("UNAUTHENTICATED", {}, "You are no longer signed in."),
    ("FORBIDDEN", {}, "not place or change them"),
    ("INTERNAL", {"requestId": "r-17"}, "An error occurred in the server (request r-17)."),
]


def test_refusal_of_the_whole_operation_is_explained(open_page: Open, site: Site, customer: str) -> None:
    page = live(open_page("/?new"))
    handles = [refuse(code, **extensions) for code, extensions, _ in REFUSALS]
    on_operation(page, "PlaceOrder", lambda route: handles.pop(0)(route) if handles else route.continue_())
    dialog = filled(page, customer)
    submit(dialog)
    for _, _, words in REFUSALS:
        expect(dialog.get_by_role("alert")).to_contain_text(words)
        expect(dialog.get_by_role("alert")).to_be_focused()
        assert site.orders_of(customer) == []
        dialog.get_by_role("button", name="Send it again").click()

    expect(dialog).to_have_count(0)
    assert len(site.orders_of(customer)) == 1


def test_order_is_on_the_board_at_once_and_taken_back_when_it_is_refused(
    open_page: Open, site: Site, customer: str
) -> None:
    page = live(open_page("/?new"))
    waiting: list[Route] = []
    on_operation(page, "PlaceOrder", waiting.append)
    dialog = filled(page, customer)
    submit(dialog)
    expect(page.get_by_text(customer, exact=True)).to_have_count(1)
    expect(dialog.get_by_role("button", name="Placing …")).to_have_attribute("aria-disabled", "true")
    refuse("FORBIDDEN")(waiting[0])

    expect(dialog.get_by_role("alert")).to_contain_text("not place or change them")
    expect(page.get_by_text(customer, exact=True)).to_have_count(0)
    assert site.orders_of(customer) == []


def test_order_placed_in_one_browser_shows_in_another(open_page: Open, customer: str) -> None:
    placing, watching = live(open_page("/?new")), live(open_page("/"))
    submit(filled(placing, customer))

    for page in (placing, watching):
        expect(page.get_by_text(customer, exact=True)).to_have_count(1)


@looks("desktop", "phone")
def test_form_fits_and_axe_finds_nothing(open_page: Open, pictures: Path, scheme: str, device: str, width: int) -> None:
    page = live(open_page("/?new", scheme=scheme, width=width))
    dialog = form(page)
    dialog.get_by_role("button", name="Fill in sample data").click()
    assert audit(page) == []
    page.screenshot(path=pictures / f"place-{device}-{scheme}.png")
    dialog.get_by_label("Customer's e-mail").fill("no-address")
    dialog.get_by_label("Currency").fill("euro")
    submit(dialog)
    expect(dialog.get_by_label("Customer's e-mail")).to_be_focused()
    assert audit(page) == []
    page.screenshot(path=pictures / f"place-refused-{device}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width  # Less where a dialog stops the scrolling.
    assert dialog.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")
