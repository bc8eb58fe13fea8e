"""What a caller may do follows from the caller's scopes, at every field."""

from dataclasses import replace
from typing import Any

import pytest
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graphql_api.access.permissions import AnyScope, HasScope
from graphql_api.ids import global_id
from graphql_api.schema import schema
from graphql_api.tests.client import ask, refusal_of
from orders.models import Order
from tenants.auth.authentication import demo_caller
from tenants.context import ALL_SCOPES, Caller
from tests.factories import place_order

READS = {
    "orders:read": "articles deliveries node nodes order orderEvents orderStats orders receivers",
    "audit:read": "auditLog auditRecords auditVerify",
    "receivers:write": "lab labEffects",
    "admin": "apiTokens invitations members schemaUses webhookEndpoints",
}
WRITES = {
    "orders:write": "cancelOrder createOrder createOrders deliverOrder payOrder payOrders refundOrder shipOrder "
    "shipOrders updateOrder",
    "receivers:write": "breakReceiver pullPlug repairReceiver replayEvents retryDelivery setReceiverEnabled",
    "admin": "changeMemberRole createApiToken createWebhookEndpoint deleteWebhookEndpoint inviteMember removeMember "
    "resendWebhook resendWebhooks revokeApiToken rotateWebhookSecret testWebhookEndpoint updateWebhookEndpoint "
    "withdrawInvitation",
}
LIVE = {"orders:read": "orderChanged orderCreated orderEvents orderStats"}
ANY = {"Query.viewer"}
DECLARED = {
    f"{root}.{name}": scope
    for root, fields in (("Query", READS), ("Mutation", WRITES), ("Subscription", LIVE))
    for scope, names in fields.items()
    for name in names.split()
}
"""Every field of a root type and its scope; add new fields here."""


def requirements_of(type_name: str, field_name: str) -> list[object]:
    """The requirements of a field."""
    made = schema._schema.type_map[type_name].fields[field_name]  # type: ignore[attr-defined]  # an object type
    return list(made.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].extensions)


def without(*scopes: str) -> Caller:
    """The demo caller without these scopes."""
    return replace(demo_caller(), scopes=ALL_SCOPES - set(scopes))


def test_every_root_field_has_its_declared_scope() -> None:
    found: dict[str, str | None] = {}
    for root in ("Query", "Mutation", "Subscription"):
        for name in schema._schema.type_map[root].fields:  # type: ignore[attr-defined]  # as above
            requirements = requirements_of(root, name)
            scopes = [one.scope for one in requirements if isinstance(one, HasScope)]
            assert len(scopes) + sum(isinstance(one, AnyScope) for one in requirements) == 1, f"{root}.{name}"
            found[f"{root}.{name}"] = scopes[0] if scopes else None

    assert found == DECLARED | dict.fromkeys(ANY)


def test_descriptions_say_which_scope_is_needed() -> None:
    for name, scope in DECLARED.items():
        root, field = name.split(".")
        made = schema._schema.type_map[root].fields[field]  # type: ignore[attr-defined]  # as above
        assert made.description.count(f"Needs the scope `{scope}`.") == 1, name


PAY = 'mutation { payOrder(input: {id: "x"}) { userErrors { code } } }'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scope", "query"),
    [
        ("orders:read", "{ orders { totalCount } }"),
        ("orders:read", '{ node(id: "x") { id } }'),
        ("orders:write", PAY),
        ("audit:read", "{ auditRecords { nodes { id } } }"),
        ("audit:read", "{ auditVerify { isIntact } }"),
    ],
)
def test_a_field_is_refused_without_its_scope(scope: str, query: str) -> None:
    assert refusal_of(query, caller=without(scope)) == ("FORBIDDEN", f"This needs the scope {scope}.")
    only = replace(demo_caller(), scopes=frozenset({scope}))
    errors = ask(query, caller=only).get("errors", [])
    assert "FORBIDDEN" not in [error["extensions"]["code"] for error in errors]


@pytest.mark.django_db
def test_a_caller_without_any_scope_may_read_viewer() -> None:
    assert ask("{ viewer { scopes } }", caller=without(*ALL_SCOPES))["data"] == {"viewer": {"scopes": []}}


@pytest.mark.django_db
@pytest.mark.parametrize("aliased", ["auditRecords", "trail: auditRecords"])
def test_the_audit_trail_is_closed_on_every_path(aliased: str) -> None:
    place_order()
    ways: list[tuple[str, dict[str, Any]]] = [
        (f"{{ orders {{ nodes {{ {aliased} {{ nodes {{ id }} }} }} }} }}", {}),
        (f"{{ orders {{ nodes {{ ...O }} }} }} fragment O on Order {{ {aliased} {{ nodes {{ id }} }} }}", {}),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": global_id("AuditRecord", 1)}),
        ("query ($id: ID!) { nodes(ids: [$id]) { id } }", {"id": global_id("AuditRecord", 1)}),
    ]
    for query, variables in ways:
        assert refusal_of(query, variables, caller=without("audit:read")) == (
            "FORBIDDEN",
            "This needs the scope audit:read.",
        )
        assert "errors" not in ask(query, variables)
    assert Order.objects.count() == 1
