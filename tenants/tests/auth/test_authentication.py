"""Authentication: tokens, roles, the demo and request ids."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from tenants.auth.authentication import (
    InvalidToken,
    authenticate_token,
    caller_at_hand,
    caller_for,
    caller_of_user,
    create_token,
    demo_is_open,
    is_from_own_page,
)
from tenants.auth.recent_callers import RecentCallers, recent_callers
from tenants.context import ALL_SCOPES, Caller, current_caller
from tenants.middleware import TenantMiddleware, request_id_of
from tenants.models import ApiToken, Membership, Tenant, User

LOCAL = {"host": "127.0.0.1:8000"}


@pytest.fixture
def embedded(settings):
    """Use the settings of the embedded default, which has the open demo."""
    settings.EMBEDDED = settings.ORDERS_DEMO = True


def test_a_token_is_shown_once_and_only_its_hash_is_kept(tenant):
    row, text = create_token(tenant=tenant, name="ERP", scopes=["orders:read"])
    assert text.startswith("ord_")
    assert len(text) == 47
    assert text not in str(ApiToken.objects.filter(pk=row.pk).values())
    assert row.prefix == text[:12]


def test_a_token_names_its_tenant_and_scopes(other_tenant):
    row, text = create_token(tenant=other_tenant, name="ERP", scopes=["orders:read"])
    caller = authenticate_token(f"Bearer {text}")
    assert (caller.tenant_id, caller.tenant_slug, caller.token_id) == (other_tenant.id, "other", row.pk)
    assert (caller.actor, caller.scopes) == (f"token:{row.prefix}", frozenset({"orders:read"}))


def test_the_scheme_is_read_in_any_case(tenant):
    _, text = create_token(tenant=tenant, name="ERP")
    assert authenticate_token(f"bEaReR   {text} ").tenant_id == tenant.id


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer ord_x", "Bearer \u0661", "ord_x"])
def test_a_malformed_token_is_refused(db, header):
    with pytest.raises(InvalidToken):
        authenticate_token(header)


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_a_revoked_or_expired_token_is_refused(tenant, change):
    row, text = create_token(tenant=tenant, name="ERP")
    ApiToken.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {text}")


def test_an_inactive_tenants_token_is_refused(other_tenant):
    _, text = create_token(tenant=other_tenant, name="ERP")
    other_tenant.is_active = False
    other_tenant.save()
    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {text}")


def test_the_last_use_is_written_once_a_minute(tenant, django_assert_num_queries):
    row, text = create_token(tenant=tenant, name="ERP")
    authenticate_token(f"Bearer {text}")
    row.refresh_from_db()
    assert row.last_used_at is not None
    recent_callers.forget()
    with django_assert_num_queries(1):
        authenticate_token(f"Bearer {text}")


def test_a_token_that_was_just_looked_up_costs_no_query(tenant, django_assert_num_queries):
    _, text = create_token(tenant=tenant, name="ERP")
    first = authenticate_token(f"Bearer {text}")
    with django_assert_num_queries(0):
        assert authenticate_token(f"bearer  {text}") == first
        assert caller_at_hand(headers={"authorization": f"Bearer {text}"}, client_ip=None) == first


def test_a_token_outside_the_cache_needs_the_database(tenant, django_assert_num_queries):
    _, text = create_token(tenant=tenant, name="ERP")
    with django_assert_num_queries(0):
        assert caller_at_hand(headers={"authorization": f"Bearer {text}"}, client_ip="127.0.0.1") is None


@pytest.fixture
def clock(monkeypatch):
    """Returns a function that moves the clock of the cache of recent callers, in seconds."""
    now = [1000.0]
    monkeypatch.setattr("tenants.auth.recent_callers.monotonic", lambda: now[0])

    def shift(seconds):
        now[0] += seconds

    return shift


@pytest.mark.parametrize(
    ("rows", "change"), [(ApiToken.objects, {"revoked_at": timezone.now()}), (Tenant.objects, {"is_active": False})]
)
def test_a_token_that_is_taken_away_is_refused_within_a_second(tenant, clock, rows, change):
    _, text = create_token(tenant=tenant, name="ERP")
    authenticate_token(f"Bearer {text}")
    rows.update(**change)

    clock(1.0)

    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {text}")


def test_a_token_is_not_kept_longer_than_it_lasts(tenant, clock):
    _, text = create_token(tenant=tenant, name="ERP", expires_at=timezone.now() + timedelta(seconds=0.5))
    authenticate_token(f"Bearer {text}")

    clock(0.5)

    assert caller_at_hand(headers={"authorization": f"Bearer {text}"}, client_ip=None) is None


def test_a_token_that_is_not_valid_is_looked_up_each_time(tenant):
    row, text = create_token(tenant=tenant, name="ERP")
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {text}")
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=None)
    assert authenticate_token(f"Bearer {text}").token_id == row.pk


def test_cached_callers_are_bounded_and_expire_after_a_second(monkeypatch, clock):
    monkeypatch.setattr("tenants.auth.recent_callers.KEPT_TOKENS", 3)
    recent = RecentCallers()
    for name in "abcd":
        recent.keep(name, Caller(actor=name))
    assert [recent.find(name) is not None for name in "abcd"] == [False, True, True, True]

    clock(1.5)
    recent.keep("e", Caller(actor="e"))

    assert list(recent._kept) == ["e"]


def test_an_unknown_scope_is_refused_and_no_token_made(tenant):
    with pytest.raises(ValueError, match="Unknown scopes: orders:delete"):
        create_token(tenant=tenant, name="ERP", scopes=["orders:read", "orders:delete"])
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("viewer", {"orders:read"}),
        ("operator", {"orders:read", "orders:write"}),
        ("auditor", {"orders:read", "audit:read"}),
        ("admin", set(ALL_SCOPES)),
    ],
)
def test_a_role_has_its_scopes(tenant, role, scopes):
    user = User.objects.create_user("ada")
    Membership.objects.create(user=user, tenant=tenant, role=role)
    assert caller_of_user(user).scopes == scopes


def test_a_person_without_membership_has_no_tenant(db):
    user = User.objects.create_user("ada")
    assert caller_of_user(user) is None
    assert caller_for(headers=LOCAL, client_ip="127.0.0.1", user=user).tenant_id is None


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_an_anonymous_caller_on_loopback_is_the_demo(address):
    caller = caller_for(headers=LOCAL, client_ip=address, user=None)
    assert (caller.is_demo, caller.tenant_slug, caller.actor) == (True, "demo", "demo")


@pytest.mark.parametrize("address", ["10.0.0.1", "8.8.8.8", "not an address", "", None])
def test_an_anonymous_caller_from_elsewhere_stays_anonymous(address):
    assert caller_for(headers=LOCAL, client_ip=address, user=None).tenant_id is None


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via"])
def test_a_proxys_header_ends_the_demo(header):
    assert not demo_is_open(client_ip="127.0.0.1", headers=LOCAL | {header: "127.0.0.1"})


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize("name", ["EMBEDDED", "ORDERS_DEMO"])
def test_the_demo_is_for_the_embedded_default_with_its_switch_on(settings, name):
    setattr(settings, name, False)
    assert not demo_is_open(client_ip="127.0.0.1", headers=LOCAL)


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "http://127.0.0.1:8001"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_page_of_another_site_is_recognised(headers, same):
    assert is_from_own_page(LOCAL | headers) is same


@pytest.mark.parametrize("given", [None, "", "short", "x" * 65, "with space", "new\nline"])
def test_a_request_id_of_another_form_is_replaced(given):
    assert len(request_id_of(given)) == 32


def test_the_middleware_acts_as_the_caller_and_returns_the_request_id(tenant):
    _, text = create_token(tenant=tenant, name="ERP")
    seen = []

    def view(request):
        seen.append((request.caller, current_caller()))
        from django.http import HttpResponse

        return HttpResponse()

    request = RequestFactory().get("/", headers={"authorization": f"Bearer {text}", "x-request-id": "abcdefgh"})
    response = TenantMiddleware(view)(request)
    assert response["X-Request-Id"] == "abcdefgh"
    assert seen[0][0] is seen[0][1]
    assert (seen[0][0].tenant_id, seen[0][0].request_id, seen[0][0].ip) == (tenant.id, "abcdefgh", "127.0.0.1")


def test_the_middleware_leaves_a_bad_token_anonymous(db):
    request = RequestFactory().get("/", headers={"authorization": "Bearer ord_wrong"})
    TenantMiddleware(lambda _: {})(request)
    assert request.invalid_token
    assert request.caller.tenant_id is None
