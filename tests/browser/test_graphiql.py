"""GraphiQL as a newcomer uses it, in a real browser."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.servers.processes import wait_until

pytestmark = pytest.mark.browser
DEBOUNCE_MILLISECONDS = 600  # GraphiQL runs the operation that it knew half a second ago, and shows no sign of it.
NUMBER = re.compile(r'"number": "([0-9A-Z]{5}-[0-9A-Z]{5})"')


@pytest.fixture
def graphiql(open_page: Open) -> Open:
    """Opens GraphiQL, and waits until its editor is there."""

    def graphiql(parameters: str = "", **options: Any) -> Page:
        page = open_page(f"/graphql/{parameters}", **options)
        expect(page.locator(".graphiql-query-editor")).to_contain_text("{")
        return page

    return graphiql


def choose(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    expect(page.locator(".graphiql-query-editor")).to_contain_text(tab)
    page.wait_for_timeout(DEBOUNCE_MILLISECONDS)


def run(page: Page) -> None:
    page.get_by_role("button", name="Execute query").click()


def answer(page: Page) -> str:
    """The answer's text, once there is one."""
    editor = page.locator(".graphiql-response .view-lines")
    expect(editor).to_contain_text("}")
    return editor.inner_text().replace("\xa0", " ")


def listen(page: Page) -> None:
    """Run the subscription, and wait until it is sent."""
    choose(page, "OrderCreated")
    run(page)
    subscribed = """window.sent?.some((text) => text.includes('"subscribe"'))"""  # Not wait_for_function: it evals.
    wait_until(lambda: page.evaluate(subscribed), timeout_seconds=15, what="the subscription to be sent")


def place(page: Page) -> str:
    """Run the mutation as it is; the order's number."""
    choose(page, "CreateOrder")
    run(page)
    numbers: list[str] = NUMBER.findall(answer(page))
    return numbers[0]


def test_query_runs_as_it_opens(graphiql: Open) -> None:
    page = graphiql()
    run(page)

    assert NUMBER.search(answer(page))


def test_order_of_one_tab_arrives_in_the_subscription_of_another(graphiql: Open) -> None:
    page = graphiql()
    listen(page)
    number = place(page)

    expect(page.get_by_text("OrderCreated is still running in its tab: 1 event so far.")).to_be_visible()
    choose(page, "OrderCreated")
    assert NUMBER.findall(answer(page)) == [number]


def test_order_of_one_window_arrives_in_the_subscription_of_another(graphiql: Open) -> None:
    listening, placing = graphiql(), graphiql()
    listen(listening)
    number = place(placing)

    expect(listening.locator(".graphiql-response")).to_contain_text(number)


@pytest.mark.parametrize("mark", ["?", "#"])
def test_link_opens_its_operation(graphiql: Open, mark: str) -> None:
    query = "query Mine { viewer { actor } } query Other($first: Int!) { orders(first: $first) { nodes { number } } }"
    parameters = urlencode({"query": query, "variables": '{"first": 1}', "operationName": "Other"})
    page = graphiql(f"{mark}{parameters}")
    expect(page.get_by_role("tab", name="Other", selected=True)).to_be_visible()
    run(page)

    assert len(NUMBER.findall(answer(page))) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_system(graphiql: Open, pictures: Path, scheme: str) -> None:
    page = graphiql(scheme=scheme)
    run(page)
    answer(page)
    page.screenshot(path=pictures / f"graphiql-{scheme}.png")

    brightness = page.evaluate("getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor")
    red = int(re.findall(r"\d+", brightness)[0])
    assert (red > 200) == (scheme == "light")
