"""The page of the REST API as a newcomer uses it: "Try it out" works with what it has filled in."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, where_people_sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def docs(open_page: Open) -> Page:
    """The page, once it has its operations."""
    page = open_page("/api/docs/")
    expect(page.locator(".opblock").first).to_be_visible()
    return page


def opened(page: Page, method: str, path: str) -> Locator:
    """An operation with its form, which stays as it was when the operation is closed."""
    block = page.locator(f".opblock-{method}", has=page.locator(f'[data-path="{path}"]'))
    block.locator(".opblock-summary-control").click()
    button = block.locator(".try-out__btn")
    if button.inner_text().strip() == "Try it out":
        button.click()
    return block


def tried(page: Page, method: str, path: str, **fields: str) -> Any:
    """The answer to an operation with these parameters, and everything else as the page has filled it in."""
    block = opened(page, method, path)
    for name, value in fields.items():
        block.locator(f'tr[data-param-name="{name}"] input').fill(value)
    with page.expect_response(lambda answer: "/api/" in answer.url and answer.request.resource_type == "fetch") as sent:
        block.get_by_role("button", name="Execute").click()
    assert sent.value.ok, (sent.value.status, sent.value.url, sent.value.request.post_data, sent.value.text())
    block.locator(".opblock-summary-control").click()
    return sent.value


def test_every_operation_can_be_tried_as_it_is_filled_in(docs: Page) -> None:
    orders = [tried(docs, "post", "/api/orders/").json()["id"] for _ in range(2)]
    for move, order in (("pay", 0), ("ship", 0), ("deliver", 0), ("cancel", 1)):
        assert tried(docs, "post", f"/api/orders/{{id}}/{move}/", id=orders[order]).json()["id"] == orders[order]
    assert tried(docs, "get", "/api/orders/{id}/", id=orders[1]).json()["status"] == "CANCELLED"
    assert tried(docs, "get", "/api/orders/").json()["results"][0]["id"] == orders[1]
    assert tried(docs, "get", "/api/events/").json()["events"] != []
    assert tried(docs, "get", "/api/orders.csv").text().startswith("id,number,")


@where_people_sign_in
def test_a_person_who_has_signed_in_can_try_it(docs: Page) -> None:
    order = tried(docs, "post", "/api/orders/").json()["id"]

    assert tried(docs, "get", "/api/orders/").json()["results"][0]["id"] == order


def test_the_page_about_events_is_readable(open_page: Open) -> None:
    page = open_page("/api/events/docs/")

    page.get_by_role("link", name="order.shipped").click()

    section = page.locator('section[id="order.shipped"]')
    expect(section.get_by_text("data.details.tracking_code", exact=True)).to_be_visible()
    section.get_by_text("An example").click()
    expect(section.locator("pre")).to_contain_text('"specversion": "1.0"')
