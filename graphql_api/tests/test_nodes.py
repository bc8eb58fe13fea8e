"""Objects by their global ids."""

import base64
import uuid

import pytest

from audit.models import AuditLog
from events.models import Event
from graphql_api.ids import global_id
from graphql_api.tests.client import ask, caller_of, data_of, refusal_of
from orders.models import Order
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db

NODE = "query ($id: ID!) { node(id: $id) { id __typename } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


@pytest.fixture
def ids(tenant: Tenant) -> dict[str, str]:
    """The id of one object of each kind."""
    place_order()
    return {
        "Order": global_id("Order", Order.objects.get().id),
        "OrderEvent": global_id("OrderEvent", Event.objects.get(type="order.created").id),
        "AuditRecord": global_id("AuditRecord", AuditLog.objects.get().position),
    }


def test_every_kind_is_found_in_its_tenant_alone(ids: dict[str, str], other_tenant: Tenant) -> None:
    for kind, one in ids.items():
        assert data_of(NODE, {"id": one})["node"] == {"id": one, "__typename": kind}
        assert data_of(NODE, {"id": one}, caller=caller_of(other_tenant))["node"] is None


def test_ids_that_lists_show_are_those_that_node_finds(ids: dict[str, str]) -> None:
    found = data_of("{ orders { nodes { id } } orderEvents(first: 1) { nodes { id } } auditLog { nodes { id } } }")

    assert [found[name]["nodes"][0]["id"] for name in ("orders", "orderEvents", "auditLog")] == list(ids.values())


def test_nodes_keep_their_places_repeats_and_gaps_included(ids: dict[str, str]) -> None:
    unknown = global_id("Order", uuid.uuid4())
    order, event, record = ids.values()

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
def test_id_that_nothing_could_have_is_refused(text: str, message: str) -> None:
    assert refusal_of(NODE, {"id": text}) == ("BAD_USER_INPUT", message)


def test_one_bad_id_leaves_the_others(ids: dict[str, str]) -> None:
    response = ask(NODES, {"ids": ["garbage", ids["Order"]]})

    assert response["data"]["nodes"] == [None, {"id": ids["Order"], "__typename": "Order"}]
    assert [(error["path"], error["extensions"]["code"]) for error in response["errors"]] == [
        (["nodes", 0], "BAD_USER_INPUT")
    ]


def test_too_many_ids_are_refused() -> None:
    assert refusal_of(NODES, {"ids": ["x"] * 101}) == ("BAD_USER_INPUT", "At most 100 ids at once.")
