"""Every page with data, empty, without a network and in error, as far as it can be in that state."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

from playwright.sync_api import Page

from tests.browser.pictures import states
from tests.browser.pictures.take import Case, Show
from tests.browser.site import Site
from tests.environment import ROOT

STAFF = ("demo", "demo")
"""The person that ``./dev up`` names."""
NEWCOMER = ("nora", "to be typed by a test")
"""The admin of a tenant that has nothing yet."""
MAKE_NEWCOMER = f"""
from tenants.models import Membership, Tenant, User
tenant, _ = Tenant.objects.get_or_create(slug="north", defaults={{"name": "North"}})
person, _ = User.objects.get_or_create(username={NEWCOMER[0]!r})
person.is_staff = person.is_superuser = True
person.set_password({NEWCOMER[1]!r})
person.save()
Membership.objects.get_or_create(user=person, tenant=tenant, defaults={{"role": "admin"}})
"""
SERVER_ERROR = """
from django.test import RequestFactory
from config.http import refusals
print(refusals.server_error(RequestFactory().get("/", headers={"accept": "text/html"})).text)
"""


def prepare(site: Site) -> None:
    """Make the person that some cases need, and what an admin sees in the settings."""
    in_django(site, MAKE_NEWCOMER)
    for name, scopes in (
        ("Accounting export", ["orders:read"]),
        ("Warehouse scanner", ["orders:read", "orders:write"]),
    ):
        site.ask(
            "mutation ($i: CreateApiTokenInput!) { createApiToken(input: $i) { text } }",
            i={"name": name, "scopes": scopes},
        )
    endpoint = {"url": "https://127.0.0.1:9/erp/orders", "description": "ERP", "where": {"total": {"gt": "1000000"}}}
    site.ask("mutation ($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }", i=endpoint)
    invited = {"name": "Noor, accounting", "role": "VIEWER"}
    site.ask("mutation ($i: InviteMemberInput!) { inviteMember(input: $i) { path } }", i=invited)


def in_django(site: Site, code: str) -> str:
    """Run code on the site's own data; return what it prints."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", code]
    return subprocess.run(command, env=site.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def app(page: str, path: str, *, offline: Show = states.cut) -> Iterator[Case]:
    """A page of the app in its four states."""
    yield Case(page=page, state="data", path=path, show=states.drawn)
    yield Case(page=page, state="empty", path=path, show=states.drawn, person=NEWCOMER)
    yield Case(page=page, state="offline", path=path, show=offline)
    yield Case(page=page, state="error", path=path, show=states.failed, before=states.failing)


TABS = ("tokens", "webhooks", "members", "receivers", "usage")


def settings() -> Iterator[Case]:
    """The tabs of the settings; without a network, each is opened from another."""

    def opened(tab: str) -> Show:
        def show(page: Page, site: Site) -> None:
            page.goto(f"{site.url}/settings/?tab={'usage' if tab == 'tokens' else 'tokens'}")
            states.cut(page, site)
            page.get_by_role("link", name=tab.title(), exact=True).click()
            states.failed(page, site)

        return show

    for tab in TABS:
        yield from app(f"settings-{tab}", f"/settings/?tab={tab}", offline=opened(tab))


def order() -> Iterator[Case]:
    """An order's drawer over the board; as an empty one, an order that there is not."""

    def newest(show: Show) -> Show:
        def opened(page: Page, site: Site) -> None:
            number = site.ask("{ orders(first: 1) { nodes { number } } }")["orders"]["nodes"][0]["number"]
            page.goto(f"{site.url}/?order={number}")
            show(page, site)

        return opened

    yield Case(page="order", state="data", path="/login/", show=newest(states.drawn))
    yield Case(page="order", state="empty", path="/?order=00000-00000", show=states.drawn)
    yield Case(page="order", state="offline", path="/login/", show=newest(states.cut))
    yield Case(page="order", state="error", path="/login/", show=newest(states.failed), before=states.failing)


def windows(cases: Iterator[Case]) -> Iterator[Case]:
    """Pages whose pictures end at the bottom of the window."""
    return (replace(case, window_only=True) for case in cases)


def new_order() -> Iterator[Case]:
    """The form of a new order."""
    for state, show in (
        ("empty", states.drawn),
        ("data", states.sampled),
        ("offline", states.form_cut),
        ("error", states.form_wrong),
    ):
        yield Case(page="new-order", state=state, path="/?new", show=show)  # type: ignore[arg-type]


def imports() -> Iterator[Case]:
    """The import: no file, a file, one with errors, and one without a network."""
    for state, show in (
        ("empty", states.drawn),
        ("data", states.read),
        ("offline", states.read_cut),
        ("error", states.read_wrong),
    ):
        yield Case(page="import", state=state, path="/import/", show=show)  # type: ignore[arg-type]


def learn() -> Iterator[Case]:
    """The guide; it has no data of a tenant."""
    yield Case(page="learn", state="data", path="/learn/", show=states.drawn)
    yield Case(page="learn", state="empty", path="/learn/?chapter=99", show=states.drawn)
    yield Case(page="learn", state="offline", path="/learn/?chapter=6", show=states.chapter_cut)
    yield Case(page="chapter", state="data", path="/learn/?chapter=6", show=states.chapter_run)


def of_the_server() -> Iterator[Case]:
    """Pages that are not the app's."""
    yield Case(page="sign-in", state="empty", path="/login/")
    yield Case(page="sign-in", state="data", path="/login/", person=STAFF)
    yield Case(page="sign-in", state="error", path="/login/", show=states.refused)
    yield Case(page="join", state="data", path="/login/", show=invited)
    yield Case(page="join", state="error", path="/join/not-a-link/")
    yield Case(page="choose-tenant", state="data", path="/admin/tenant/", person=STAFF, known=UNFOLD, is_of_others=True)
    yield Case(page="event-docs", state="data", path="/api/events/docs/")
    yield Case(page="not-found", state="error", path="/nowhere/")
    yield Case(page="server-error", state="error", path="/nowhere/", before=broken)


MONACO = ('color-contrast: <div class="line-numbers', 'color-contrast: <span class="mtk', "nested-interactive: <li")
"""GraphiQL's tabs with a button to close them, and the colours of its editor."""
SWAGGER = ("nested-interactive: <button", "select-name: <select", "scrollable-region-focusable: <pre")
"""Swagger UI's operations with a button to copy their path, its lists, and its examples."""


UNFOLD = ('cut: <a class="align-middle',)
"""The admin's path to the page, on a phone."""


def of_libraries() -> Iterator[Case]:
    """Pages that libraries draw."""
    graphiql = Case(page="graphiql", state="data", path="/graphql/", show=states.answered, known=MONACO)
    docs = Case(page="rest-docs", state="data", path="/api/docs/", show=states.listed, known=SWAGGER)
    in_admin = (replace(case, known=UNFOLD, window_only=True) for case in admin())
    for case in (replace(graphiql, window_only=True), docs, *in_admin):
        yield replace(case, is_of_others=True)


def invited(page: Page, site: Site) -> None:
    """The page of a new invitation's link."""
    mutation = "mutation ($i: InviteMemberInput!) { inviteMember(input: $i) { path } }"
    page.goto(site.url + site.ask(mutation, i={"name": "Grace", "role": "OPERATOR"})["inviteMember"]["path"])


def broken(page: Page, site: Site) -> None:
    """The server answers as when its code fails."""
    body = in_django(site, SERVER_ERROR)
    page.route("**/nowhere/", lambda route: route.fulfill(status=500, content_type="text/html", body=body))


def admin() -> Iterator[Case]:
    """The admin's first page, lists with and without objects, and forms."""
    yield Case(page="admin", state="data", path="/admin/", person=STAFF)
    for name in ("orders/order", "tenants/apitoken", "events/event", "webhooks/endpoint"):
        page = f"admin-{name.partition('/')[2]}"
        yield Case(page=page, state="data", path=f"/admin/{name}/", person=STAFF)
    yield Case(page="admin-order", state="empty", path="/admin/orders/order/", person=NEWCOMER)
    yield Case(
        page="admin-order-form", state="data", path="/admin/orders/order/", person=STAFF, show=states.first_of_the_list
    )
    yield Case(page="admin-order-form", state="empty", path="/admin/orders/order/add/", person=STAFF)


CASES: tuple[Case, ...] = (
    *windows(app("board", "/")),
    *windows(order()),
    *windows(new_order()),
    *imports(),
    *settings(),
    *app("lab", "/lab/"),
    *learn(),
    *of_the_server(),
    *of_libraries(),
)
