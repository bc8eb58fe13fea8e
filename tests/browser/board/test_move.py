"""Changing an order's status in a real browser: the buttons of an order's drawer."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open, audit, everywhere, live, looks
from tests.browser.network import lose_answer, on_operation, one_time, refuse, without_lost
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def drawer(page: Page, number: str) -> Locator:
    """The group of buttons in the order's drawer."""
    return page.get_by_role("group", name=f"Actions for order {number}")


def opened(open_page: Open, site: Site, **how: Any) -> tuple[Page, Locator, str]:
    """A new order's drawer: the page, its buttons, the order's number."""
    number = site.place_order("Ada")
    page = live(open_page(f"/?order={number}", **how))
    return page, drawer(page, number), number


def state_of(site: Site, number: str) -> tuple[str, int]:
    """The order's status and version on the server."""
    [order] = site.orders_of(number)
    return order["status"], order["version"]


def moved_by_another_client(site: Site, number: str, mutation: str) -> None:
    """Change the order's status without the browser."""
    kind = mutation[0].upper() + mutation[1:] + "Input"
    [order] = site.orders_of(number)
    query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ message }} }} }}"
    assert site.ask(query, input={"id": order["id"]})[mutation]["userErrors"] == []


@everywhere
def test_order_goes_through_its_life_by_keyboard(open_page: Open, site: Site) -> None:
    page, buttons, number = opened(open_page, site)
    buttons.get_by_role("button", name="Mark as paid").focus()
    page.keyboard.press("Enter")
    expect(buttons.get_by_role("button", name="Ship")).to_be_visible()
    expect(buttons).to_be_focused()  # the button with the focus is gone
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tracking code")).to_be_focused()
    page.keyboard.type("T-17")
    page.keyboard.press("Enter")
    expect(buttons.get_by_role("button", name="Mark as delivered")).to_be_visible()
    buttons.get_by_role("button", name="Mark as delivered").press("Enter")

    expect(buttons.get_by_text("Delivered: no further action is possible.")).to_be_visible()
    assert state_of(site, number) == ("DELIVERED", 4)


def test_order_is_cancelled_after_a_question_and_with_a_reason(open_page: Open, site: Site) -> None:
    page, buttons, number = opened(open_page, site)
    buttons.get_by_role("button", name="Cancel order").click()
    question = page.get_by_role("dialog", name=f"Cancel order {number}?")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(buttons.get_by_role("button", name="Cancel order")).to_be_focused()
    assert state_of(site, number) == ("NEW", 1)

    buttons.get_by_role("button", name="Cancel order").click()
    question.get_by_label("Reason").fill("Sold out")
    question.get_by_role("button", name="Cancel the order").click()
    expect(buttons.get_by_text("Cancelled: no further action is possible.")).to_be_visible()
    assert state_of(site, number) == ("CANCELLED", 2)


def test_two_clicks_at_once_are_one_move(open_page: Open, site: Site) -> None:
    _, buttons, number = opened(open_page, site)
    buttons.get_by_role("button", name="Mark as paid").evaluate("button => { button.click(); button.click() }")

    expect(buttons.get_by_role("button", name="Ship")).to_be_visible()
    assert state_of(site, number) == ("PAID", 2)


def test_after_another_change_the_move_may_be_done_anyway(open_page: Open, site: Site) -> None:
    page, buttons, number = opened(open_page, site)

    def faster(route: Route) -> None:
        moved_by_another_client(site, number, "payOrder")
        route.continue_()

    on_operation(page, "CancelOrder", one_time(faster))
    buttons.get_by_role("button", name="Cancel order").click()
    page.get_by_role("button", name="Cancel the order").click()
    choice = page.get_by_role("dialog", name=f"Order {number} has changed")
    expect(choice).to_contain_text("You saw version 1. The order was changed since then and is now at version 2.")
    expect(choice.locator("dd").first).to_have_text("Paid")
    expect(choice.get_by_role("button", name="Discard my change")).to_be_focused()
    assert state_of(site, number) == ("PAID", 2)
    choice.get_by_role("button", name="Cancel order anyway").click()

    expect(buttons.get_by_text("Cancelled: no further action is possible.")).to_be_visible()
    assert state_of(site, number) == ("CANCELLED", 3)


def test_after_another_change_the_move_may_be_dropped(open_page: Open, site: Site) -> None:
    page, buttons, number = opened(open_page, site)

    def faster(route: Route) -> None:
        moved_by_another_client(site, number, "cancelOrder")
        route.continue_()

    on_operation(page, "PayOrder", one_time(faster))
    buttons.get_by_role("button", name="Mark as paid").click()
    choice = page.get_by_role("dialog", name=f"Order {number} has changed")
    expect(choice).to_contain_text("The order can no longer change from “Cancelled” to “Paid”.")
    expect(choice.get_by_role("button")).to_have_count(2)  # once to close it, once to leave it
    choice.get_by_role("button", name="Discard my change").click()

    expect(choice).to_have_count(0)
    expect(buttons.get_by_text("Cancelled: no further action is possible.")).to_be_visible()
    assert state_of(site, number) == ("CANCELLED", 2)


def test_request_repeated_after_a_lost_answer_is_one_move(open_page: Open, site: Site, problems: list[str]) -> None:
    page, buttons, number = opened(open_page, site)
    on_operation(page, "PayOrder", one_time(lose_answer))
    buttons.get_by_role("button", name="Mark as paid").click()
    expect(buttons.get_by_role("alert")).to_contain_text("so the result is unknown")
    buttons.get_by_role("button", name="Try again").click()

    expect(buttons.get_by_role("alert")).to_have_count(0)
    expect(buttons.get_by_role("button", name="Ship")).to_be_visible()
    assert state_of(site, number) == ("PAID", 2)
    problems[:] = without_lost(problems)


def test_move_shows_at_once_and_is_taken_back_when_it_is_refused(open_page: Open, site: Site) -> None:
    page, buttons, number = opened(open_page, site)
    waiting: list[Route] = []
    on_operation(page, "PayOrder", waiting.append)
    buttons.get_by_role("button", name="Mark as paid").click()
    expect(buttons.get_by_role("button", name="Marking as paid …")).to_have_attribute("aria-disabled", "true")
    refuse("FORBIDDEN")(waiting[0])

    expect(buttons.get_by_role("alert")).to_contain_text("not place or change them")
    expect(buttons.get_by_role("button", name="Mark as paid")).to_be_visible()
    assert state_of(site, number) == ("NEW", 1)


@looks("desktop", "phone")
def test_questions_fit_and_axe_finds_nothing(
    open_page: Open, site: Site, pictures: Path, scheme: str, device: str, width: int
) -> None:
    page, buttons, number = opened(open_page, site, scheme=scheme, width=width)
    buttons.get_by_role("button", name="Cancel order").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    assert audit(page) == []
    page.screenshot(path=pictures / f"cancel-{device}-{scheme}.png")
    moved_by_another_client(site, number, "payOrder")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("button", name="Discard my change")).to_be_focused()
    assert audit(page) == []
    page.screenshot(path=pictures / f"stale-{device}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width  # Less where a dialog stops the scrolling.
