"""What a shop's staff keeps, exports and is notified of by the board, in a real browser."""

import csv
import re
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, Route, expect

from tests.browser.conftest import Open, Problems, live
from tests.browser.site import Site

pytestmark = pytest.mark.browser

WATCHED = """() => {
    window.shown = [];
    window.tones = 0;
    window.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title) { window.shown.push(title); }
        close() {}
    };
    const { start } = AudioScheduledSourceNode.prototype;
    AudioScheduledSourceNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when); };
}"""
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    Object.defineProperty(document, "visibilityState", { value: hidden ? "hidden" : "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
COVERED = """(row) => {
    const button = row.querySelector(".next-move").getBoundingClientRect();
    const meets = ({ left, right, top, bottom }) =>
        left < button.right && button.left < right && top < button.bottom && button.top < bottom;
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    const covered = [];
    while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        const isOther = !texts.currentNode.parentElement.closest(".next-move");
        if (isOther && [...range.getClientRects()].some(meets)) covered.push(texts.currentNode.data);
    }
    return covered;
}"""
TOP = "(element) => element.getBoundingClientRect().top"
IN_FRONT = """(toast) => {
    const { left, top, width, height } = toast.getBoundingClientRect();
    return toast.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


def rows_in(download: Download) -> list[str]:
    """The customers in a downloaded CSV, in its order. It begins with a byte order mark, for Excel."""
    assert Path(download.path()).read_bytes().startswith(BOM_UTF8)
    with Path(download.path()).open(newline="", encoding="utf-8-sig") as file:
        return [row["customer_name"] for row in csv.DictReader(file)]


def choose_all(page: Page, count: int) -> None:
    """Choose all orders that are listed."""
    page.get_by_role("checkbox", name=re.compile("Select all")).check()
    expect(page.get_by_role("region", name=f"{count} orders selected")).to_be_visible()


def test_saved_views_and_density_are_kept(open_page: Open) -> None:
    page = live(open_page("/?status=NEW&sort=-total"))
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("textbox", name="Name of this view").fill("To be paid")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="To be paid")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    page.get_by_text("Rows", exact=True).click()
    page.get_by_role("radio", name="Compact").check()
    page.keyboard.press("Escape")
    expect(page.locator(".orders")).to_have_attribute("data-density", "compact")

    page.goto(page.url.partition("?")[0])
    expect(live(page).locator(".orders")).to_have_attribute("data-density", "compact")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="To be paid").click()
    expect(page).to_have_url(re.compile(r"\?status=NEW&sort=-total$"))
    expect(page.get_by_role("button", name="New", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Delete the view To be paid").click()
    expect(page.get_by_role("link", name="To be paid")).to_have_count(0)


def test_saved_view_is_renamed_shared_and_kept_with_those_of_other_tabs(open_page: Open, site: Site) -> None:
    page = live(open_page("/?status=NEW"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    other = page.context.new_page()
    other.goto(f"{site.url}/?status=PAID")
    for tab in (page, other):
        tab.get_by_text("Views", exact=True).click()
    for tab, name in ((page, "To be paid"), (other, "To ship")):
        tab.get_by_role("textbox", name="Name of this view").fill(name)
        tab.keyboard.press("Enter")
        for each in (page, other):  # A browser reports a change to another tab a moment later.
            expect(each.locator(".saved-views a").filter(has_text=name)).to_have_count(1)

    page.get_by_role("button", name="Rename the view To ship").click()
    page.locator(".saved-views").get_by_role("textbox", name="Name of this view").fill("For the courier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename the view For the courier")).to_be_focused()
    expect(other.locator(".saved-views a")).to_have_text(["To be paid", "For the courier"])
    page.get_by_role("button", name="Copy the address of the view For the courier").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/?status=PAID"
    other.close()


def test_order_is_paid_and_shipped_in_its_row(open_page: Open, site: Site) -> None:
    number = site.place_order("Rowena Row")
    page = live(open_page("/?text=rowena+row"))
    row = page.get_by_role("row", name=re.compile(number))
    row.hover()
    row.get_by_role("button", name=f"Mark as paid: {number}").click()
    said = page.locator(".toast", has_text=f"Order {number} is paid.")
    expect(row.locator(".badge")).to_have_text("Paid")
    row.get_by_role("button", name=f"Mark as shipped: {number}").click()
    question = page.get_by_role("dialog", name=f"Mark order {number} as shipped")
    question.get_by_label("Tracking code").fill("TRACK 1")
    question.get_by_label("Tracking code").press("Home")
    question.get_by_label("Tracking code").press_sequentially("MY ")
    expect(question.get_by_label("Tracking code")).to_have_value("MY TRACK 1")
    question.get_by_label("Tracking code").press("Enter")
    expect(row.locator(".badge")).to_have_text("Shipped")

    said.get_by_role("button", name="Show").click()
    expect(page.get_by_role("dialog", name=f"Order {number}")).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1440, 3840])
def test_rows_next_transition_covers_nothing(open_page: Open, site: Site, width: int) -> None:
    number = site.place_order("Uncovered")
    site.pay_order(number)
    page = live(open_page("/?text=uncovered", width=width))
    row = page.get_by_role("row", name=re.compile(number))
    row.hover()
    expect(row.locator(".next-move")).to_have_css("opacity", "1")
    assert row.evaluate(COVERED) == []
    [badge, move] = [row.locator(part).bounding_box() for part in (".badge", ".next-move")]
    assert badge is not None
    assert move is not None
    assert badge["y"] < move["y"] + move["height"] / 2 < badge["y"] + badge["height"]  # In one line.


def test_open_order_says_that_its_page_is_offline(open_page: Open, site: Site, problems: Problems) -> None:
    problems.network_is_cut = True
    number = site.place_order("Cut off")
    page = live(open_page(f"/?order={number}"))
    said = page.get_by_role("dialog", name=f"Order {number}").get_by_text(
        re.compile("Offline: no answer|Connection lost")
    )
    expect(page.get_by_role("dialog").get_by_text("Cut off").first).to_be_visible()
    expect(said).to_have_count(0)
    page.context.set_offline(True)
    try:
        expect(said).to_be_visible()
        assert said.evaluate(IN_FRONT)
    finally:
        page.context.set_offline(False)
    expect(said).to_have_count(0)


def test_export_has_decimal_commas_where_the_language_has_them(open_page: Open, site: Site) -> None:
    site.place_order("Kommazahl", "1234.50")
    page = open_page("/?text=kommazahl", locale="de-DE")
    expect(page.locator(".orders tbody tr")).to_have_count(1)
    with page.expect_download() as filtered:
        page.get_by_role("link", name="CSV").click()
    page.get_by_role("checkbox", name=re.compile("auswählen")).first.check()
    with page.expect_download() as chosen:
        page.get_by_role("button", name="CSV").click()
    for download in (filtered.value, chosen.value):
        with Path(download.path()).open(newline="", encoding="utf-8-sig") as file:
            assert [row["total"] for row in csv.DictReader(file, delimiter=";")] == ["1234,50"]
        assert Path(download.path()).read_bytes().startswith(BOM_UTF8)


def test_refused_order_of_many_opens_over_the_list(open_page: Open, site: Site) -> None:
    numbers = [site.place_order("Partly refused") for _ in range(3)]
    page = live(open_page("/?text=partly+refused"))
    choose_all(page, 3)

    def pay_one_before(route: Route) -> None:
        if "PayOrders" in (route.request.post_data or ""):
            site.pay_order(numbers[1])
        route.continue_()

    page.route("**/graphql/", pay_one_before)
    page.get_by_role("button", name="Mark as paid 3").click()
    expect(page.get_by_text("1 order was not changed:")).to_be_visible()
    page.get_by_role("region", name="3 orders selected").get_by_role("button", name=numbers[1]).click()
    expect(page.get_by_role("dialog", name=f"Order {numbers[1]}")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page).to_have_url(re.compile(r"\?text=partly\+refused$"))
    expect(page.get_by_text("1 order was not changed:")).to_be_visible()


def test_filtered_and_chosen_orders_are_exported_in_the_lists_order(open_page: Open, site: Site) -> None:
    for name, total in (("one", "10.00"), ("two", "30.00"), ("three", "20.00")):
        site.place_order(f"Taken out {name}", total)
    page = live(open_page("/?text=taken+out&sort=-total"))
    expect(page.locator(".orders tbody tr")).to_have_count(3)
    with page.expect_download() as filtered:
        page.get_by_role("link", name="Export CSV").click()
    assert rows_in(filtered.value) == ["Taken out two", "Taken out three", "Taken out one"]

    choose_all(page, 3)
    page.get_by_role("row", name=re.compile("Taken out three")).get_by_role("checkbox").uncheck()
    with page.expect_download() as chosen:
        page.get_by_role("button", name="Export CSV").click()
    assert rows_in(chosen.value) == ["Taken out two", "Taken out one"]


def test_chosen_orders_are_shipped_and_cancelled_together(open_page: Open, site: Site) -> None:
    numbers = [site.place_order("Many at once") for _ in range(3)]
    for number in numbers[:2]:
        site.pay_order(number)
    page = live(open_page("/?text=many+at+once"))
    states = page.locator(".orders tbody .badge")
    expect(states.filter(has_text="Paid")).to_have_count(2)
    choose_all(page, 3)
    page.get_by_role("button", name="Mark as shipped 2").click()
    expect(page.get_by_text("2 orders are shipped now.")).to_be_visible()
    expect(states.filter(has_text="Shipped")).to_have_count(2)

    choose_all(page, 3)
    page.get_by_role("button", name="Cancel orders 1").click()
    question = page.get_by_role("dialog", name="Cancel 1 order?")
    question.get_by_label("Reason").fill("Sold out")
    question.get_by_role("button", name="Cancel 1 order").click()
    expect(page.get_by_text("1 order is cancelled now.")).to_be_visible()
    assert {order["status"] for order in site.orders_of("many at once")} == {"SHIPPED", "CANCELLED"}


def test_list_is_printed_without_controls_and_charts_say_what_is_under_the_pointer(open_page: Open, site: Site) -> None:
    with site.without_slow_work():
        site.place_orders(60, "Printed Page")
    page = live(open_page("/?text=printed+page"))
    expect(page.locator(".numbers canvas").first).to_be_visible()
    expect(page.locator(".numbers .big")).to_have_text("60")
    page.locator(".numbers .u-over").first.hover()
    expect(page.locator(".chart-tip").first).to_have_text(re.compile(r"\d.*: \d+ orders?"))

    page.emulate_media(media="print")
    for hidden in (".app-header", ".filters", ".numbers", ".orders .choose input"):
        expect(page.locator(hidden).first).not_to_be_visible()
    rows = page.locator(".orders tbody tr")
    expect(rows).to_have_count(50)
    tops = rows.evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))
    times = rows.first.locator(".placed time")
    exact = times.get_attribute("title") or ""
    assert re.search(r"\d{4}, \d+:\d\d", exact)
    printed = times.evaluate("one => [getComputedStyle(one).fontSize, getComputedStyle(one, '::after').content]")
    assert printed == ["0px", f'"{exact}"']


def test_number_and_mail_are_copied_and_messages_are_in_front_of_the_drawer(open_page: Open, site: Site) -> None:
    mutation = "mutation ($i: CreateOrderInput!) { createOrder(input: $i) { order { number } } }"
    placed = site.ask(mutation, i={"customerName": "Copied", "customerEmail": "copied@example.com", "total": "1.00"})
    number = placed["createOrder"]["order"]["number"]
    page = live(open_page(f"/?order={number}"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawer = page.get_by_role("dialog", name=f"Order {number}")
    for label, text in (("Copy the number", number), ("Copy the e-mail address", "copied@example.com")):
        drawer.get_by_role("button", name=label).click()
        message = drawer.locator(".toast", has_text="Copied.").last
        expect(message).to_be_visible()
        assert message.evaluate(IN_FRONT)
        assert page.evaluate("navigator.clipboard.readText()") == text
        message.get_by_role("button", name="Dismiss this message").click()


def test_orders_that_arrive_unseen_are_counted_in_the_title_and_announced(open_page: Open, site: Site) -> None:
    page = live(open_page("/"))
    page.evaluate(WATCHED)
    page.get_by_text("Alerts", exact=True).click()
    page.get_by_role("checkbox", name="A sound for new orders").check()
    assert page.evaluate("window.tones") == 2  # The user hears it once.
    page.get_by_role("checkbox", name="A notification while this tab is hidden").check()
    page.keyboard.press("Escape")
    page.evaluate(HIDE, True)
    number = site.place_order("Heard")

    expect(page).to_have_title("(1) Board · Order System")
    page.wait_for_function("() => window.tones === 4")
    assert page.evaluate("window.shown") == [f"Order {number} of Heard arrived."]
    page.evaluate(HIDE, False)
    expect(page).to_have_title("Board · Order System")


def test_wide_screen_has_the_order_beside_the_list(open_page: Open, site: Site) -> None:
    first, second = site.place_order("Beside one"), site.place_order("Beside two")
    page = live(open_page("/?text=beside", width=1920))
    page.get_by_role("link", name=first).click()
    pane = page.get_by_role("dialog", name=f"Order {first}")
    expect(pane).to_have_attribute("data-pane", "true")
    page.get_by_role("link", name=second).click()  # The list is still there to be used.
    expect(page.get_by_role("dialog", name=f"Order {second}")).to_be_visible()
    [table, beside] = [page.locator(part).bounding_box() for part in (".orders", "dialog.drawer")]
    assert table is not None
    assert beside is not None
    assert table["x"] + table["width"] <= beside["x"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_frozen_server_is_noticed_within_three_seconds(open_page: Open, site: Site, problems: Problems) -> None:
    problems.network_is_cut = True
    page = open_page("/")
    page.clock.install()
    page.reload()
    expect(live(page).locator(".orders tbody tr").first).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now() / 1_000 + 1"))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    site.freeze()
    try:
        page.clock.run_for(3_000)  # As long as that takes on this machine, to the page it is 3 s.
        expect(page.get_by_role("banner").get_by_text("Offline: no answer")).to_be_visible()
    finally:
        site.thaw()
    page.clock.resume()
    number = site.place_order("After the frost")

    expect(page.locator(".orders").get_by_text(number)).to_be_visible()
    live(page)
    page.context.close()  # A profile keeps a clock that was installed.


def test_list_stays_in_place_when_something_above_it_grows(open_page: Open, site: Site) -> None:
    with site.without_slow_work():
        site.place_orders(61, "Quiet Place")
    page = live(open_page("/?text=quiet+place"))
    expect(page.locator(".orders tbody tr").first).to_be_visible()
    page.evaluate("window.scrollTo({ top: 1_500, behavior: 'instant' })")
    row = page.locator(".orders tbody tr[aria-rowindex='27']")
    expect(row).to_be_visible()
    before = row.evaluate(TOP)
    page.evaluate("document.querySelector('.toolbar').style.marginBottom = '160px'")
    page.wait_for_function("() => scrollY > 1_600")

    assert abs(row.evaluate(TOP) - before) < 1
