"""A person joins a tenant by the link of an invitation."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.auth import members
from tenants.models import Invitation, Membership, Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db

NEW = {"username": "grace", "email": "", "password1": "a long enough password", "password2": "a long enough password"}
WHO = {"query": "{ viewer { actor scopes tenant { slug } } }"}


@pytest.fixture
def link(tenant: Tenant) -> str:
    """An invitation as an operator."""
    return f"/join/{members.invite(name='Grace', role='operator')[1]}/"


def test_a_new_account_joins_and_is_signed_in(client: Client, link: str) -> None:
    page = client.get(link).content.decode()
    assert "You are invited to <strong>Demo</strong> as operator." in page

    assert client.post(link, NEW).headers["Location"] == "/"

    viewer = client.get("/graphql/", WHO).json()["data"]["viewer"]
    assert viewer == {"actor": "user:grace", "scopes": ["orders:read", "orders:write"], "tenant": {"slug": "demo"}}
    assert not Invitation.objects.exists()
    assert not User.objects.get(username="grace").is_staff


def test_a_person_joins_with_their_account_and_works_there(client: Client, link: str, other_tenant: Tenant) -> None:
    ada = factories.user(username="ada", of=other_tenant)
    client.force_login(ada)
    assert b"Join as ada" in client.get(link).content

    client.post(link)

    assert client.get("/graphql/", WHO).json()["data"]["viewer"]["tenant"] == {"slug": "demo"}
    assert ada.memberships.count() == 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"username": "taken"}, "already exists"),
        ({"password2": "another password"}, "The two password fields"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"username": "a b"}, "Enter a valid username"),
    ],
)
def test_a_wrong_account_is_refused_and_the_link_stays(
    client: Client, link: str, given: dict[str, str], error: str
) -> None:
    factories.user(username="taken")
    before = User.objects.count()

    assert error in client.post(link, NEW | given).content.decode()
    assert (User.objects.count(), Invitation.objects.count()) == (before, 1)


def test_a_member_keeps_the_role(client: Client, link: str) -> None:
    client.force_login(factories.user(username="ada", role="viewer"))
    client.post(link)

    assert Membership.objects.get(user__username="ada").role == "viewer"
    assert Invitation.objects.count() == 1


def test_a_link_works_once_and_for_a_week(client: Client, link: str, tenant: Tenant) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == client.post(link, NEW).status_code == 404
    assert not User.objects.filter(username="grace").exists()

    made, text = members.invite(name="Grace", role="viewer")
    assert Invitation.objects.get() == made  # the expired one is gone
    assert made.expires_at - timezone.now() > timedelta(days=6, hours=23)
    client.post(f"/join/{text}/", NEW)
    assert Client().get(f"/join/{text}/").status_code == 404


def test_a_link_that_is_used_meanwhile_leaves_no_account(
    client: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = Invitation.objects.get()
    Invitation.objects.all().delete()
    monkeypatch.setattr(members, "invitation_of", lambda _: invitation)

    assert client.post(link, NEW).status_code == 404
    assert not User.objects.filter(username="grace").exists()
    assert "sessionid" not in client.cookies


def test_a_link_to_an_inactive_tenant_does_not_work(client: Client, link: str) -> None:
    Tenant.objects.update(is_active=False)
    assert client.get(link).status_code == 404


def test_too_many_open_invitations_are_refused(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MOST_OPEN", 1)
    members.invite(name="a", role="viewer")

    with pytest.raises(members.MemberRefused) as refused:
        members.invite(name="b", role="viewer")
    assert [one.code for one in refused.value.refusals] == ["LIMIT_EXCEEDED"]
    assert Invitation.objects.count() == 1
