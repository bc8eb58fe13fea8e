"""The signal lab in a real browser: things are broken on purpose, orders go on, and nothing is lost or doubled."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from events.switches import REFRESH_SECONDS
from tests.browser.axe import violations
from tests.browser.conftest import Open, everywhere, live, looks
from tests.browser.site import Site
from tests.servers.processes import wait_until

pytestmark = pytest.mark.browser

LONG = 40_000
"""Milliseconds for steps with retries, on a busy machine."""
LIFE = """query ($number: String!) { order(by: {number: $number}) { processingStatus
  auditRecords { nodes { action } } deliveries { nodes { receiver status attempts } } } }"""


@pytest.fixture(autouse=True)
def repaired_afterwards(site: Site) -> Iterator[None]:
    """Every test leaves all receivers on, working and done."""
    yield
    repair = "mutation ($r: String!) { repairReceiver(input: {receiver: $r}) { lab { plugs { plug } } } }"
    for receiver in ("audit", "notifications", "processing", "subscriptions"):
        if site.has_lab:
            site.ask(repair, r=receiver)
        site.switch(receiver, on=True)


def life(site: Site, number: str) -> dict[str, Any]:
    order: dict[str, Any] = site.ask(LIFE, number=number)["order"]
    return order


def records(site: Site, number: str) -> int:
    return len(life(site, number)["auditRecords"]["nodes"])


def statuses(site: Site, number: str) -> dict[str, str]:
    return {one["receiver"]: one["status"] for one in life(site, number)["deliveries"]["nodes"]}


def lab(open_page: Open, **options: object) -> Page:
    """The lab's page, once it shows the receivers and counts."""
    page = live(open_page("/lab/", **options))
    expect(card(page, "audit")).to_be_visible()
    expect(score(page, "lost")).to_have_text("0")
    return page


def card(page: Page, receiver: str) -> Locator:
    return page.locator(f"[data-receiver={receiver}]")


def number_of(page: Page, receiver: str, name: str) -> Locator:
    """One of the numbers of a receiver's card."""
    return card(page, receiver).locator("dl > div", has=page.get_by_text(name, exact=True)).locator("dd")


def score(page: Page, name: str) -> Locator:
    """One of the large numbers."""
    return page.get_by_test_id("score").locator("div", has=page.get_by_text(name, exact=True)).locator("dd")


def all_done(page: Page) -> None:
    """All effects since the page was opened have happened once, and no receiver has anything to do."""
    for receiver in ("audit", "notifications", "processing"):
        expect(number_of(page, receiver, "waiting")).to_have_text("0", timeout=LONG)
        expect(number_of(page, receiver, "retrying")).to_have_text("0", timeout=LONG)
    expect(score(page, "waiting")).to_have_text("0", timeout=LONG)
    expect(score(page, "lost")).to_have_text("0")
    expect(score(page, "doubled")).to_have_text("0")
    expect(score(page, "dead letters")).to_have_text("0")


def soon(what: Callable[[], bool], name: str) -> None:
    wait_until(what, timeout_seconds=LONG / 1000, what=name)


@everywhere
def test_while_a_receiver_is_off_orders_go_on_and_then_it_catches_up(open_page: Open, site: Site) -> None:
    page, watching = lab(open_page), live(open_page("/"))
    expect(card(page, "audit").get_by_role("button", name="Break it")).to_have_count(int(site.has_lab))
    page.get_by_role("switch", name="Audit record").click()
    expect(page.get_by_role("switch", name="Audit record")).to_have_attribute("aria-checked", "false")
    time.sleep(REFRESH_SECONDS)  # Only then does every process read the switches again.
    numbers = [site.place_order(f"Customer {n}") for n in range(3)]

    for number in numbers:
        expect(watching.get_by_text(number, exact=True)).to_be_visible()
    soon(lambda: all(statuses(site, one)["processing"] == "SUCCEEDED" for one in numbers), "the other receivers")
    assert [records(site, number) for number in numbers] == [0, 0, 0]
    expect(number_of(page, "audit", "waiting")).to_have_text("3")
    expect(score(page, "lost")).to_have_text("0")

    page.get_by_role("switch", name="Audit record").click()
    expect(number_of(page, "audit", "waiting")).to_have_text("0", timeout=LONG)
    soon(lambda: [records(site, number) for number in numbers] == [1, 1, 1], "the audit records")
    all_done(page)


def test_broken_receiver_retries_dies_and_is_repaired_and_retried(open_page: Open, site: Site, pictures: Path) -> None:
    page = lab(open_page)
    mail = card(page, "notifications")
    mail.get_by_role("button", name="Break it").click()
    expect(mail.get_by_role("button", name="Repair it")).to_be_visible()
    number = place_with_mail(site)

    expect(number_of(page, "notifications", "retrying")).to_have_text("1", timeout=LONG)
    expect(number_of(page, "notifications", "dead")).to_have_text("1", timeout=LONG)
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    ended = {"audit": "SUCCEEDED", "notifications": "DEAD", "processing": "SUCCEEDED"}
    assert ended.items() <= statuses(site, number).items()  # Another test's webhook may have a delivery, too.
    expect(score(page, "dead letters")).to_have_text("1")
    expect(score(page, "lost")).to_have_text("0")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / "lab-dead-letter.png", full_page=True)

    page.get_by_role("button", name=number, exact=True).click()
    drawer = page.get_by_role("dialog", name=f"Order {number}")
    expect(drawer.locator("[data-receiver=notifications]")).to_contain_text("attempt 4 of 4")
    page.screenshot(path=pictures / "drawer-dead-letter.png")
    page.keyboard.press("Escape")

    place_many_with_mail(site, 21)
    expect(page.get_by_text("These are the newest 20 of 22 dead letters.")).to_be_visible(timeout=LONG)
    mail.get_by_role("button", name="Repair it").click()
    expect(mail.get_by_role("button", name="Break it")).to_be_visible()
    mail.get_by_role("button", name="Retry 22 dead letters").click()
    expect(page.get_by_text("22 dead letters are being retried.")).to_be_visible(timeout=LONG)
    expect(number_of(page, "notifications", "dead")).to_have_text("0", timeout=LONG)
    soon(lambda: statuses(site, number)["notifications"] == "SUCCEEDED", "the mail")
    all_done(page)


def place_with_mail(site: Site) -> str:
    """Place an order whose customer gets mail; return its number."""
    order = {"customerName": "Ada", "customerEmail": "ada@example.com", "total": "12.00"}
    made = site.ask("mutation ($o: CreateOrderInput!) { createOrder(input: $o) { order { number } } }", o=order)
    number: str = made["createOrder"]["order"]["number"]
    return number


def place_many_with_mail(site: Site, count: int) -> None:
    """Place so many orders, whose customers get mail, at the same time."""
    order = {"customerName": "Ada", "customerEmail": "ada@example.com", "total": "12.00"}
    mutation = "mutation ($o: CreateOrdersInput!) { createOrders(input: $o) { userErrors { message } } }"
    assert site.ask(mutation, o={"orders": [order] * count})["createOrders"]["userErrors"] == []


def test_pulled_plugs_lose_and_double_nothing(open_page: Open, site: Site) -> None:
    page, watching = lab(open_page), live(open_page("/"))
    page.get_by_role("button", name="Drop them for 10 s").click()
    page.get_by_role("button", name="Stop it for 10 s").click()
    expect(page.locator("[data-plug=WORKER]")).to_have_attribute("data-out", "true")
    numbers = [site.place_order(f"Customer {n}") for n in range(4)]

    for number in numbers:  # Read from the log, within about two seconds.
        expect(watching.get_by_text(number, exact=True)).to_have_count(1)
    expect(page.locator("[data-plug=CHANNEL_LAYER]")).to_contain_text(re.compile("[1-9][0-9]* messages? dropped"))
    assert {statuses(site, number)["audit"] for number in numbers} == {"SUCCEEDED"}
    assert "SUCCEEDED" not in {statuses(site, number)["processing"] for number in numbers}

    expect(page.locator("[data-plug=WORKER]")).to_have_attribute("data-out", "false", timeout=LONG)
    soon(lambda: {statuses(site, one)["processing"] for one in numbers} == {"SUCCEEDED"}, "the worker to catch up")
    all_done(page)
    for number in numbers:
        expect(watching.get_by_text(number, exact=True)).to_have_count(1)
    page.locator("summary", has_text="Effects by kind").click()
    cells = page.get_by_role("row", name="Received by this page").get_by_role("cell").all_inner_texts()
    places = page.get_by_role("row", name="Sequence number").get_by_role("cell").all_inner_texts()
    assert cells == places
    assert int(cells[0]) >= 4 * 6


def test_replay_repeats_all_and_doubles_nothing(open_page: Open, site: Site) -> None:
    page = lab(open_page)
    number = place_with_mail(site)
    soon(lambda: set(statuses(site, number).values()) == {"SUCCEEDED"}, "the receivers")
    for receiver in ("audit", "notifications", "processing"):
        card(page, receiver).get_by_role("button", name="Replay since the start").click()
    expect(page.get_by_text("1 event is being handled again.")).to_have_count(3)

    all_done(page)
    assert records(site, number) == 1


def test_orders_are_placed_at_the_chosen_rate(open_page: Open) -> None:
    page = lab(open_page)
    page.get_by_role("radio", name="5 per second").check()
    expect(page.get_by_text(re.compile(r"^([5-9]|[1-9]\d+) orders placed from here$"))).to_be_visible()
    page.get_by_role("radio", name="None").check()
    expect(number_of(page, "subscriptions", "received by this page")).not_to_have_text("0")
    all_done(page)


def test_course_is_predicted_done_observed_and_explained(open_page: Open, pictures: Path) -> None:
    page = lab(open_page)
    course = page.get_by_role("region", name="The course")
    expect(course.get_by_role("button", name="Switch the audit record off")).to_have_attribute("aria-disabled", "true")
    course.get_by_label("They are refused.").check()
    for act, seen in (("Switch the audit record off", 0), ("Place 3 orders", 2), ("Switch it on again", 3)):
        course.get_by_role("button", name=act).click()
        expect(course.get_by_text("observed", exact=True)).to_have_count(seen, timeout=LONG)

    expect(course.get_by_text("You predicted: “They are refused.”")).to_be_visible()
    course.get_by_role("button", name="ledger").or_(course.get_by_role("button", name="delivery")).first.focus()
    expect(course.get_by_role("tooltip")).to_have_text(re.compile("The row that records one receiver's handling"))
    page.screenshot(path=pictures / "lab-course.png")
    assert violations(page, within=".course") == []
    page.keyboard.press("Escape")
    expect(course.get_by_role("tooltip")).to_have_count(0)
    course.get_by_text("The same fault with plain signals").click()
    course.get_by_role("button", name="Run it").click()
    expect(course.get_by_text("refused 1").first).to_be_visible(timeout=LONG)
    places = (
        course.locator(".fault")
        .first.locator(".timeline")
        .evaluate_all("lists => lists.map(one => one.getBoundingClientRect()).map(({ x, y }) => [x, y])")
    )
    assert len({y for _, y in places}) == 1, places
    assert len({x for x, _ in places}) == len(places) > 1, places
    for _ in range(5):
        course.get_by_role("button", name="Next step").click()
    course.get_by_role("link", name="Begin with chapter 1").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("1. What signals are, and what they are not")


def test_receiver_shows_the_code_that_runs(open_page: Open, site: Site) -> None:
    page = lab(open_page)
    card(page, "audit").get_by_text("Source code").click()
    source = Path(__file__).parents[2] / "orders" / "receivers" / "audit.py"

    shown = card(page, "audit").locator("pre").inner_text()
    assert shown in source.read_text()
    assert shown.startswith("@receiver(")


@looks("desktop", "phone", "wide")
def test_page_fits_and_axe_finds_nothing(
    open_page: Open, pictures: Path, site: Site, scheme: str, device: str, width: int
) -> None:
    page = lab(open_page, scheme=scheme, width=width)
    for n in range(3):
        site.place_order(f"Customer {n}")
    page.locator("summary", has_text="Effects by kind").click()
    expect(page.get_by_role("row", name="Audit record").get_by_role("cell").nth(1)).to_have_text("3", timeout=LONG)
    card(page, "audit").get_by_text("Source code").click()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / f"lab-{device}-{scheme}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []


def test_message_of_an_action_leads_to_its_receiver(open_page: Open, site: Site) -> None:
    page = live(open_page("/lab/", height=500))
    card = page.locator("[data-receiver=webhooks]")
    card.get_by_role("switch").click()
    page.evaluate("window.scrollTo(0, 0)")
    page.locator(".toast", has_text="switched off").get_by_role("link", name="Show").click()

    expect(page).to_have_url(f"{site.url}/lab/#receiver-webhooks")
    expect(card).to_be_in_viewport()
    site.switch("webhooks", on=True)
