"""A tenant's members over GraphQL: invited, changed and removed by its admins alone."""

from dataclasses import replace
from typing import Any

import pytest

from graphql_api.tests.client import caller_of, data_of, refusal_of
from tenants.auth.authentication import demo_caller
from tenants.models import Invitation, Membership, Tenant
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "{ members { nodes { name fullName email role isActive isViewer } } invitations { name role createdBy } }"
PAGE = """query ($after: String) {
  members(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }"""
INVITE = """mutation ($input: InviteMemberInput!) {
  inviteMember(input: $input) { path invitation { id name role } userErrors { code field message } } }"""
CHANGE = """mutation ($name: String!, $role: MemberRole!) {
  changeMemberRole(input: {name: $name, role: $role}) { member { name role } userErrors { code field } } }"""
REMOVE = """mutation ($name: String!) {
  removeMember(input: {name: $name}) { removedName userErrors { code field } } }"""
WITHDRAW = "mutation ($id: ID!) { withdrawInvitation(input: {id: $id}) { withdrawnId userErrors { code field } } }"
LAST_ADMIN = [{"code": "LAST_ADMIN", "field": ["name"]}]


def invite(**given: Any) -> dict[str, Any]:
    """Send the mutation that invites."""
    caller = given.pop("caller", None)
    variables = {"input": {"name": "Grace", "role": "OPERATOR", **given}}
    made: dict[str, Any] = data_of(INVITE, variables, caller=caller)["inviteMember"]
    return made


def roles() -> dict[str, str]:
    """The members' roles, by their names."""
    return {one["name"]: one["role"] for one in data_of(LIST)["members"]["nodes"]}


def test_members_are_those_of_the_tenant_by_name(tenant: Tenant, other_tenant: Tenant) -> None:
    ada = factories.user(username="ada", role="admin", first_name="Ada", last_name="Lovelace", email="ada@example.com")
    factories.user(username="bob", role="viewer", is_active=False)
    factories.user(username="eve", of=other_tenant)
    bare = {"fullName": None, "email": None, "isViewer": False}

    found = data_of(LIST, caller=replace(demo_caller(), user_id=ada.pk))["members"]["nodes"]

    assert [one for one in found if one["name"] != "demo"] == [
        {"name": "ada", "fullName": "Ada Lovelace", "email": "ada@example.com", "role": "ADMIN"}
        | {"isActive": True, "isViewer": True},
        {"name": "bob", "role": "VIEWER", "isActive": False, **bare},
    ]


def test_members_are_read_page_by_page(tenant: Tenant, other_tenant: Tenant) -> None:
    Membership.objects.all().delete()
    names = ["ada", "bob", "käthe", "山田"]
    for name in [*reversed(names), "zoe"]:
        factories.user(username=name, of=other_tenant if name == "zoe" else tenant)
    read: list[str] = []
    after = None
    while after is not None or not read:
        page = data_of(PAGE, {"after": after})["members"]
        read += [one["name"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None

    assert read == names


def test_an_invitation_is_listed_without_its_secret_and_withdrawn(tenant: Tenant, other_tenant: Tenant) -> None:
    invite(caller=caller_of(other_tenant), name="Theirs")
    made = invite()

    assert made["path"].startswith("/join/")
    assert made["path"].split("/")[2] not in str(list(Invitation.objects.values()))
    assert data_of(LIST)["invitations"] == [{"name": "Grace", "role": "OPERATOR", "createdBy": "demo"}]

    withdrawn = data_of(WITHDRAW, {"id": made["invitation"]["id"]})["withdrawInvitation"]
    again = data_of(WITHDRAW, {"id": made["invitation"]["id"]})["withdrawInvitation"]
    assert withdrawn == {"withdrawnId": made["invitation"]["id"], "userErrors": []}
    assert again == {"withdrawnId": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert [one.name for one in Invitation.objects.all()] == ["Theirs"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "REQUIRED", "name"),
        ({"name": "a" * 101}, "LIMIT_EXCEEDED", "name"),
        ({"name": "a\u202eb"}, "INVALID", "name"),
    ],
)
def test_a_wrong_invitation_is_refused_at_its_field(
    tenant: Tenant, given: dict[str, str], code: str, field: str
) -> None:
    answer = invite(**given)

    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [(code, [field])]
    assert (answer["path"], answer["invitation"], Invitation.objects.count()) == (None, None, 0)


def test_an_invitation_of_an_unnamed_person_is_refused_without_a_word_of_tokens(tenant: Tenant) -> None:
    assert [one["message"] for one in invite(name="")["userErrors"]] == ["Must not be empty."]


def test_a_role_that_allows_more_than_its_giver_may_do_is_refused(tenant: Tenant) -> None:
    factories.user(username="bob", role="viewer")
    clerk = replace(demo_caller(), scopes=frozenset({"admin", "orders:read", "orders:write"}))

    assert invite(caller=clerk, role="ADMIN")["userErrors"][0]["field"] == ["role"]
    refused = data_of(CHANGE, {"name": "bob", "role": "AUDITOR"}, caller=clerk)["changeMemberRole"]
    assert refused == {"member": None, "userErrors": [{"code": "INVALID", "field": ["role"]}]}
    assert invite(caller=clerk, role="OPERATOR")["userErrors"] == []
    assert Membership.objects.get(user__username="bob").role == "viewer"


def test_a_member_is_changed_and_removed(tenant: Tenant, other_tenant: Tenant) -> None:
    bob = factories.user(username="bob", role="viewer")
    Membership.objects.create(user=bob, tenant=other_tenant, role="viewer")

    changed = data_of(CHANGE, {"name": "bob", "role": "OPERATOR"})["changeMemberRole"]
    assert changed == {"member": {"name": "bob", "role": "OPERATOR"}, "userErrors": []}
    assert data_of(REMOVE, {"name": "bob"})["removeMember"] == {"removedName": "bob", "userErrors": []}

    assert "bob" not in roles()
    [left] = bob.memberships.all()
    assert (left.tenant, left.role) == (other_tenant, "viewer")


def test_the_last_admin_stays(tenant: Tenant) -> None:
    Membership.objects.all().delete()
    factories.user(username="ada", role="admin")
    factories.user(username="away", role="admin", is_active=False)

    assert data_of(CHANGE, {"name": "ada", "role": "VIEWER"})["changeMemberRole"]["userErrors"] == LAST_ADMIN
    assert data_of(REMOVE, {"name": "ada"})["removeMember"]["userErrors"] == LAST_ADMIN
    assert data_of(CHANGE, {"name": "ada", "role": "ADMIN"})["changeMemberRole"]["userErrors"] == []
    factories.user(username="bob", role="admin")
    assert data_of(REMOVE, {"name": "ada"})["removeMember"]["userErrors"] == []
    assert roles() == {"away": "ADMIN", "bob": "ADMIN"}


@pytest.mark.parametrize("name", ["eve", "unknown", "", "a\x00b"])
def test_another_tenants_member_is_unknown(tenant: Tenant, other_tenant: Tenant, name: str) -> None:
    factories.user(username="eve", of=other_tenant, role="viewer")
    unknown = [{"code": "NOT_FOUND", "field": ["name"]}]

    assert data_of(CHANGE, {"name": name, "role": "VIEWER"})["changeMemberRole"]["userErrors"] == unknown
    assert data_of(REMOVE, {"name": name})["removeMember"]["userErrors"] == unknown
    assert Membership.objects.get(user__username="eve").role == "viewer"


@pytest.mark.parametrize("document", [LIST, INVITE, CHANGE, REMOVE, WITHDRAW])
def test_only_admins_manage_members(tenant: Tenant, document: str) -> None:
    clerk = replace(demo_caller(), scopes=demo_caller().scopes - {"admin"})
    given = {"id": "x", "name": "demo", "role": "VIEWER", "input": {"name": "a", "role": "VIEWER"}}

    fields = refusal_of(
        document.replace("members { nodes { name fullName email role isActive isViewer } }", ""), given, caller=clerk
    )
    assert fields == ("FORBIDDEN", "This needs the scope admin.")


def test_viewer_has_the_tenants_of_a_person(tenant: Tenant, other_tenant: Tenant) -> None:
    query = "{ viewer { tenants { slug } } }"
    ada = factories.user(username="ada")
    Membership.objects.create(user=ada, tenant=other_tenant, role="viewer")
    Membership.objects.create(user=ada, tenant=factories.tenant(slug="closed", is_active=False), role="viewer")
    person = replace(demo_caller(), user_id=ada.pk, is_demo=False)

    assert data_of(query, caller=person) == {"viewer": {"tenants": [{"slug": "demo"}, {"slug": "other"}]}}
    assert data_of(query, caller=caller_of(other_tenant)) == {"viewer": {"tenants": [{"slug": "other"}]}}
