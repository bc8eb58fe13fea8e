"""The admin: the tenant that it works in, who may see what, and tokens."""

import html
import re
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from orders.models import Order
from tenants.admin.scoped import ScopedAdmin, page_of
from tenants.auth.authentication import authenticate_token
from tenants.context import tenant_context
from tenants.models import ApiToken, Membership, Tenant, User
from tenants.values.identifiers import uuid7
from tests import factories

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {"/admin/", "/admin/tenant/"}


def models() -> dict[str, type[Model]]:
    """The models that have pages, by the name of their pages."""
    reverse("admin:index")  # The addresses register them.
    return {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry}


def lists() -> list[str]:
    """The address of every list page."""
    return [reverse(f"admin:{name}_changelist") for name in models()]


def staff(role: str = Membership.Role.ADMIN, **fields: Any) -> User:
    """A person who may log in to the admin."""
    return factories.user(role=role, is_staff=True, **fields)


def client_of(user: User) -> Client:
    """A browser in which the person is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def superuser() -> User:
    """A superuser who belongs to no tenant."""
    return User.objects.create_superuser("root")


# --- The chosen tenant ------------------------------------------------------------------------------------------------


def test_a_person_works_in_their_first_tenant_and_in_another_once_chosen(other_tenant: Tenant) -> None:
    person = staff()
    Membership.objects.create(user=person, tenant=other_tenant, role="admin")
    ours = factories.place_order()
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order()
    client = client_of(person)

    def seen() -> tuple[bool, bool]:
        page = client.get("/admin/orders/order/").content.decode()
        return ours.number in page, theirs.number in page

    assert seen() == (True, False)
    chosen = client.post("/admin/tenant/", {"tenant": str(other_tenant.pk)})
    assert (chosen.status_code, chosen["Location"]) == (302, "/admin/")
    assert seen() == (False, True)
    # treated as unknown: redirected to the index
    assert client.get(f"/admin/orders/order/{ours.pk}/change/").status_code == 302


def test_a_person_cannot_choose_another_tenant(other_tenant: Tenant) -> None:
    client = client_of(staff())
    page = client.post("/admin/tenant/", {"tenant": str(other_tenant.pk)})

    assert page.status_code == 200
    assert other_tenant.name not in page.content.decode()
    assert "tenant" not in client.session


def test_a_choice_ends_with_the_membership(other_tenant: Tenant) -> None:
    person = staff()
    extra = Membership.objects.create(user=person, tenant=other_tenant, role="admin")
    client = client_of(person)
    client.post("/admin/tenant/", {"tenant": str(other_tenant.pk)})
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order()
    extra.delete()

    assert theirs.number not in client.get("/admin/orders/order/").content.decode()


def test_a_superuser_works_in_any_tenant(superuser: User, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order()
    client = client_of(superuser)

    assert theirs.number not in client.get("/admin/orders/order/").content.decode()
    client.post("/admin/tenant/", {"tenant": str(other_tenant.pk)})
    assert theirs.number in client.get("/admin/orders/order/").content.decode()


# --- No page fails ----------------------------------------------------------------------------------------------------


@pytest.mark.no_default_tenant
def test_no_page_fails_while_no_tenant_is_chosen(superuser: User, other_tenant: Tenant) -> None:
    factories.tenant(slug="third")  # Every statement must name its tenant here.
    client = client_of(superuser)
    statuses = {url: client.get(url).status_code for url in [*OPEN_TO_ALL, *lists()]}

    pages = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[key])
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, ScopedAdmin)
        for key in ("1", "audit", uuid7())
        for page in ("change", "history", "delete")
    }
    assert {client.get(page).status_code for page in pages} == {403}
    assert {client.post(page).status_code for page in pages} == {403}
    closed = {url for url, status in statuses.items() if status == 403}
    assert closed == {url for url in lists() if not url.startswith("/admin/tenants/") or "token" in url}
    assert {status for url, status in statuses.items() if url not in closed} == {200}


@pytest.mark.receivers
def test_every_page_opens_for_a_superuser(superuser: User, settle: Any) -> None:
    order = factories.place_order(lines=[factories.line(), factories.line("CUP-1")])
    factories.token()
    settle()
    client = client_of(superuser)
    client.post("/admin/events/receiverswitch/add/", {"receiver": "audit", "enabled": "on"})
    for url in [*OPEN_TO_ALL, *lists(), "/admin/search/?s=ord", "/admin/password_change/"]:
        assert client.get(url).status_code == 200, url
    opened = 0
    for model in admin.site._registry:
        row = model._default_manager.first()
        if row is not None:
            model_admin = admin.site._registry[model]
            url = page_of(row, getattr(model_admin, "public_key", "pk"))
            assert client.get(url).status_code == 200, url
            opened += 1
    assert opened == 8  # every model but the membership: a superuser has none
    assert str(order) in client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()


def test_every_list_is_searched_and_filtered_and_its_rows_have_names(superuser: User, settle: Any) -> None:
    factories.place_order()
    factories.user()
    factories.token()
    settle()
    client = client_of(superuser)
    for name, model in models().items():
        url = reverse(f"admin:{name}_changelist")
        page = client.get(url).content.decode()
        assert 'name="q"' in page, name
        assert admin.site._registry[model].list_filter, name
        for text in ("audit", "' %", str(uuid7())):
            assert client.get(url, {"q": text}).status_code == 200, (name, text)
        row = model._default_manager.first()
        assert row is None or " object (" not in str(row)


@pytest.mark.receivers
def test_large_lists_are_searched_by_whole_ids(settle: Any) -> None:
    mine, other = factories.place_order(), factories.place_order()
    settle()
    client = client_of(staff())
    for name in ("events_event", "events_delivery", "audit_auditlog"):
        found = client.get(reverse(f"admin:{name}_changelist"), {"q": f" {mine.pk} "}).content.decode()
        assert (str(mine.pk) in found.partition("result_list")[2], str(other.pk) in found) == (True, False), name


@pytest.mark.parametrize("state", ["valid", "expired", "revoked"])
def test_tokens_are_filtered_by_their_state(state: str) -> None:
    now = timezone.now()
    for name, fields in {"valid": {}, "expired": {"expires_at": now}, "revoked": {"revoked_at": now}}.items():
        factories.token()
        ApiToken.objects.filter(name__startswith="token").update(name=f"this one is {name}", **fields)
    page = client_of(staff()).get("/admin/tenants/apitoken/", {"state": state}).content.decode()

    assert re.findall("this one is ([a-z]+)<", page) == [state]


@pytest.mark.receivers
def test_no_page_counts_rows_of_all_tenants(settle: Any) -> None:
    factories.place_order()
    settle()
    client = client_of(staff())

    def links(url: str) -> set[str]:
        page = client.get(url)
        assert page.status_code == 200, url
        found = re.findall(
            r'href="([^"]*/(?:event|delivery|auditlog|bypass|apitoken|order)/[^"]*)"', page.content.decode()
        )
        return {html.unescape(link) for link in found}

    factories.token()
    event = Event.objects.get(type="order.created")
    seen = set()
    for url in lists():
        if client.get(url).status_code == 200:
            seen |= links(url)
    for url in [one for one in seen if one.endswith("/change/")]:
        seen |= links(url)
    assert f"/admin/events/event/{event.id}/change/" in seen
    assert f"/admin/events/delivery/?event__id__exact={event.id}" in seen
    assert "/admin/audit/auditlog/1/change/" in seen  # the first of the tenant's chain
    counting = [one for one in seen if re.search(r"(?:/|=)\d+(?:/|$)", one) and "/auditlog/" not in one]
    assert counting == []
    # treated as unknown: redirected to the index
    assert client.get(f"/admin/events/event/{event.pk}/change/").status_code == 302
    assert client.get(f"/admin/audit/auditlog/{10**30}/change/").status_code == 302


def test_a_person_without_the_staff_flag_is_refused() -> None:
    response = client_of(factories.user()).get("/admin/orders/order/")

    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/admin/orders/order/")


# --- Permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "seen", "adds"),
    [
        ("viewer", {"orders_order", "events_event", "events_delivery"}, False),
        ("operator", {"orders_order", "events_event", "events_delivery"}, True),
        ("auditor", {"orders_order", "events_event", "events_delivery", "audit_auditlog", "orders_bypass"}, False),
        (
            "admin",
            {
                *("orders_order", "events_event", "events_delivery", "audit_auditlog", "orders_bypass"),
                *("events_receiverswitch", "tenants_apitoken"),
                *("webhooks_endpoint", "webhooks_attempt", "clients_schemause"),
            },
            True,
        ),
    ],
)
def test_a_role_opens_its_pages(role: str, seen: set[str], adds: bool) -> None:
    client = client_of(staff(role))

    assert {name for name in models() if client.get(reverse(f"admin:{name}_changelist")).status_code == 200} == seen
    assert client.get("/admin/orders/order/add/").status_code == (200 if adds else 403)


@pytest.mark.receivers
@pytest.mark.parametrize("name", ["orders_order", "events_event", "events_delivery", "audit_auditlog"])
def test_events_and_records_can_be_neither_changed_nor_removed(name: str, superuser: User, settle: Any) -> None:
    factories.place_order()
    settle()
    client = client_of(superuser)
    model = models()[name]
    row: Any = model._default_manager.first()
    before = model._default_manager.values().get(pk=row.pk)

    assert client.post(reverse(f"admin:{name}_change", args=[row.pk]), {"status": "PAID"}).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    deletion = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    client.post(reverse(f"admin:{name}_changelist"), deletion)
    assert model._default_manager.values().get(pk=row.pk) == before


# --- Tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_works(tenant: Tenant) -> None:
    client = client_of(staff())
    response = client.post("/admin/tenants/apitoken/add/", {"name": "ERP", "scopes": ["orders:read", "orders:write"]})
    token = ApiToken.objects.get()
    page = response.content.decode()
    text = page[page.index(token.prefix) :].partition("<")[0]

    assert (response.status_code, "no-store" in response["Cache-Control"]) == (200, True)
    caller = authenticate_token(f"Bearer {text}")
    assert (caller.tenant_id, caller.scopes) == (tenant.pk, frozenset({"orders:read", "orders:write"}))
    for url in ("/admin/tenants/apitoken/", f"/admin/tenants/apitoken/{token.pk}/change/"):
        assert text not in client.get(url).content.decode()
        assert token.prefix in client.get(url).content.decode()


def test_a_token_is_revoked_not_removed() -> None:
    text = factories.token()
    token = ApiToken.objects.get()
    client_of(staff()).post("/admin/tenants/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert Client().get("/api/orders/", headers={"authorization": f"Bearer {text}"}).status_code == 401


def test_another_tenants_token_is_out_of_reach(other_tenant: Tenant) -> None:
    factories.token(of=other_tenant)
    token = ApiToken.objects.get()
    client = client_of(staff())
    client.post("/admin/tenants/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})

    token.refresh_from_db()
    assert token.revoked_at is None
    assert token.prefix not in client.get("/admin/tenants/apitoken/").content.decode()


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/admin/orders/order/", "/admin/events/event/", "/admin/events/delivery/"])
def test_a_list_costs_the_same_statements_whatever_its_length(
    url: str, superuser: User, settle: Any, django_assert_num_queries: Any
) -> None:
    client = client_of(superuser)
    for _ in range(3):
        factories.place_order()
        settle()
        with django_assert_num_queries(6):  # session, person, the person's memberships twice, the default tenant, rows
            client.get(url)
    assert Order.objects.count() == 3
