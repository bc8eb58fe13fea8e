"""Objects of another tenant and unknown objects: the same answer, with as many statements, on every transport."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events import cursors
from events.models import Delivery, Event
from graphql_api.ids import global_id
from graphql_api.tests.client import Answer, as_tenant, ask, caller_of, data_of
from orders.models import Order
from tenants.auth import members
from tenants.models import ApiToken, Tenant
from tenants.values.identifiers import uuid7
from tests import factories

pytestmark = pytest.mark.django_db

MOVES = ("payOrder", "shipOrder", "deliverOrder", "cancelOrder", "refundOrder")
BY_ORDER_ID = {
    "node": "query ($id: ID!) { node(id: $id) { id } }",
    "nodes": "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    "order": "query ($id: ID!) { order(by: {id: $id}) { id events { nodes { id } } } }",
    "orders where": "query ($id: ID!) { orders(where: {id: {eq: $id}}) { totalCount nodes { id } } }",
    "orderEvents": "query ($id: ID!) { orderEvents(orderId: $id) { nodes { id } pageInfo { hasNextPage } } }",
    "deliveries": "query ($id: ID!) { deliveries(orderId: $id) { nodes { id } pageInfo { hasNextPage } } }",
    "auditRecords": "query ($id: String!) { auditRecords(objectId: $id) { nodes { id } pageInfo { hasNextPage } } }",
    "replayEvents": """mutation ($id: ID!) {
        replayEvents(dryRun: true, input: {receiver: "audit", orderId: $id}) { events opened reopened hasMore } }""",
    **{
        move: f"""mutation ($id: ID!) {{
            {move}(input: {{id: $id}}) {{ order {{ id }} userErrors {{ code field message }} }} }}"""
        for move in MOVES
    },
}
BY_ORDER_ID |= {
    "updateOrder": """mutation ($id: ID!) {
        updateOrder(input: {id: $id, notes: "a"}) { order { id } userErrors { code field message } } }""",
    "payOrders": """mutation ($id: ID!) {
        payOrders(input: {orders: [{id: $id}]}) { orders { id } userErrors { code field message } } }""",
    "shipOrders": """mutation ($id: ID!) {
        shipOrders(input: {orders: [{id: $id}]}) { orders { id } userErrors { code field message } } }""",
}
BY_OTHER_ID = {
    "OrderEvent": "query ($id: ID!) { node(id: $id) { id } }",
    "Delivery": "query ($id: ID!) { node(id: $id) { id } }",
    "retryDelivery": """mutation ($id: ID!) {
        retryDelivery(input: {id: $id}) { delivery { id } userErrors { code field message } } }""",
    "revokeApiToken": """mutation ($id: ID!) {
        revokeApiToken(input: {id: $id}) { apiToken { id } userErrors { code field message } } }""",
    "withdrawInvitation": """mutation ($id: ID!) {
        withdrawInvitation(input: {id: $id}) { withdrawnId userErrors { code field message } } }""",
}


@pytest.fixture
def theirs(tenant: Tenant, other_tenant: Tenant) -> Order:
    """An order of another tenant; ours has one too."""
    factories.place_order()
    with as_tenant(other_tenant):
        return factories.place_order(external_reference="THEIRS-1", idempotency_key="key-1")


def answer_to(query: str, variables: Answer) -> tuple[str, int]:
    """The answer for our tenant, without the points that are left, and how many statements it took."""
    with CaptureQueriesContext(connection) as taken:
        answer = ask(query, variables)
    answer.pop("extensions", None)
    return json.dumps(answer, sort_keys=True), len(taken)


def assert_alike(query: str, foreign: Answer, unknown: Answer) -> None:
    """The two answers must be equal, whichever of the two is requested first."""
    answer_to(query, unknown)  # The first request of its kind compiles and caches things.
    assert answer_to(query, foreign) == answer_to(query, unknown) == answer_to(query, foreign)


@pytest.mark.parametrize("name", BY_ORDER_ID)
def test_an_orders_id(theirs: Order, name: str) -> None:
    foreign, unknown = global_id("Order", theirs.id), global_id("Order", uuid7())
    assert_alike(BY_ORDER_ID[name], {"id": foreign}, {"id": unknown})
    with as_tenant(theirs.tenant):
        assert Order.objects.get().version == 1


@pytest.mark.parametrize("name", BY_OTHER_ID)
def test_another_id(theirs: Order, name: str) -> None:
    with as_tenant(theirs.tenant):
        event, delivery = Event.objects.first(), Delivery.objects.first()
    assert event is not None
    assert delivery is not None
    factories.token(of=theirs.tenant)
    with as_tenant(theirs.tenant):
        invitation, _ = members.invite(name="Theirs", role="viewer")
    foreign = {
        "OrderEvent": global_id("OrderEvent", event.id),
        "Delivery": global_id("Delivery", delivery.pk),
        "retryDelivery": global_id("Delivery", delivery.pk),
        "revokeApiToken": global_id("ApiToken", ApiToken.objects.get(tenant=theirs.tenant).pk),
        "withdrawInvitation": global_id("Invitation", invitation.pk),
    }[name]
    kind = base64.b64decode(foreign).decode().partition(":")[0]
    unknown = global_id(kind, uuid7())
    assert_alike(BY_OTHER_ID[name], {"id": foreign}, {"id": unknown})
    assert ApiToken.objects.get(tenant=theirs.tenant).revoked_at is None


def test_a_number_and_a_reference(theirs: Order) -> None:
    by_number = "query ($name: String!) { order(by: {number: $name}) { id } }"
    by_reference = "query ($name: String!) { order(by: {externalReference: $name}) { id } }"
    assert_alike(by_number, {"name": theirs.number}, {"name": "ZZZZZ-ZZZZZ"})
    assert_alike(by_reference, {"name": "THEIRS-1"}, {"name": "THEIRS-9"})


def test_a_reference_and_a_key_are_free_to_us(theirs: Order) -> None:
    create = """mutation ($key: String, $reference: String) {
        createOrder(input: {total: "1.00", idempotencyKey: $key, externalReference: $reference}) {
          order { externalReference } userErrors { code } } }"""
    taken = {"key": "key-1", "reference": "THEIRS-1"}
    assert data_of(create, taken)["createOrder"] == {"order": {"externalReference": "THEIRS-1"}, "userErrors": []}


def lists_cursors(tenant: Tenant) -> dict[str, str]:
    """Valid cursors of a tenant, by their list."""
    found = {}
    for name in ("orders", "orderEvents", "auditRecords", "deliveries"):
        page = data_of(f"{{ {name}(first: 1) {{ pageInfo {{ endCursor }} }} }}", caller=caller_of(tenant))[name]
        found[name] = page["pageInfo"]["endCursor"]
    return found


@pytest.mark.receivers
def test_a_cursor(theirs: Order) -> None:
    for name, cursor in lists_cursors(theirs.tenant).items():
        query = f"query ($after: String) {{ {name}(after: $after) {{ nodes {{ id }} }} }}"
        broken = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
        assert_alike(query, {"after": cursor}, {"after": broken})
        assert "BAD_USER_INPUT" in answer_to(query, {"after": cursor})[0]


def test_a_position_in_the_log(theirs: Order) -> None:
    foreign = cursors.encode(theirs.tenant.id, 1)
    query = "query ($after: String) { orderEvents(after: $after) { nodes { id } } }"
    assert_alike(query, {"after": foreign}, {"after": cursors.encode(uuid7(), 1)})


@pytest.mark.parametrize("path", ["", "pay/", "ship/", "deliver/", "cancel/"])
def test_rest(theirs: Order, path: str) -> None:
    def answered(order_id: UUID) -> tuple[int, Any, int]:
        with CaptureQueriesContext(connection) as taken:
            url = f"/api/orders/{order_id}/{path}"
            client = Client()
            response = client.post(url, "{}", content_type="application/json") if path else client.get(url)
        document = response.json()
        document.pop("requestId")
        return response.status_code, document, len(taken)

    unknown = uuid7()
    assert answered(theirs.id) == answered(unknown) == answered(theirs.id)
    assert answered(theirs.id)[0] == 404
