"""One statement finds what callers may do now, for tokens and people together."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session as StoredSession
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tenants import rights
from tenants.auth.authentication import anonymous, authenticate_token, caller_of_user, demo_caller
from tenants.context import Caller, Session
from tenants.models import ApiToken, Membership, Tenant, User
from tenants.rights import Credentials, EndReason, Grant, credentials_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_token() -> Caller:
    """A caller with a token."""
    return authenticate_token(f"Bearer {factories.token(scopes=['orders:read', 'audit:read'])}")


@pytest.fixture
def by_session() -> Caller:
    """A caller who is a person."""
    caller = caller_of_user(factories.user(role=Membership.Role.AUDITOR))
    assert caller
    return caller


@pytest.fixture
def signed_in(client: Client, by_session: Caller) -> Caller:
    """The same person with a session."""
    client.force_login(User.objects.get(pk=by_session.user_id))
    store = client.session
    return replace(by_session, session=Session(store.session_key or "", store[HASH_SESSION_KEY]))


def known(caller: Caller) -> Credentials:
    """The credentials of a caller."""
    credentials = credentials_of(caller)
    assert credentials
    return credentials


def current(caller: Caller) -> Grant | EndReason:
    """The current rights of a caller."""
    [found] = rights.current([known(caller)]).values()
    return found


def test_unchanged_rights_are_equal(by_token: Caller, by_session: Caller) -> None:
    assert [current(one) for one in (by_token, by_session)] == [Grant(one.scopes) for one in (by_token, by_session)]


def test_one_statement_reads_the_rights_of_all_credentials(
    by_token: Caller, by_session: Caller, other_tenant: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [authenticate_token(f"Bearer {factories.token(of=other_tenant)}") for _ in range(3)]
    person = caller_of_user(factories.user(of=other_tenant))
    assert person
    all_callers = [by_token, by_session, *others, person, by_token]

    with django_assert_num_queries(1):
        found = rights.current(map(known, all_callers))

    assert found == {known(caller): Grant(caller.scopes) for caller in all_callers}


def test_callers_without_credentials_need_no_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    assert credentials_of(demo_caller()) is credentials_of(anonymous()) is None
    with django_assert_num_queries(0):
        assert rights.current([]) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revoked_at": timezone.now()}, "the token was revoked"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "the token has expired"),
    ],
)
def test_a_token_ends(by_token: Caller, change: dict[str, Any], reason: str) -> None:
    ApiToken.objects.filter(pk=by_token.token_id).update(**change)
    assert current(by_token) == EndReason(reason)


def test_a_token_that_is_gone_has_ended(by_token: Caller) -> None:
    ApiToken.objects.all().delete()
    assert current(by_token) == EndReason("the token was revoked")


def test_a_membership_ends(by_session: Caller, other_tenant: Tenant) -> None:
    Membership.objects.filter(user_id=by_session.user_id).update(tenant=other_tenant)
    assert current(by_session) == EndReason("you no longer belong to this tenant")


def test_a_person_is_disabled(by_session: Caller) -> None:
    User.objects.filter(pk=by_session.user_id).update(is_active=False)
    assert current(by_session) == EndReason("your account is disabled")


def test_a_tenant_is_disabled(by_token: Caller, by_session: Caller) -> None:
    Tenant.objects.filter(pk=by_token.tenant_id).update(is_active=False)
    assert current(by_token) == current(by_session) == EndReason("the tenant is disabled")


def test_rights_change(by_token: Caller, by_session: Caller) -> None:
    until = timezone.now() + timedelta(hours=1)
    ApiToken.objects.filter(pk=by_token.token_id).update(scopes=["orders:read", "nonsense"], expires_at=until)
    Membership.objects.filter(user_id=by_session.user_id).update(role=Membership.Role.OPERATOR)

    token, person = current(by_token), current(by_session)

    assert token == Grant(frozenset({"orders:read"}), until)
    assert person == Grant(frozenset({"orders:read", "orders:write"}))


def test_a_session_goes_on_until_it_is_signed_out(signed_in: Caller, client: Client) -> None:
    assert current(signed_in) == Grant(signed_in.scopes)
    client.post("/logout/")
    assert current(signed_in) == EndReason("your session has ended")


def test_a_session_ends_by_itself(signed_in: Caller) -> None:
    StoredSession.objects.update(expire_date=timezone.now())
    assert current(signed_in) == EndReason("your session has ended")


def test_a_session_ends_when_its_password_changes(signed_in: Caller) -> None:
    person = User.objects.get(pk=signed_in.user_id)
    person.set_password("another")
    person.save()
    assert current(signed_in) == EndReason("your session has ended")


def test_another_session_of_the_person_goes_on(signed_in: Caller, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(User.objects.get(pk=signed_in.user_id))
    elsewhere.post("/logout/")
    assert current(signed_in) == Grant(signed_in.scopes)


def test_one_statement_reads_the_rights_of_sessions_tokens_and_people(
    signed_in: Caller, by_token: Caller, by_session: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    all_callers = [signed_in, by_token, by_session]
    with django_assert_num_queries(1):
        found = rights.current(map(known, all_callers))
    assert found == {known(caller): Grant(caller.scopes) for caller in all_callers}


def test_a_session_key_is_not_shown(signed_in: Caller) -> None:
    assert signed_in.session
    assert signed_in.session.key not in repr(signed_in)
