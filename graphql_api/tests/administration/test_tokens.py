"""API tokens over GraphQL: made, listed and revoked by admins, each tenant's alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from graphql_api.tests.client import caller_of, data_of, refusal_of
from tenants.auth.authentication import InvalidToken, authenticate_token, demo_caller
from tenants.models import ApiToken, Tenant

pytestmark = pytest.mark.django_db

CREATE = """mutation ($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { text apiToken { id name prefix scopes expiresAt } userErrors { code field message } }
}"""
LIST = """query ($first: Int, $after: String) {
  apiTokens(first: $first, after: $after) { nodes { id name revokedAt } pageInfo { endCursor } }
}"""
REVOKE = """mutation ($id: ID!) {
  revokeApiToken(input: {id: $id}) { apiToken { revokedAt } userErrors { code field } }
}"""


def create(name: str = "ERP", scopes: tuple[str, ...] = ("orders:read",), **more: Any) -> dict[str, Any]:
    """Send the mutation that creates a token."""
    caller = more.pop("caller", None)
    given = {"input": {"name": name, "scopes": scopes, **more}}
    made: dict[str, Any] = data_of(CREATE, given, caller=caller)["createApiToken"]
    return made


def wrong(**given: Any) -> list[tuple[str, str]]:
    """Codes and paths of the errors in a token's input; no token was created then."""
    answer = create(**given)
    assert (answer["text"], answer["apiToken"], ApiToken.objects.count()) == (None, None, 0)
    return [(error["code"], ".".join(error["field"])) for error in answer["userErrors"]]


def test_a_token_is_made_and_authenticates(tenant: Tenant):
    end = timezone.now() + timedelta(days=30)

    made = create(scopes=("orders:read", "audit:read"), expiresAt=end.isoformat())

    caller = authenticate_token(f"Bearer {made['text']}")
    assert caller.tenant_id == tenant.id
    assert caller.scopes == {"orders:read", "audit:read"}
    assert made["apiToken"]["prefix"] == made["text"][:12]
    assert made["text"] not in str(list(ApiToken.objects.values()))


def test_a_caller_cannot_give_scopes_that_it_lacks(tenant: Tenant):
    admin = replace(demo_caller(), scopes=frozenset({"admin", "orders:read"}))

    assert wrong(scopes=("orders:read", "orders:write", "root"), caller=admin) == [
        ("INVALID", "scopes.1"),
        ("INVALID", "scopes.2"),
    ]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": " "}, [("REQUIRED", "name")]),
        ({"name": "a" * 101}, [("LIMIT_EXCEEDED", "name")]),
        *(({"name": f"a{character}b"}, [("INVALID", "name")]) for character in "\x00\u2028\u202e"),
        ({"scopes": ()}, [("REQUIRED", "scopes")]),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, [("INVALID", "expiresAt")]),
        ({"name": "", "scopes": ()}, [("REQUIRED", "name"), ("REQUIRED", "scopes")]),
    ],
)
def test_all_errors_of_an_input_are_returned_together(
    tenant: Tenant, given: dict[str, Any], errors: list[tuple[str, str]]
):
    assert wrong(**given) == errors


def test_a_token_is_listed_and_revoked_for_good(tenant: Tenant):
    first, second = create("first"), create("second")
    assert [node["name"] for node in data_of(LIST)["apiTokens"]["nodes"]] == ["second", "first"]

    revoked = data_of(REVOKE, {"id": first["apiToken"]["id"]})["revokeApiToken"]
    again = data_of(REVOKE, {"id": first["apiToken"]["id"]})["revokeApiToken"]

    assert revoked["apiToken"]["revokedAt"]
    assert revoked == again
    with pytest.raises(InvalidToken):
        authenticate_token(f"Bearer {first['text']}")
    assert authenticate_token(f"Bearer {second['text']}")
    page = data_of(LIST, {"first": 1})["apiTokens"]
    rest = data_of(LIST, {"first": 1, "after": page["pageInfo"]["endCursor"]})["apiTokens"]
    assert [bool(node["revokedAt"]) for node in page["nodes"] + rest["nodes"]] == [False, True]


def test_another_tenants_token_is_not_found(tenant: Tenant, other_tenant: Tenant):
    theirs = create(caller=caller_of(other_tenant))["apiToken"]["id"]
    ours = create()["apiToken"]["id"]
    data_of(REVOKE, {"id": ours})
    ApiToken.objects.filter(revoked_at__isnull=False).delete()

    answers = [data_of(REVOKE, {"id": one}) for one in (theirs, ours)]

    assert answers[0] == answers[1]
    assert answers[0]["revokeApiToken"] == {"apiToken": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert data_of(LIST)["apiTokens"]["nodes"] == []
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize("document", [LIST, CREATE, REVOKE])
def test_only_admins_manage_tokens(tenant: Tenant, document: str):
    clerk = replace(demo_caller(), scopes=frozenset({"orders:read", "orders:write", "audit:read", "receivers:write"}))

    refused = refusal_of(document, {"id": "x", "input": {"name": "mine", "scopes": ["orders:read"]}}, caller=clerk)

    assert refused == ("FORBIDDEN", "This needs the scope admin.")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("text", ["", "1", "QXBpVG9rZW46", "QXBpVG9rZW46MDE=", "T3JkZXI6MQ==", "QXBpVG9rZW465oCd"])
def test_an_id_of_another_kind_is_refused(tenant: Tenant, text: str):
    assert refusal_of(REVOKE, {"id": text})[0] == "BAD_USER_INPUT"
