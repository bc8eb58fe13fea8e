"""Mutations: what they do, what they refuse, and that a refusal changes nothing."""

import uuid
from typing import Any

import pytest

from events.models import Event
from graphql_api.ids import global_id
from graphql_api.tests.client import caller_of, data_of, refusal_of
from orders.models import IdempotencyRecord, Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_follows"),
    pytest.mark.relay_too,
    pytest.mark.receivers_off_too,
]

LINE = {"sku": "TEA-1", "quantity": 2, "unitPrice": "12.50"}
ERRORS = "userErrors { code field message currentVersion }"
CREATE = f"""mutation ($input: CreateOrderInput!) {{
  createOrder(input: $input) {{ order {{ id total {{ amount currency }} lines {{ sku quantity }} }} {ERRORS} }}
}}"""
CREATE_MANY = f"""mutation ($input: CreateOrdersInput!) {{
  createOrders(input: $input) {{ orders {{ externalReference lines {{ sku }} }} {ERRORS} }}
}}"""
MOVES = {
    "payOrder": (Status.NEW, "PAID"),
    "shipOrder": (Status.PAID, "SHIPPED"),
    "deliverOrder": (Status.SHIPPED, "DELIVERED"),
    "cancelOrder": (Status.NEW, "CANCELLED"),
}


def create(**given: Any) -> dict[str, Any]:
    """The payload of createOrder."""
    payload: dict[str, Any] = data_of(CREATE, {"input": given})["createOrder"]
    return payload


def create_many(*orders: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The payload of createOrders."""
    payload: dict[str, Any] = data_of(CREATE_MANY, {"input": {"orders": list(orders), **given}})["createOrders"]
    return payload


def move(name: str, **given: Any) -> dict[str, Any]:
    """The payload of a transition."""
    kind = name[0].upper() + name[1:] + "Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ order {{ id status version }} {ERRORS} }} }}"
    payload: dict[str, Any] = data_of(query, {"input": given})[name]
    return payload


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """The codes and paths of the errors."""
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def test_order_is_created_with_its_lines_and_its_event() -> None:
    payload = create(
        lines=[LINE, {**LINE, "sku": "POT", "quantity": 1}], customerEmail="ada@example.com", metadata={"a": 1}
    )

    order = Order.objects.get()
    assert payload == {
        "order": {
            "id": global_id("Order", order.id),
            "total": {"amount": "37.50", "currency": "EUR"},
            "lines": [{"sku": "TEA-1", "quantity": 2}, {"sku": "POT", "quantity": 1}],
        },
        "userErrors": [],
    }
    assert (order.metadata, order.customer_email) == ({"a": 1}, "ada@example.com")
    event = Event.objects.get()
    assert (event.type, event.order_id, event.actor) == ("order.created", order.id, "demo")


def test_bare_total_is_enough() -> None:
    assert create(total="7", currency="USD")["order"]["total"] == {"amount": "7.00", "currency": "USD"}


def test_all_errors_are_returned_together_with_their_paths() -> None:
    payload = create(
        customerEmail="no-address",
        currency="euro",
        lines=[{"sku": "", "quantity": 0, "unitPrice": "-1"}, {"sku": "A", "quantity": 1, "unitPrice": "999999999"}],
    )

    assert payload["order"] is None
    assert codes(payload) == [
        ("INVALID", ["currency"]),
        ("INVALID", ["customerEmail"]),
        ("REQUIRED", ["lines", "0", "sku"]),
        ("INVALID", ["lines", "0", "quantity"]),
        ("INVALID", ["lines", "0", "unitPrice"]),
        ("LIMIT_EXCEEDED", ["lines", "1", "unitPrice"]),
    ]
    assert not Order.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ("REQUIRED", ["total"])),
        ({"lines": [LINE], "total": "25"}, ("INVALID", ["total"])),
        ({"total": "1.234"}, ("INVALID", ["total"])),
        ({"total": "1.5", "currency": "JPY"}, ("INVALID", ["total"])),
        ({"total": 1, "metadata": [1]}, ("INVALID", ["metadata"])),
        ({"total": 1, "customerName": "a\nb"}, ("INVALID", ["customerName"])),
        ({"total": 1, "externalReference": ""}, ("REQUIRED", ["externalReference"])),
        ({"total": 1, "idempotencyKey": ""}, ("INVALID", ["idempotencyKey"])),
    ],
)
def test_errors_that_a_user_can_correct_are_user_errors(given: dict[str, Any], error: tuple[str, list[str]]) -> None:
    payload = create(**given)

    assert codes(payload) == [error]
    assert payload["order"] is None
    assert not Order.objects.exists()


def test_repeat_under_a_key_returns_the_same_and_writes_nothing() -> None:
    given = {"lines": [LINE], "idempotencyKey": "k-1"}

    assert create(**given) == create(**given)
    assert Order.objects.count() == 1
    assert codes(create(total="1", idempotencyKey="k-1")) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert Order.objects.count() == 1


def test_taken_reference_is_a_user_error_in_its_tenant_alone(other_tenant: Tenant) -> None:
    create(total=1, externalReference="r")

    assert codes(create(total=1, externalReference="r")) == [("TAKEN", ["externalReference"])]
    others = data_of(CREATE, {"input": {"total": 1, "externalReference": "r"}}, caller=caller_of(other_tenant))
    assert others["createOrder"]["userErrors"] == []


@pytest.mark.parametrize(("name", "before", "after"), [(name, *way) for name, way in MOVES.items()])
def test_order_changes_status(name: str, before: Status, after: str) -> None:
    order = place_order(status=before)

    payload = move(name, id=global_id("Order", order.id), expectedVersion=order.version)

    assert payload == {
        "order": {"id": global_id("Order", order.id), "status": after, "version": order.version + 1},
        "userErrors": [],
    }


def test_details_of_a_transition_reach_its_event() -> None:
    paid, new = place_order(status=Status.PAID), place_order()

    move("shipOrder", id=global_id("Order", paid.id), trackingCode="T-1")
    move("cancelOrder", id=global_id("Order", new.id), reason="Out of stock")

    details = {event.type: event.payload["details"] for event in Event.objects.all()}
    assert (details["order.shipped"], details["order.cancelled"]) == (
        {"tracking_code": "T-1"},
        {"reason": "Out of stock"},
    )


@pytest.mark.parametrize("name", MOVES)
def test_move_that_the_status_does_not_allow_is_a_user_error(name: str) -> None:
    order = place_order(status=Status.DELIVERED)

    payload = move(name, id=global_id("Order", order.id))

    assert (payload["order"], codes(payload)) == (None, [("INVALID_TRANSITION", None)])
    assert Order.objects.get().version == order.version


def test_stale_version_is_a_user_error_with_the_current_one() -> None:
    order = place_order(status=Status.PAID)

    payload = move("shipOrder", id=global_id("Order", order.id), expectedVersion=1)

    assert payload["userErrors"] == [
        {
            "code": "STALE_VERSION",
            "field": ["expectedVersion"],
            "message": "The order has changed since you read it.",
            "currentVersion": 2,
        }
    ]
    assert Order.objects.get().status == "PAID"


@pytest.mark.parametrize("name", MOVES)
def test_another_tenants_order_is_answered_like_an_unknown_order(name: str, other_tenant: Tenant) -> None:
    order = place_order()
    kind = name[0].upper() + name[1:] + "Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ order {{ id }} {ERRORS} }} }}"
    asked = [
        data_of(
            query, {"input": {"id": global_id("Order", order_id), "expectedVersion": 9}}, caller=caller_of(other_tenant)
        )
        for order_id in (order.id, uuid.uuid4())
    ]

    assert asked[0] == asked[1]
    assert asked[0][name]["userErrors"] == [
        {"code": "NOT_FOUND", "field": ["id"], "message": "There is no such order.", "currentVersion": None}
    ]
    assert Order.objects.get().status == "NEW"


@pytest.mark.parametrize("name", MOVES)
def test_malformed_id_is_an_error_of_the_whole_operation(name: str) -> None:
    query = f'mutation {{ {name}(input: {{ id: "x" }}) {{ userErrors {{ code }} }} }}'

    assert refusal_of(query) == ("BAD_USER_INPUT", "This is not the id of an object.")


def test_batch_creates_all_in_their_places() -> None:
    payload = create_many({"total": 1, "externalReference": "a"}, {"lines": [LINE], "externalReference": "b"})

    assert payload == {
        "orders": [{"externalReference": "a", "lines": []}, {"externalReference": "b", "lines": [{"sku": "TEA-1"}]}],
        "userErrors": [],
    }


BAD: list[dict[str, Any]] = [
    {"total": 1, "externalReference": "a"},
    {"total": -1},
    {"total": 1, "externalReference": "a"},
]
BAD_CODES = [("INVALID", ["orders", "1", "total"]), ("TAKEN", ["orders", "2", "externalReference"])]


def test_batch_is_refused_whole_by_default() -> None:
    payload = create_many(*BAD)

    assert (payload["orders"], codes(payload)) == ([], BAD_CODES)
    assert not Order.objects.exists()


def test_batch_keeps_the_good_ones_if_asked_to_and_repeats_its_answer() -> None:
    payload = create_many(*BAD, errorPolicy="REJECT_FAILED", idempotencyKey="batch")

    assert payload["orders"] == [{"externalReference": "a", "lines": []}, None, None]
    assert codes(payload) == BAD_CODES
    assert create_many(*BAD, errorPolicy="REJECT_FAILED", idempotencyKey="batch") == payload
    assert Order.objects.count() == 1


def test_dry_run_of_a_batch_lists_errors_and_writes_nothing(other_tenant: Tenant) -> None:
    create(total=1, externalReference="there")
    query = f"""mutation ($input: CreateOrdersInput!) {{
      createOrders(input: $input, dryRun: true) {{ orders {{ id }} {ERRORS} }} }}"""
    orders = [*BAD, {"total": 1, "externalReference": "there"}, {"lines": [{**LINE, "quantity": 0}]}]
    given = {"input": {"orders": orders, "errorPolicy": "REJECT_FAILED", "idempotencyKey": "dry"}}
    errors = [
        *BAD_CODES[:1],
        ("INVALID", ["orders", "4", "lines", "0", "quantity"]),
        *BAD_CODES[1:],
        ("TAKEN", ["orders", "3", "externalReference"]),
    ]

    mine = data_of(query, given)["createOrders"]
    others = data_of(query, given, caller=caller_of(other_tenant))["createOrders"]

    assert (mine["orders"], codes(mine)) == ([], errors)
    assert codes(others) == errors[:-1]
    assert (Order.objects.count(), Event.objects.count()) == (1, 1)
    assert not IdempotencyRecord.objects.exists()


def test_errors_of_a_batch_lead_to_the_lines_field() -> None:
    payload = create_many(
        {"lines": [LINE]},
        {"lines": [LINE, {"sku": "", "quantity": 0, "unitPrice": "-1"}], "customerEmail": "no-address"},
        errorPolicy="REJECT_FAILED",
    )

    assert codes(payload) == [
        ("INVALID", ["orders", "1", "customerEmail"]),
        ("REQUIRED", ["orders", "1", "lines", "1", "sku"]),
        ("INVALID", ["orders", "1", "lines", "1", "quantity"]),
        ("INVALID", ["orders", "1", "lines", "1", "unitPrice"]),
    ]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("orders", "error"),
    [
        ([], ("REQUIRED", ["orders"])),
        ([{"total": 1}] * 501, ("LIMIT_EXCEEDED", ["orders"])),
        ([{"total": 1, "idempotencyKey": "k"}], ("INVALID", ["orders", "0", "idempotencyKey"])),
    ],
)
def test_empty_or_too_large_batch_is_refused(orders: list[dict[str, Any]], error: tuple[str, list[str]]) -> None:
    payload = create_many(*orders)

    assert (payload["orders"], codes(payload)) == ([], [error])
    assert not Order.objects.exists()
