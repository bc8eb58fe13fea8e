"""The frame of every page of the app, in a real browser."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, Problems, live, where_people_sign_in
from tests.browser.site import Proxy, Site

pytestmark = pytest.mark.browser

PAGES = {"Board": "/", "Import": "/import/", "Signal lab": "/lab/", "Settings": "/settings/"}


def test_each_page_has_an_address_and_a_title(open_page: Open, site: Site) -> None:
    page = live(open_page("/lab/"))
    for name, path in PAGES.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(site.url + path)
        page.reload()

        expect(page).to_have_title(f"{name} · Order System")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")


def test_order_opens_over_any_page_and_closes_by_escape(open_page: Open, site: Site) -> None:
    number = site.place_order("Ada")
    page = live(open_page(f"/lab/?order={number}"))
    expect(page.get_by_role("dialog", name=f"Order {number}")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/lab/")


def test_form_opens_over_any_page_and_back_closes_it(open_page: Open) -> None:
    page = live(open_page("/import/"))
    page.get_by_role("button", name="Place an order").click()
    expect(page.get_by_role("dialog", name="Place an order")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_page_has_the_language_and_formats_of_the_person(open_page: Open, site: Site) -> None:
    number = site.place_order("Ada")
    page = live(open_page(f"/?order={number}", locale="de-DE", time_zone="Europe/Berlin"))
    drawer = page.get_by_role("dialog", name=f"Bestellung {number}")
    expect(drawer.get_by_text("Gesamtbetrag").first).to_be_visible()
    expect(drawer.get_by_text(re.compile(r"^\d+,\d\d\s€$")).first).to_be_visible()
    expect(drawer.get_by_text(re.compile(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d (MEZ|MESZ)")).first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Konto").click()
    page.get_by_label("Sprache").select_option("en")

    expect(page.get_by_label("Language")).to_have_value("en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("table", name="Orders")).to_be_visible()
    page.goto(f"{site.url}/login/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()


def test_page_that_was_never_opened_waits_for_the_network(open_page: Open, proxy: Proxy, problems: Problems) -> None:
    page = live(open_page("/", url=proxy.url))
    account = page.get_by_role("banner").get_by_text("demo at Demo")
    expect(
        page.get_by_role("table", name="Orders").or_(page.get_by_text("There are no orders yet.")).first
    ).to_be_visible()
    expect(account).to_be_visible()
    problems.network_is_cut = True
    proxy.kill()
    expect(page.get_by_text("Connection lost, reconnecting")).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.locator("main").get_by_text("Loading …")).to_be_visible()
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("button", name="Place an order").click()
    expect(page.get_by_role("dialog", name="Place an order")).to_be_visible()
    page.keyboard.press("Escape")
    expect(account).to_be_visible()
    proxy.start()

    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()
    assert page.locator(".drop").evaluate("drop => getComputedStyle(drop).borderStyle") == "dashed"


def test_chosen_colours_outlive_a_reload(open_page: Open) -> None:
    page = live(open_page("/import/", scheme="light"))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Colours: system").click()
    page.get_by_role("button", name="Colours: light").click()
    expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
    page.reload()

    assert page.evaluate(ground) != light


@where_people_sign_in
def test_anonymous_visitor_is_sent_to_the_login_and_not_asked_to_wait(open_page: Open) -> None:
    page = live(open_page("/"))
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("heading", name="The board stopped working")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Disconnected", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Reconnect now")).to_have_count(0)
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()

    expect(page.get_by_label("Password")).to_be_visible()


def test_address_that_the_app_does_not_know_is_not_found(site: Site) -> None:
    assert httpx.get(f"{site.url}/nowhere/").status_code == 404


@pytest.mark.long  # The pages' own tests look at the same pages with something on them.
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values())
def test_axe_finds_nothing(open_page: Open, path: str, scheme: str) -> None:
    page = live(open_page(path, scheme=scheme))
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert violations(page) == []
