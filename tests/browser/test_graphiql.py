"""GraphiQL as a newcomer uses it, in a real browser."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Problems, live, where_others_are_refused
from tests.browser.site import Site
from tests.environment import ROOT
from tests.servers.processes import wait_until

pytestmark = pytest.mark.browser
DEBOUNCE_MILLISECONDS = 600  # GraphiQL runs the operation of half a second ago, and shows no sign of that.
CONTRACTS = ROOT / "contracts"
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


def listen(page: Page, site: Site) -> None:
    """Run the subscription, and place orders until one arrives: from then on the server follows."""
    choose(page, "OrderCreated")
    run(page)
    shown = page.locator(".graphiql-response .view-lines")

    def has_arrived() -> bool:
        number = site.place_order("Seen soon")
        with suppress(AssertionError):
            expect(shown).to_contain_text(number, timeout=3_000)
        return NUMBER.search(shown.inner_text().replace("\xa0", " ")) is not None

    wait_until(has_arrived, timeout_seconds=60, what="an order to arrive in the subscription")


def place(page: Page) -> str:
    """Run the unchanged mutation; return the order's number."""
    choose(page, "CreateOrder")
    run(page)
    numbers: list[str] = NUMBER.findall(answer(page))
    return numbers[0]


def test_query_runs_as_it_opens(graphiql: Open) -> None:
    page = graphiql()
    run(page)

    assert NUMBER.search(answer(page))


@where_others_are_refused
def test_where_only_published_documents_run_they_are_offered(
    graphiql: Open, pictures: Path, problems: Problems
) -> None:
    """The page reads the schema and runs its first tabs; what is not published is refused."""
    page = graphiql()
    run(page)
    assert '"errors"' not in answer(page)
    page.locator(".graphiql-query-editor").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("{ viewer { actor ")
    page.wait_for_timeout(DEBOUNCE_MILLISECONDS)
    run(page)
    expect(page.locator(".graphiql-response")).to_contain_text("DOCUMENT_NOT_TRUSTED")
    problems.clear()  # The browser reports the status 400.
    expect(page.get_by_text(re.compile("published documents only. Choose"))).to_be_visible()
    page.screenshot(path=pictures / "graphiql-published-only.png")

    page.get_by_role("combobox", name="Choose a published document").select_option("frontend_demo/Viewer")
    expect(page.locator(".graphiql-query-editor")).to_contain_text("query Viewer")
    expect(page.get_by_role("tab", name="Viewer", selected=True)).to_be_visible()
    page.wait_for_timeout(DEBOUNCE_MILLISECONDS)
    assert sent_text(page) == (CONTRACTS / "frontend_demo/Viewer.graphql").read_text()
    expect(page.locator(".graphiql-response")).to_contain_text('"actor"')


@where_others_are_refused
def test_app_runs_where_only_published_documents_do(open_page: Open) -> None:
    """The page itself, and its query, which GraphiQL opens and sends as it is published."""
    page = live(open_page("/"))
    page.get_by_role("link", name="this page").click()
    expect(page.get_by_role("tab", name="BoardPage", selected=True)).to_be_visible()
    expect(page.locator(".graphiql-query-editor")).to_contain_text("BoardPage")
    page.wait_for_timeout(DEBOUNCE_MILLISECONDS)

    assert sent_text(page) == (CONTRACTS / "frontend_demo/BoardPage.graphql").read_text()
    assert '"errors"' not in answer(page)


def sent_text(page: Page) -> str:
    """Run the chosen tab's query; the text that is sent."""
    with page.expect_request("**/graphql/") as sent:
        run(page)
    return str(json.loads(sent.value.post_data or "")["query"])


def test_order_of_one_tab_arrives_in_the_subscription_of_another(graphiql: Open, site: Site) -> None:
    page = graphiql()
    listen(page, site)
    number = place(page)

    expect(page.get_by_text(re.compile(r"OrderCreated is still running in its tab: \d+ events?"))).to_be_visible()
    choose(page, "OrderCreated")
    expect(page.locator(".graphiql-response")).to_contain_text(number)


@pytest.mark.long
def test_order_of_one_window_arrives_in_the_subscription_of_another(graphiql: Open, site: Site) -> None:
    listening, placing = graphiql(), graphiql()
    listen(listening, site)
    number = place(placing)

    expect(listening.locator(".graphiql-response")).to_contain_text(number)


@pytest.mark.parametrize("mark", ["#", pytest.param("?", marks=pytest.mark.long)])
def test_link_opens_its_operation(graphiql: Open, mark: str) -> None:
    query = "query Mine { viewer { actor } } query Other($first: Int!) { orders(first: $first) { nodes { number } } }"
    parameters = urlencode({"query": query, "variables": '{"first": 1}', "operationName": "Other"})
    page = graphiql(f"{mark}{parameters}")
    expect(page.get_by_role("tab", name="Other", selected=True)).to_be_visible()
    run(page)

    assert len(NUMBER.findall(answer(page))) == 1


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.long)])
def test_page_follows_the_system(graphiql: Open, pictures: Path, scheme: str) -> None:
    page = graphiql(scheme=scheme)
    run(page)
    answer(page)
    page.screenshot(path=pictures / f"graphiql-{scheme}.png")

    brightness = page.evaluate("getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor")
    red = int(re.findall(r"\d+", brightness)[0])
    assert (red > 200) == (scheme == "light")
