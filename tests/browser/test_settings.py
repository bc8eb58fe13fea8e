"""The settings in a real browser: tokens, webhooks, members, receivers and usage, for admins."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, Problems, live, looks, where_people_sign_in
from tests.browser.site import Site
from tests.servers.processes import wait_until
from webhooks.tests.consumer import consumer

pytestmark = pytest.mark.browser

TABS = ("Tokens", "Webhooks", "Members", "Receivers", "Usage")


def settings(open_page: Open, tab: str, **options: object) -> Page:
    """The page with a tab open."""
    page = live(open_page(f"/settings/?tab={tab}", **options))
    expect(page.get_by_role("link", name=tab.title(), exact=True)).to_have_attribute("aria-current", "page")
    return page


def kept(page: Page) -> str:
    """The secret that is shown once; its dialog is closed."""
    dialog = page.get_by_role("dialog")
    text = dialog.locator("output").inner_text()
    dialog.get_by_role("button", name="I have saved it").click()
    expect(page.get_by_text(text)).to_have_count(0)
    return text


def is_invalid(field: Locator, error: str) -> None:
    """The field has the focus, and this error as its description."""
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(error))


def test_token_is_made_works_and_is_revoked(open_page: Open, site: Site) -> None:
    page = settings(open_page, "tokens")
    page.get_by_role("button", name="Create a token").first.click()
    form = page.get_by_role("dialog", name="Create a token")
    expect(form.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Enter")
    is_invalid(form.get_by_label("Name"), "Must not be empty")
    expect(form.get_by_role("group", name="Scopes")).to_have_accessible_description("Must contain at least one scope.")
    page.keyboard.type("ERP")
    form.get_by_label("read orders").check()
    form.get_by_label("Expires").select_option("never")
    form.get_by_role("button", name="Create a token").click()
    token = kept(page)

    def viewer() -> dict[str, object]:
        headers = {"authorization": f"Bearer {token}"}
        answer: dict[str, object] = httpx.get(
            f"{site.url}/graphql/", params={"query": "{ viewer { scopes } }"}, headers=headers
        ).json()
        return answer

    assert viewer()["data"] == {"viewer": {"scopes": ["orders:read"]}}
    row = page.get_by_role("row", name="ERP").first
    expect(row).to_contain_text("Valid")
    row.get_by_role("button", name="Revoke ERP").click()
    page.get_by_role("dialog", name="Revoke ERP?").get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("Revoked")
    assert "errors" in viewer()


def test_endpoint_is_added_tested_resent_and_removed(
    open_page: Open, site: Site, pictures: Path, problems: Problems
) -> None:
    page = settings(open_page, "webhooks")
    page.get_by_role("button", name="Add an endpoint").click()
    form = page.get_by_role("dialog", name="Add an endpoint")
    form.get_by_label("URL").fill("ftp://example.com")
    form.get_by_label("Only orders that match").fill('{"colour": 1}')
    form.get_by_role("button", name="Add an endpoint").click()
    is_invalid(form.get_by_label("Only orders that match"), "colour")
    problems.clear()  # The browser reports the status 400.
    form.get_by_label("Only orders that match").fill("")
    form.get_by_label("Body").fill("subscription { orderEvents { colour } }")
    form.get_by_role("button", name="Check").click()
    is_invalid(form.get_by_label("URL"), "Must be a URL")
    expect(form.get_by_label("Body")).to_have_attribute("aria-invalid", "true")
    page.screenshot(path=pictures / "settings-webhook-errors.png")

    with consumer(lambda _: 200) as running:
        form.get_by_label("URL").fill(running.url)
        form.get_by_label("Body").fill("subscription { orderEvents { sequence } }")
        form.get_by_label("placed", exact=True).check()
        form.get_by_role("button", name="Check").click()
        expect(page.get_by_text("No errors were found.")).to_be_visible()
        form.get_by_role("button", name="Add an endpoint").click()
        first_secret = kept(page)
        endpoint = page.get_by_role("listitem").filter(has_text=running.url)
        site.place_order("Ada")
        wait_until(lambda: len(running.requests) == 1, timeout_seconds=30, what="the event")
        endpoint.get_by_text("Log of attempts").click()
        endpoint.get_by_role("button", name="Send the event of").click()
        wait_until(lambda: len(running.requests) == 2, timeout_seconds=30, what="the event once more")
        assert len({request.headers["webhook-id"] for request in running.requests}) == 1
        endpoint.get_by_role("button", name="Send a test").click()
        expect(endpoint.get_by_text("a test", exact=True)).to_be_visible()
        expect(endpoint.get_by_text("delivered · 200").first).to_be_visible()
        page.screenshot(path=pictures / "settings-webhooks.png", full_page=True)

        assert rotated(page, endpoint) != first_secret

        endpoint.get_by_role("button", name="Send again since").click()
        page.get_by_role("dialog").get_by_role("button", name="Send again since").click()
        expect(page.get_by_text(re.compile(r"^[\d,]+ events? (is|are) sent again\."))).to_be_visible()
        switch = page.get_by_role("switch", name=f"Send events to {running.url}")
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "false")
        endpoint.get_by_role("button", name="Remove").click()
        page.get_by_role("dialog", name="Remove this endpoint?").get_by_role("button", name="Remove").click()
        expect(endpoint).to_have_count(0)


def rotated(page: Page, endpoint: Locator) -> str:
    """The endpoint's new secret."""
    endpoint.get_by_role("button", name="Rotate the secret").click()
    hours = page.get_by_role("dialog", name="Rotate the secret").get_by_label("Hours")
    hours.fill("1000")
    page.keyboard.press("Enter")
    is_invalid(hours, "Must be from 0 to 168 hours")
    hours.fill("2")
    page.keyboard.press("Enter")
    secret = kept(page)
    expect(endpoint.get_by_text("the previous secret signs as well")).to_be_visible()
    return secret


def test_person_is_invited_joins_and_gets_another_role(open_page: Open, site: Site, pictures: Path) -> None:
    page = settings(open_page, "members")
    role = page.get_by_label("Role of demo")
    role.select_option("VIEWER")
    expect(role).to_have_accessible_description(re.compile("This is the last admin"))
    page.get_by_role("button", name="Invite a person").click()
    form = page.get_by_role("dialog", name="Invite a person")
    page.keyboard.press("Enter")
    is_invalid(form.get_by_label("Who"), "Must not be empty")
    form.get_by_label("Who").fill("Grace, warehouse")
    form.get_by_label("Role").select_option("VIEWER")
    form.get_by_role("button", name="Make the link").click()
    link = kept(page)
    expect(page.get_by_role("row", name="Grace, warehouse")).to_contain_text("Viewer")

    theirs = open_page(link.removeprefix(site.url))
    assert violations(theirs) == []
    theirs.screenshot(path=pictures / "join.png")
    theirs.get_by_label("Name").fill("grace")
    theirs.get_by_label("Password", exact=True).fill("a long enough password")
    theirs.get_by_label("Password confirmation").fill("a long enough password")
    theirs.get_by_role("button", name="Create an account and join").click()
    expect(live(theirs).get_by_role("button", name="Account: grace at Demo")).to_be_visible()
    expect(theirs.get_by_role("link", name="Settings")).to_have_count(0)

    page.get_by_role("link", name="Tokens").click()
    page.get_by_role("link", name="Members").click()
    page.get_by_label("Role of grace").select_option("ADMIN")
    expect(page.get_by_text("grace is now Admin.")).to_be_visible()
    page.get_by_role("button", name="Remove grace").click()
    page.get_by_role("dialog", name="Remove grace?").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row", name="grace")).to_have_count(0)


def test_receiver_is_switched_and_handles_events_again(open_page: Open, site: Site) -> None:
    page = settings(open_page, "receivers")
    row = page.get_by_role("row", name="Audit record")
    switch = page.get_by_role("switch", name="Audit record")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    site.place_order("Ada")
    expect(row.get_by_role("cell").nth(1)).not_to_have_text("0")
    switch.click()
    expect(row.get_by_role("cell").nth(1)).to_have_text("0")

    row.get_by_role("button", name="Handle again: Audit record").click()
    dialog = page.get_by_role("dialog", name="Handle again: Audit record")
    dialog.get_by_role("button", name="Count the events").click()
    expect(dialog.get_by_text(re.compile(r"[1-9][\d,]* events? would be handled again\."))).to_be_visible()
    dialog.get_by_role("button", name="Handle again").click()
    expect(page.get_by_text(re.compile("being handled again"))).to_be_visible()


@looks("desktop", "phone")
def test_tabs_fit_and_axe_finds_nothing(
    open_page: Open, pictures: Path, site: Site, scheme: str, device: str, width: int
) -> None:
    for n in range(2):
        site.ask(
            'mutation ($n: String!) { createApiToken(input: {name: $n, scopes: ["orders:read"]}) { text } }', n=f"T{n}"
        )
    page = settings(open_page, "tokens", scheme=scheme, width=width)
    for name in TABS:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("region", name=name)).not_to_contain_text("Loading")
        page.screenshot(path=pictures / f"settings-{name.lower()}-{device}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page) == []
    page.get_by_role("button", name="Account: demo at Demo").click()
    expect(page.get_by_text("This is the open demo")).to_be_visible()
    assert violations(page) == []


@where_people_sign_in
def test_settings_are_for_those_with_the_right_and_follow_the_tenant(open_page: Open, site: Site) -> None:
    page = live(open_page("/"))
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("Access to Demo")).to_be_visible()
    page.get_by_role("button", name="Account: ada at Demo").click()
    page.get_by_role("button", name="Switch to North").click()
    expect(live(page).get_by_role("button", name="Account: ada at North")).to_be_visible()
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    page.goto(f"{site.url}/settings/")
    expect(page.get_by_role("heading", name="Settings are for admins")).to_be_visible()

    page.get_by_role("button", name="Account: ada at North").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site.url}/settings/?tab=members")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("to be typed by a test")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/settings/?tab=members")
    expect(page.get_by_role("row", name="ada")).to_contain_text("you")
