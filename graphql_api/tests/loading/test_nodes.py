"""Objects by their global ids."""

import base64
import uuid
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLObjectType

from audit.models import AuditLog
from events.models import Delivery, Event
from graphql_api.ids import global_id
from graphql_api.loading.node_lookup import KINDS
from graphql_api.schema import schema
from graphql_api.tests.client import ask, caller_of, data_of, refusal_of
from graphql_api.tests.clients.uses import use_schema
from orders.models import Order, OrderLine
from orders.states import Status
from orders.tables.order_parts import Refund
from orders.writing.refunds import refund_order
from tenants.auth import members
from tenants.auth.authentication import create_token, demo_caller
from tenants.models import Tenant
from tests.factories import place_order
from webhooks.tests.endpoints import endpoint

pytestmark = pytest.mark.django_db

NODE = "query ($id: ID!) { node(id: $id) { id __typename } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


@pytest.fixture
def ids(tenant: Tenant) -> dict[str, str]:
    """The id of one object of each kind."""
    refund_order(place_order(status=Status.PAID).id)
    return {
        "Order": global_id("Order", Order.objects.get().id),
        "OrderEvent": global_id("OrderEvent", Event.objects.get(type="order.created").id),
        "AuditRecord": global_id("AuditRecord", AuditLog.objects.latest("position").position),
        "OrderLine": global_id("OrderLine", OrderLine.objects.get().id),
        "Refund": global_id("Refund", Refund.objects.get().id),
        "ApiToken": global_id("ApiToken", create_token(tenant=tenant, name="ERP")[0].id),
        "Invitation": global_id("Invitation", members.invite(name="Grace", role="viewer")[0].pk),
        "SchemaUse": global_id("SchemaUse", use_schema("Order.id").id),
        "Delivery": global_id("Delivery", Delivery.objects.filter(receiver="audit").latest("sequence").id),
        "WebhookEndpoint": global_id("WebhookEndpoint", endpoint().pk),
    }


@pytest.mark.receivers
def test_every_type_with_an_id_is_a_node(ids: dict[str, str]) -> None:
    types = schema._schema.type_map.values()
    named = {one.name for one in types if isinstance(one, GraphQLObjectType) and "id" in one.fields}

    assert named == {one.name for one in schema._schema.get_possible_types(schema._schema.type_map["Node"])}  # type: ignore[arg-type]  # an interface
    assert named == ids.keys() == KINDS.keys()


@pytest.mark.receivers
def test_every_kind_is_found_in_its_tenant_alone(ids: dict[str, str], other_tenant: Tenant) -> None:
    for kind, one in ids.items():
        assert data_of(NODE, {"id": one})["node"] == {"id": one, "__typename": kind}
        assert data_of(NODE, {"id": one}, caller=caller_of(other_tenant))["node"] is None


@pytest.mark.receivers
def test_ids_that_lists_show_are_those_that_node_finds(ids: dict[str, str]) -> None:
    found = data_of(
        """{ orders { nodes { id lines { id } refunds { id } } } orderEvents(first: 1) { nodes { id } }
          auditRecords { nodes { id } } apiTokens { nodes { id } } schemaUses { nodes { id } }
          deliveries(receiver: "audit") { nodes { id } } webhookEndpoints { id } invitations { id } }"""
    )

    lists = ("orders", "orderEvents", "auditRecords", "apiTokens", "schemaUses", "deliveries")
    shown = [found[name]["nodes"][0]["id"] for name in lists]
    shown += [found["orders"]["nodes"][0][name][0]["id"] for name in ("lines", "refunds")]
    shown += [found[name][0]["id"] for name in ("webhookEndpoints", "invitations")]
    assert sorted(shown) == sorted(ids.values())


@pytest.mark.receivers
def test_a_line_is_shown_as_in_its_order(ids: dict[str, str], django_assert_num_queries: Any) -> None:
    fields = "sku name quantity unitPrice { amount currency } total { amount currency }"
    expected = data_of(f"{{ orders {{ nodes {{ lines {{ {fields} }} }} }} }}")["orders"]["nodes"][0]["lines"][0]

    with django_assert_num_queries(1):
        found = data_of(
            f"query ($id: ID!) {{ node(id: $id) {{ ... on OrderLine {{ {fields} }} }} }}", {"id": ids["OrderLine"]}
        )

    assert found["node"] == expected


@pytest.mark.receivers
@pytest.mark.parametrize("kind", ["ApiToken", "Invitation", "SchemaUse"])
def test_a_token_an_invitation_and_a_use_of_the_schema_are_for_admins_alone(ids: dict[str, str], kind: str) -> None:
    clerk = replace(demo_caller(), scopes=frozenset({"orders:read"}))

    assert refusal_of(NODE, {"id": ids[kind]}, caller=clerk) == ("FORBIDDEN", "This needs the scope admin.")


@pytest.mark.receivers
def test_nodes_keep_their_places_repeats_and_gaps_included(ids: dict[str, str]) -> None:
    unknown = global_id("Order", uuid.uuid4())
    order, event, record = (ids[kind] for kind in ("Order", "OrderEvent", "AuditRecord"))

    found = data_of(NODES, {"ids": [event, unknown, order, event, record]})["nodes"]

    assert [one and one["id"] for one in found] == [event, None, order, event, record]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This is not the id of an object."),
        ("garbage", "This is not the id of an object."),
        ("ä", "This is not the id of an object."),
        (base64.b64encode(b"\xff:1").decode(), "This is not the id of an object."),
        (global_id("Tenant", 1), "This is not the id of an object."),
        (global_id("Order", "1"), "This is not the id of an Order."),
        (global_id("Order", uuid.UUID(int=7).hex), "This is not the id of an Order."),
        (global_id("OrderEvent", "x"), "This is not the id of an OrderEvent."),
        (global_id("AuditRecord", "-1"), "This is not the id of an AuditRecord."),
        (global_id("AuditRecord", 2**63), "This is not the id of an AuditRecord."),
        (global_id("AuditRecord", "007"), "This is not the id of an AuditRecord."),
    ],
)
def test_malformed_id_is_refused(text: str, message: str) -> None:
    assert refusal_of(NODE, {"id": text}) == ("BAD_USER_INPUT", message)


@pytest.mark.receivers
def test_one_bad_id_leaves_the_others(ids: dict[str, str]) -> None:
    response = ask(NODES, {"ids": ["garbage", ids["Order"]]})

    assert response["data"]["nodes"] == [None, {"id": ids["Order"], "__typename": "Order"}]
    assert [(error["path"], error["extensions"]["code"]) for error in response["errors"]] == [
        (["nodes", 0], "BAD_USER_INPUT")
    ]


def test_too_many_ids_are_refused() -> None:
    assert refusal_of(NODES, {"ids": ["x"] * 101}) == ("BAD_USER_INPUT", "At most 100 ids at once.")
