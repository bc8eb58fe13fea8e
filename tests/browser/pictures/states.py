"""How a page gets into a state: with a server that fails, without a network, with something entered."""

import json
import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.network import refuse
from tests.browser.site import Site

SECONDS = 60_000
"""Milliseconds for anything that a busy machine shows."""
HARMLESS = frozenset({"Viewer"})
"""Without it, the page does not know its caller, and shows less than the error."""
FILE = """reference,customer_name,customer_email,currency,sku,name,quantity,unit_price
{0}-1,Ines Novak,ines.novak@example.com,EUR,TEA-SENCHA,"Sencha, 100 g",2,9.90
{0}-1,Ines Novak,ines.novak@example.com,EUR,POT-06,"Cast iron teapot, 0.6 l",1,48.00
{0}-2,Maximilian Oberhuber-Wagner,max.oberhuber-wagner@customers.example.org,EUR,TEA-JAS,"Jasmine",{1},14.50
{0}-3,Kenji Mori,{2},EUR,TEA-MATCHA,"Matcha, 30 g",3,22.00
"""


def connected(page: Page) -> None:
    """Wait until the page's connection is open, and nothing is loading."""
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=SECONDS)
    loaded(page)


def loaded(page: Page) -> None:
    """Wait until nothing is loading."""
    expect(page.get_by_role("heading").first).to_be_visible(timeout=SECONDS)
    expect(page.locator(".spinner")).to_have_count(0, timeout=SECONDS)


def drawn(page: Page, site: Site) -> None:
    """The app's page with its data."""
    connected(page)
    page.wait_for_load_state("networkidle")


def failing(page: Page, site: Site) -> None:
    """From now on the server fails each operation."""

    def fail(route: Route) -> None:
        name = json.loads(route.request.post_data or "{}").get("operationName")
        if name in HARMLESS:
            route.continue_()
        else:
            refuse("INTERNAL", requestId="7f6f0c2a9d7b4a60b1d3f1c0e5a49d21")(route)

    page.route("**/graphql/", fail)


def failed(page: Page, site: Site) -> None:
    """The page says that something has failed."""
    expect(page.get_by_role("alert").first).to_be_visible(timeout=SECONDS)
    loaded(page)


def cut(page: Page, site: Site) -> None:
    """The page, whose network is then lost."""
    drawn(page, site)
    lose(page)


def lose(page: Page) -> None:
    """Lose the network, and wait until the page says so."""
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline: no answer|Connection lost")).last).to_be_visible(timeout=SECONDS)


def chosen(page: Page, reference: str, *, quantity: str = "1", mail: str = "kenji.mori@example.jp") -> Locator:
    """Choose a file of three orders; return the list of its orders."""
    content = FILE.format(reference, quantity, mail).encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "orders-of-december.csv", "mimeType": "text/csv", "buffer": content}
    )
    return page.locator("main")


def read(page: Page, site: Site) -> None:
    """A file whose orders are all in order."""
    drawn(page, site)
    expect(chosen(page, "DEC").get_by_text("Oberhuber").first).to_be_visible(timeout=SECONDS)
    loaded(page)


def read_wrong(page: Page, site: Site) -> None:
    """A file with errors in two of its orders."""
    drawn(page, site)
    expect(chosen(page, "BAD", quantity="two", mail="no-address").get_by_text("Row 4").first).to_be_visible(
        timeout=SECONDS
    )
    loaded(page)


def read_cut(page: Page, site: Site) -> None:
    """A file, and then no network."""
    drawn(page, site)
    lose(page)
    expect(chosen(page, "CUT").get_by_role("heading").first).to_be_visible()


def sampled(page: Page, site: Site) -> None:
    """The form of a new order, filled in."""
    drawn(page, site)
    page.get_by_role("button", name="Fill in sample data").click()


def form_wrong(page: Page, site: Site) -> None:
    """The form with errors at its fields."""
    sampled(page, site)
    dialog = page.get_by_role("dialog", name="Place an order")
    dialog.get_by_label("Customer's e-mail").fill("no-address")
    dialog.get_by_label("Quantity").first.fill("0")
    dialog.get_by_role("button", name="Place the order").click()
    expect(dialog.get_by_role("alert")).to_be_visible(timeout=SECONDS)


def form_cut(page: Page, site: Site) -> None:
    """The form, sent without a network."""
    sampled(page, site)
    page.context.set_offline(True)
    page.get_by_role("dialog").get_by_role("button", name="Place the order").click()
    expect(
        page.get_by_role("dialog").get_by_role("alert").or_(page.get_by_role("dialog").get_by_role("status"))
    ).not_to_have_count(0, timeout=SECONDS)


def chapter_run(page: Page, site: Site) -> None:
    """A chapter whose faults have run."""
    drawn(page, site)
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("produced for real")).to_be_visible(timeout=SECONDS)


def chapter_cut(page: Page, site: Site) -> None:
    """A chapter run without a network."""
    cut(page, site)
    page.get_by_role("button", name="Run it").click()
    failed(page, site)


def answered(page: Page, site: Site) -> None:
    """GraphiQL with an answer."""
    expect(page.locator(".graphiql-query-editor")).to_contain_text("{", timeout=SECONDS)
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("}", timeout=SECONDS)


def listed(page: Page, site: Site) -> None:
    """The page of the REST API with an operation open."""
    block = page.locator(".opblock").first
    expect(block).to_be_visible(timeout=SECONDS)
    block.locator(".opblock-summary-control").click()
    expect(block.locator(".opblock-body")).to_be_visible()


def refused(page: Page, site: Site) -> None:
    """A password that is wrong."""
    page.get_by_label("Name").fill("demo")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=SECONDS)


def first_of_the_list(page: Page, site: Site) -> None:
    """The form of the first object of an admin's list."""
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator("form fieldset").first).to_be_visible(timeout=SECONDS)
