"""``updateOrder``, ``refundOrder``, ``payOrders`` and ``shipOrders``, and what they leave to read."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from events.dispatch.numbering import number
from events.models import Event
from graphql_api.ids import global_id
from graphql_api.tests.client import caller_of, data_of, refusal_of
from orders.models import Order
from orders.states import Status
from orders.writing.refunds import refund_order
from tenants.context import Caller, current_tenant_id
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_follows"),
    pytest.mark.relay_too,
    pytest.mark.receivers_off_too,
]

ERRORS = "userErrors { code field message currentVersion }"
SHOWN = """id status version customerName customerEmail externalReference metadata notes tags
  refundStatus refundedTotal { amount currency } refunds { id amount { amount currency } reason createdAt }"""
KINDS = {"updateOrder": "UpdateOrderInput", "refundOrder": "RefundOrderInput"}


def change(name: str, order: Order, *, caller: Caller | None = None, **given: Any) -> dict[str, Any]:
    """The payload of a mutation of one order."""
    query = f"mutation ($input: {KINDS[name]}!) {{ {name}(input: $input) {{ order {{ {SHOWN} }} {ERRORS} }} }}"
    variables = {"input": {"id": global_id("Order", order.id), **given}}
    payload: dict[str, Any] = data_of(query, variables, caller=caller)[name]
    return payload


def change_many(name: str, *orders: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The payload of a mutation of many orders."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ orders {{ number status }} {ERRORS} }} }}"
    payload: dict[str, Any] = data_of(query, {"input": {"orders": list(orders), **given}})[name]
    return payload


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """The codes and paths of the errors."""
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


# --- updateOrder ------------------------------------------------------------------------------------------------------


def test_given_fields_change_and_others_stay() -> None:
    order = place_order(external_reference="A-1", metadata={"a": 1})

    shown = change("updateOrder", order, customerName="Bob", notes="Call.\nShip.", tags=["b", "a"])["order"]

    assert (shown["customerName"], shown["customerEmail"], shown["version"]) == ("Bob", "ada@example.com", 2)
    assert (shown["externalReference"], shown["metadata"]) == ("A-1", {"a": 1})
    assert (shown["notes"], shown["tags"]) == ("Call.\nShip.", ["a", "b"])
    event = Event.objects.get(type="order.updated")
    assert sorted(event.payload["changes"]) == ["customer_name", "notes", "tags", "updated_at", "version"]


def test_null_empties_a_field() -> None:
    order = place_order(external_reference="A-1", metadata={"a": 1}, notes="a", tags=["a"])

    nothing = dict.fromkeys(("customerName", "customerEmail", "externalReference", "metadata", "notes", "tags"))
    shown = change("updateOrder", order, **nothing)["order"]

    assert not shown["customerName"]
    assert not shown["customerEmail"]
    assert {name: shown[name] for name in ("externalReference", "metadata", "notes", "tags")} == {
        "externalReference": None, "metadata": {}, "notes": None, "tags": [],
    }  # fmt: skip
    found = Order.objects.get()
    assert (found.customer_name, found.external_reference, found.metadata) == ("", None, {})


def test_new_orders_may_have_notes_and_tags() -> None:
    query = f"""mutation ($input: CreateOrderInput!) {{
      createOrder(input: $input) {{ order {{ notes tags refundStatus }} {ERRORS} }} }}"""

    made = data_of(query, {"input": {"total": 1, "notes": "a", "tags": ["b", "a", "b"]}})["createOrder"]
    wrong = data_of(query, {"input": {"total": 1, "notes": "\x00", "tags": ["a", ""]}})["createOrder"]

    assert made["order"] == {"notes": "a", "tags": ["a", "b"], "refundStatus": "NONE"}
    assert codes(wrong) == [("INVALID", ["notes"]), ("REQUIRED", ["tags", "1"])]


@pytest.mark.parametrize(
    ("status", "given", "error"),
    [
        (Status.NEW, {}, ("REQUIRED", None)),
        (Status.NEW, {"customerEmail": "x", "expectedVersion": 1}, ("INVALID", ["customerEmail"])),
        (Status.NEW, {"tags": ["a" * 41]}, ("LIMIT_EXCEEDED", ["tags", "0"])),
        (Status.SHIPPED, {"customerName": "Bob"}, ("INVALID_TRANSITION", ["customerName"])),
        (Status.PAID, {"notes": "a", "expectedVersion": 1}, ("STALE_VERSION", ["expectedVersion"])),
    ],
)
def test_an_update_that_is_refused_changes_nothing(status: Status, given: dict[str, Any], error: Any) -> None:
    order = place_order(status=status)

    payload = change("updateOrder", order, **given)

    assert (payload["order"], codes(payload)) == (None, [error])
    assert Order.objects.get().snapshot() == order.snapshot()


# --- refundOrder ------------------------------------------------------------------------------------------------------


def test_refunds_are_seen_on_the_order() -> None:
    order = place_order(total="25.00", status=Status.PAID)

    change("refundOrder", order, amount="10.5", reason="Damaged.", idempotencyKey="k")
    again = change("refundOrder", order, amount="10.50", reason="Damaged.", idempotencyKey="k")["order"]
    done = change("refundOrder", order)["order"]

    assert (again["refundStatus"], len(again["refunds"])) == ("PARTIAL", 1)
    assert (done["refundStatus"], done["status"]) == ("FULL", "PAID")
    assert done["refundedTotal"] == {"amount": "25.00", "currency": "EUR"}
    assert [(one["amount"]["amount"], one["reason"]) for one in done["refunds"]] == [
        ("10.50", "Damaged."),
        ("14.50", None),
    ]


@pytest.mark.parametrize(
    ("status", "amount", "error"),
    [
        (Status.PAID, "25.01", ("LIMIT_EXCEEDED", ["amount"])),
        (Status.PAID, "0", ("INVALID", ["amount"])),
        (Status.NEW, "1", ("INVALID_TRANSITION", None)),
    ],
)
def test_a_refund_that_is_refused_changes_nothing(status: Status, amount: str, error: Any) -> None:
    order = place_order(total="25.00", status=status)

    payload = change("refundOrder", order, amount=amount)

    assert (payload["order"], codes(payload)) == (None, [error])
    assert Order.objects.get().snapshot() == order.snapshot()


def test_refunds_of_a_page_are_read_together(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        refund_order(place_order(status=Status.PAID).id)
    place_order()
    query = "{ orders { nodes { refunds { amount { amount } } lines { sku } } } }"

    with django_assert_num_queries(3):  # the orders, their refunds, their lines
        found = data_of(query)["orders"]["nodes"]

    assert [len(one["refunds"]) for one in found] == [0, 1, 1, 1]
    with django_assert_num_queries(2):
        data_of(query.replace("lines { sku }", ""))


def test_a_refund_is_a_node_of_its_tenant_alone(other_tenant: Tenant) -> None:
    order = refund_order(place_order(status=Status.PAID).id, reason="Late.")
    query = "query ($id: ID!) { node(id: $id) { id ... on Refund { reason amount { amount currency } } } }"
    asked = {"id": global_id("Refund", order.known_refunds[0].id)}

    assert data_of(query, asked)["node"] == {
        **asked, "reason": "Late.", "amount": {"amount": "25.00", "currency": "EUR"},
    }  # fmt: skip
    assert data_of(query, asked, caller=caller_of(other_tenant)) == {"node": None}


def test_an_event_shows_the_refunds_of_its_time() -> None:
    order = place_order(status=Status.PAID)
    refund_order(order.id, reason="First.")
    number(current_tenant_id())
    event = Event.objects.get(type="order.refunded")
    query = """query ($id: ID!) { node(id: $id) { ... on OrderEvent {
      type changedFields order { refundStatus refunds { reason } } } } }"""

    assert data_of(query, {"id": global_id("OrderEvent", event.id)})["node"] == {
        "type": "ORDER_REFUNDED",
        "changedFields": ["refundedTotal", "updatedAt", "version"],
        "order": {"refundStatus": "FULL", "refunds": [{"reason": "First."}]},
    }


# --- Many -------------------------------------------------------------------------------------------------------------


def test_many_orders_are_paid_and_shipped() -> None:
    orders = [place_order() for _ in range(2)]
    ids = [{"id": global_id("Order", order.id)} for order in orders]

    paid = change_many("payOrders", *ids)
    shipped = change_many("shipOrders", {**ids[0], "trackingCode": "DE1"}, {**ids[1], "expectedVersion": 2})

    assert paid == {"orders": [{"number": order.number, "status": "PAID"} for order in orders], "userErrors": []}
    assert [one["status"] for one in shipped["orders"]] == ["SHIPPED", "SHIPPED"]


@pytest.mark.parametrize("name", ["payOrders", "shipOrders"])
def test_an_order_that_cannot_move_is_named(name: str, other_tenant: Tenant) -> None:
    good = place_order(status=Status.NEW if name == "payOrders" else Status.PAID)
    done = place_order(status=Status.DELIVERED)
    moves = [{"id": global_id("Order", one)} for one in (done.id, good.id, uuid4())]
    errors = [("INVALID_TRANSITION", ["orders", "0"]), ("NOT_FOUND", ["orders", "2", "id"])]

    none = change_many(name, *moves)
    assert (none["orders"], codes(none)) == ([], errors)
    assert Order.objects.get(pk=good.pk).version == good.version

    some = change_many(name, *moves, errorPolicy="REJECT_FAILED")
    assert ([one and one["number"] for one in some["orders"]], codes(some)) == ([None, good.number, None], errors)


def test_a_stale_order_of_many_has_its_version() -> None:
    order = place_order()
    payload = change_many("payOrders", {"id": global_id("Order", order.id), "expectedVersion": 9})
    assert [(error["code"], error["currentVersion"]) for error in payload["userErrors"]] == [("STALE_VERSION", 1)]


def test_a_batch_has_one_key_and_at_most_a_hundred_orders() -> None:
    one = {"id": global_id("Order", place_order().id)}
    assert codes(change_many("payOrders", {**one, "idempotencyKey": "k"})) == [
        ("INVALID", ["orders", "0", "idempotencyKey"])
    ]
    assert codes(change_many("payOrders", *[one] * 101)) == [("LIMIT_EXCEEDED", ["orders"])]
    assert codes(change_many("payOrders")) == [("REQUIRED", ["orders"])]
    query = "mutation ($input: PayOrdersInput!) { payOrders(input: $input) { userErrors { code } } }"
    assert refusal_of(query, {"input": {"orders": [{"id": "x"}]}})[0] == "BAD_USER_INPUT"
    assert Order.objects.get().status == "NEW"
