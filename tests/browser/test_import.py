"""Importing a file of orders in a real browser."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, audit, everywhere, live, looks
from tests.browser.network import lose_answer, on_operation, refuse, variables, without_lost
from tests.browser.site import Site

pytestmark = pytest.mark.browser

_runs = itertools.count(1)
HEADER = ["reference", "customer_name", "customer_email", "currency", "sku", "name", "quantity", "unit_price"]
BAD = {17: ("quantity", "0"), 250: ("unit_price", "9,90"), 433: ("customer_email", "no-address")}
REASONS = {
    19: "quantity: Must be at least 1.",
    252: "unit_price: Must have a decimal point, not a comma: 12.50; it is “9,90”.",
    435: "customer_email: Must be an e-mail address.",
}


@pytest.fixture
def mark() -> str:
    """The prefix of the references of one test's orders."""
    return f"RUN{next(_runs)}"


def orders_file(mark: str, count: int, bad: dict[int, tuple[str, str]] | None = None) -> str:
    """A file of so many orders. Bad orders are given by their place, the column and the value."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    for place in range(count):
        row = [
            f"{mark}-{place}",
            f"{mark} customer {place}",
            f"c{place}@example.com",
            "EUR",
            "TEA",
            "Sencha",
            2,
            "9.90",
        ]
        column, value = (bad or {}).get(place, ("currency", "EUR"))
        writer.writerow({**dict(zip(HEADER, row, strict=True)), column: value})
    return text.getvalue()


def drop(page: Page, text: str, name: str = "orders.csv") -> None:
    """Drop a file on the page."""
    transfer = page.evaluate_handle(
        """([text, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name, { type: "text/csv" }));
            return transfer;
        }""",
        [text, name],
    )
    expect(page.get_by_role("heading", name="Import orders")).to_be_visible()
    page.locator("main").dispatch_event("drop", {"dataTransfer": transfer})


def numbers(page: Page) -> dict[str, int]:
    """The numbers of orders that the page shows."""
    pairs = page.locator(".import-numbers > div").all()
    return {pair.locator("dt").inner_text(): int(pair.locator("dd").inner_text().replace(",", "")) for pair in pairs}


def place_all(page: Page) -> None:
    """Import the open file, to its end."""
    page.get_by_role("button", name=re.compile(r"^Place \d")).click()
    expect(page.get_by_role("heading", name="The import is finished")).to_be_visible(timeout=60_000)


def report(page: Page) -> list[dict[str, str]]:
    """The downloaded report."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    assert download.value.suggested_filename == "orders-report.csv"
    return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))


def placed(site: Site, mark: str) -> int:
    """How many orders there are of a test."""
    query = "query ($text: String!) { orders(first: 1, where: {text: $text}) { totalCount } }"
    total: int = site.ask(query, text=f"{mark}-")["orders"]["totalCount"]
    return total


@pytest.fixture(scope="module", autouse=True)
def nothing_follows(site: Site) -> Iterator[None]:
    """Do not process the thousands of orders: to make their invoices takes longer than all else here."""
    with site.without_slow_work():
        yield


@everywhere
def test_five_hundred_rows_with_three_bad_ones(open_page: Open, site: Site, mark: str) -> None:
    page = live(open_page("/import/"))
    drop(page, orders_file(mark, 500, BAD))
    expect(page.get_by_role("button", name="Place 497 orders")).to_be_visible()
    assert numbers(page) == {"To place": 497, "Already there": 0, "Can't be placed": 3}
    page.get_by_role("button", name="With errors: 3").click()
    for row, reason in REASONS.items():
        column, message = reason.split(": ", 1)
        expect(page.get_by_text(f"Row {row}, {column}: {message}")).to_be_visible()
    assert placed(site, mark) == 0  # no message before it
    place_all(page)

    assert numbers(page) == {"Placed": 497, "Already there": 0, "Not placed": 3}
    assert placed(site, mark) == 497
    lines = report(page)
    assert len(lines) == 500
    assert {int(line["row"]): line["reason"] for line in lines if line["outcome"] == "refused"} == REASONS
    sample = lines[0]
    assert (sample["row"], sample["outcome"]) == ("2", "placed")
    assert [order["number"] for order in site.orders_of(f"{mark}-0")] == [sample["number"]]


def test_interrupted_import_goes_on_when_the_file_is_dropped_again(open_page: Open, site: Site, mark: str) -> None:
    text = orders_file(mark, 350)
    page = live(open_page("/import/"))
    portions = itertools.count(1)

    def third_never_answers(route: Route) -> None:
        if variables(route)["dryRun"] or next(portions) < 3:
            route.continue_()
        else:
            route.fetch()
            page.close()

    on_operation(page, "ImportOrders", third_never_answers)
    drop(page, text)
    with page.expect_event("close", timeout=60_000):
        page.get_by_role("button", name="Place 350 orders").click()
    assert placed(site, mark) == 300

    again = live(open_page("/import/"))
    drop(again, text)
    expect(again.get_by_role("button", name="Place 50 orders")).to_be_visible()
    assert numbers(again) == {"To place": 50, "Already there": 300, "Can't be placed": 0}
    place_all(again)
    assert placed(site, mark) == 350
    drop(again, text)  # and once more, without leaving the page
    expect(again.get_by_role("button", name="Check for missing orders")).to_be_visible()
    again.get_by_role("button", name="Check for missing orders").click()
    expect(again.get_by_role("heading", name="The import is finished")).to_be_visible(timeout=60_000)
    assert placed(site, mark) == 350
    lines = report(again)
    assert {line["outcome"] for line in lines} == {"placed"}
    assert len({line["number"] for line in lines}) == 350


def test_lost_answers_and_rate_limits_are_retried(open_page: Open, site: Site, mark: str, problems: list[str]) -> None:
    page = live(open_page("/import/"))
    handles = iter([lose_answer, refuse("THROTTLED", retryAfterSeconds=1), lose_answer])

    def sometimes(route: Route) -> None:
        handle = None if variables(route)["dryRun"] else next(handles, None)
        handle(route) if handle else route.continue_()

    on_operation(page, "ImportOrders", sometimes)
    drop(page, orders_file(mark, 250))
    expect(page.get_by_role("button", name="Place 250 orders")).to_be_visible()
    place_all(page)

    assert numbers(page) == {"Placed": 250, "Already there": 0, "Not placed": 0}
    assert placed(site, mark) == 250
    problems[:] = without_lost(problems)


def test_paused_import_goes_on_while_other_pages_are_open(open_page: Open, site: Site, mark: str) -> None:
    page = live(open_page("/import/"))
    held: list[Route] = []

    def hold_the_second(route: Route) -> None:
        if variables(route)["dryRun"] or held or not page.get_by_text("100 of 300").count():
            route.continue_()
        else:
            held.append(route)

    on_operation(page, "ImportOrders", hold_the_second)
    drop(page, orders_file(mark, 300))
    page.get_by_role("button", name="Place 300 orders").click()
    expect(page.get_by_text("100 of 300 orders done")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.get_by_text("Paused: 200 of 300 orders done")).to_be_visible()
    assert placed(site, mark) == 200
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Board", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="The import is finished")).to_be_visible(timeout=60_000)
    assert placed(site, mark) == 300


def test_shopify_export(open_page: Open, site: Site, mark: str) -> None:
    header = (
        "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,"
        "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name"
    )
    rows = [
        f"#{mark}-1,ada@example.com,paid,fulfilled,EUR,34.30,4.95,0,39.25,2,Sencha,9.90,TEA,Ada Lovelace",
        f'#{mark}-1,,,,,,,,,1,"Mug, blue",14.50,MUG,',
        f"#{mark}-2,alan@example.com,refunded,,EUR,9.90,0,0,9.90,1,Sencha,9.90,TEA,Alan Turing",
    ]
    page = live(open_page("/import/"))
    drop(page, "\n".join([header, *rows]))
    expect(page.get_by_text("The order was refunded in the shop, so it is not placed.")).to_be_visible()
    page.get_by_role("button", name="Place 1 order").click()
    expect(page.get_by_role("heading", name="The import is finished")).to_be_visible()

    [order] = site.orders_of(f"#{mark}-")
    assert (order["externalReference"], order["customerName"]) == (f"#{mark}-1", "Ada Lovelace")
    assert order["total"] == {"amount": "39.25", "currency": "EUR"}
    assert order["lines"] == [
        {"sku": "TEA", "quantity": 2},
        {"sku": "MUG", "quantity": 1},
        {"sku": "SHIPPING", "quantity": 1},
    ]


def test_chosen_and_pasted_files_are_read_too(open_page: Open, pictures: Path, mark: str) -> None:
    page = live(open_page("/import/"))
    page.get_by_label("Choose a file").set_input_files(
        {"name": "picture.csv", "mimeType": "text/csv", "buffer": b"\x00\x01"}
    )
    expect(page.get_by_role("alert")).to_contain_text("This is not a text file.")
    choose = page.get_by_label("Choose a file")
    choose.set_input_files({"name": "part.csv", "mimeType": "text/csv", "buffer": b"reference,sku,quantity\nA,TEA,1"})
    expect(page.get_by_role("alert")).to_contain_text(
        "A column is missing for the format “Our own columns”: unit_price."
    )
    japanese = f"reference\tcustomer_name\ttotal\n{mark}-0\t山田\t1.250,50\n".encode("shift_jis")
    choose.set_input_files({"name": "orders.tsv", "mimeType": "text/csv", "buffer": japanese})
    expect(page.get_by_role("heading", name="Which encoding does orders.tsv have?")).to_be_visible()
    expect(page.get_by_text("ŽR“c")).to_be_visible()
    page.screenshot(path=pictures / "import-encoding.png")
    page.get_by_role("button", name="Read as Shift-JIS").click()
    expect(page.get_by_role("button", name="Place 1 order")).to_be_visible()
    expect(page.get_by_label("Encoding")).to_have_value("shift_jis")
    expect(page.get_by_text("The amounts have decimal commas")).to_be_visible()
    page.screenshot(path=pictures / "import-encoding-chosen.png")
    page.get_by_role("button", name="Choose another file").click()
    page.get_by_label("Or paste rows").fill(f"reference;total\n{mark}-1;12.50\n{mark}-2;12,50")
    page.get_by_role("button", name="Read the rows").click()

    expect(page.get_by_role("heading", name="Pasted rows")).to_be_visible()
    expect(page.get_by_role("button", name="Place 1 order")).to_be_visible()
    expect(page.get_by_text("Row 3, total: Must have a decimal point, not a comma")).to_be_visible()


def test_sample_file_is_one_that_can_be_imported(open_page: Open) -> None:
    page = live(open_page("/import/"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download a sample file").click()
    assert download.value.suggested_filename == "orders-sample.csv"
    page.get_by_label("Choose a file").set_input_files(download.value.path())

    expect(page.get_by_role("button", name="Place 5 orders")).to_be_visible()
    assert numbers(page)["Can't be placed"] == 0


@looks("desktop", "phone", "wide")
def test_import_fits_and_axe_finds_nothing(
    open_page: Open, pictures: Path, mark: str, scheme: str, device: str, width: int
) -> None:
    page = live(open_page("/import/", scheme=scheme, width=width))
    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()
    shown(page, pictures / f"import-choose-{device}-{scheme}.png")
    drop(page, orders_file(mark, 120, {3: ("quantity", "none"), 5: ("sku", "")}))
    expect(page.get_by_role("button", name="Place 118 orders")).to_be_visible()
    shown(page, pictures / f"import-preview-{device}-{scheme}.png")
    place_all(page)
    page.get_by_role("button", name="With errors: 2").click()
    shown(page, pictures / f"import-done-{device}-{scheme}.png")


def shown(page: Page, picture: Path) -> None:
    """It fits, axe finds nothing, and its picture is kept."""
    assert audit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
    page.screenshot(path=picture)
