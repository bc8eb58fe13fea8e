"""What a shop's staff does with the board's table, in a real browser."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Problems, live
from tests.browser.site import Proxy, Site

pytestmark = pytest.mark.browser


def test_orders_are_sorted_chosen_and_changed_together(open_page: Open, site: Site) -> None:
    for number, total in enumerate(("10.00", "30.00", "20.00")):
        site.place_order(f"Together {number}", total)
    page = live(open_page("/?status=FOO&text=together"))
    rows = page.locator(".orders tbody tr")
    expect(page.get_by_role("alert").get_by_text("This page does not know")).to_be_visible()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name=re.compile("^Total")).click()
    expect(page).to_have_url(re.compile("sort=-total"))
    expect(rows.first).to_contain_text("30.00")
    by_place = sorted(rows.all(), key=lambda row: int(row.get_attribute("aria-rowindex") or 0))
    amounts = [float(row.locator(".amount").inner_text().removeprefix("€")) for row in by_place]
    assert all(above > below for above, below in pairwise(amounts))

    expect(page.get_by_text("3 orders", exact=True).first).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("Select all")).check()
    bar = page.get_by_role("region", name="3 orders selected")
    bar.get_by_role("button", name=re.compile("^Mark as paid")).click()
    expect(page.get_by_text("3 orders are paid now.")).to_be_visible()
    expect(rows.locator(".badge").filter(has_text="Paid")).to_have_count(3)
    expect(bar).to_have_count(0)


def test_order_is_edited_and_refunded(open_page: Open, site: Site) -> None:
    number = site.place_order("Editable", "40.00")
    site.pay_order(number)
    page = live(open_page(f"/?order={number}"))
    drawer = page.get_by_role("dialog", name=f"Order {number}")
    drawer.get_by_role("button", name="Edit").click()
    edit = page.get_by_role("dialog", name=f"Edit order {number}")
    edit.get_by_label("Tags").fill("gift, urgent")
    edit.get_by_label("Notes").fill("Call before delivery")
    edit.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Order {number} was changed.")).to_be_visible()
    expect(drawer.get_by_text("Call before delivery").first).to_be_visible()

    drawer.get_by_role("button", name="Refund").click()
    refund = page.get_by_role("dialog", name=f"Refund order {number}")
    refund.get_by_label(re.compile("Amount")).fill("50.00")
    refund.get_by_role("button", name="Refund").click()
    expect(refund.get_by_role("alert").or_(refund.locator(".error")).first).to_be_visible()
    refund.get_by_label(re.compile("Amount")).fill("15.50")
    refund.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("€15.50 refunded.")).to_be_visible()
    expect(drawer.get_by_text("€15.50").first).to_be_visible()


def test_page_says_that_it_is_offline_and_its_dialogs_still_open(
    open_page: Open, proxy: Proxy, problems: Problems
) -> None:
    problems.network_is_cut = True
    page = live(open_page("/", url=proxy.url))
    expect(page.locator(".orders tbody tr").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    proxy.kill()
    expect(page.get_by_text("Connection lost, reconnecting")).to_be_visible()
    page.get_by_role("button", name="Place an order").click()

    expect(page.get_by_role("dialog", name="Place an order")).to_be_visible()
