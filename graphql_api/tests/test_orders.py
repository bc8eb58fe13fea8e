"""Orders: single orders, and pages of them."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events import cursors, log_reader
from events.dispatch.numbering import advance
from graphql_api.ids import global_id
from graphql_api.pages import slices
from graphql_api.tests.client import as_tenant, ask, caller_of, data_of, refusal_of
from orders import selectors, services
from orders.models import Order
from tenants.models import Tenant
from tests import factories
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_follows")]

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $where: OrderWhere, $sortBy: OrderSort) {
  orders(first: $first, after: $after, last: $last, before: $before, where: $where, sortBy: $sortBy) {
    totalCount nodes { number total { amount } } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def page(**variables: Any) -> dict[str, Any]:
    """A page of orders."""
    found: dict[str, Any] = data_of(PAGE, variables)["orders"]
    return found


def numbers(found: dict[str, Any]) -> list[str]:
    """The orders of a page."""
    return [node["number"] for node in found["nodes"]]


def placed_at(minutes: int, **fields: Any) -> Order:
    """An order placed so many minutes after noon."""
    order = place_order(**fields)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    Order.unguarded.filter(pk=order.pk).update(created_at=moment, updated_at=moment)
    return order


def test_order_has_all_its_fields() -> None:
    order = place_order(
        lines=[line(name=""), line(sku="POT", name="Pot", quantity=1, unit_price="30")],
        external_reference="shop-1",
        metadata={"gift": True, "notes": [1, None, {"a": "ü"}]},
    )
    services.pay_order(order.id)

    found = data_of(
        """query ($id: ID!) { order(by: {id: $id}) { id number externalReference customerEmail customerName currency
          total { amount currency } status availableTransitions processingStatus version metadata createdAt paidAt
          shippedAt deliveredAt cancelledAt
          lines { sku name quantity unitPrice { amount currency } total { amount currency } } } }""",
        {"id": global_id("Order", order.id)},
    )["order"]

    paid = Order.objects.get(pk=order.pk)
    assert found == {
        "id": global_id("Order", order.id),
        "number": order.number,
        "externalReference": "shop-1",
        "customerEmail": "ada@example.com",
        "customerName": "Ada Lovelace",
        "currency": "EUR",
        "total": {"amount": "55.00", "currency": "EUR"},
        "status": "PAID",
        "availableTransitions": ["SHIPPED", "CANCELLED"],
        "processingStatus": "PENDING",
        "version": 2,
        "metadata": {"gift": True, "notes": [1, None, {"a": "ü"}]},
        "createdAt": paid.created_at.isoformat(),
        "paidAt": paid.paid_at.isoformat(),
        "shippedAt": None,
        "deliveredAt": None,
        "cancelledAt": None,
        "lines": [
            {
                "sku": "TEA-1",
                "name": None,
                "quantity": 2,
                "unitPrice": {"amount": "12.50", "currency": "EUR"},
                "total": {"amount": "25.00", "currency": "EUR"},
            },
            {
                "sku": "POT",
                "name": "Pot",
                "quantity": 1,
                "unitPrice": {"amount": "30.00", "currency": "EUR"},
                "total": {"amount": "30.00", "currency": "EUR"},
            },
        ],
    }


def test_amount_has_its_currencys_places() -> None:
    place_order(total="1250", currency="JPY")

    assert page(first=1)["nodes"][0]["total"] == {"amount": "1250"}


def test_order_is_found_by_each_of_its_names_and_only_in_its_tenant(other_tenant: Tenant) -> None:
    order = place_order(external_reference="shop-1")
    names = {"id": global_id("Order", order.id), "number": order.number, "externalReference": "shop-1"}

    for name, value in names.items():
        query = f'{{ order(by: {{{name}: "{value}"}}) {{ number }} }}'
        assert data_of(query)["order"] == {"number": order.number}
        assert data_of(query, caller=caller_of(other_tenant))["order"] is None


@pytest.mark.parametrize(
    "arguments", ['number: "unknown"', 'externalReference: "no\\u0000ne"', f'id: "{global_id("Order", "0" * 32)}"']
)
def test_unknown_order_is_null(arguments: str) -> None:
    response = ask(f"{{ order(by: {{{arguments}}}) {{ number }} }}")

    assert response["data"] == {"order": None}
    assert [error["extensions"]["code"] for error in response.get("errors", [])] in ([], ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('id: "garbage"', "This is not the id of an object."),
        (f'id: "{global_id("OrderLine", "01890000-0000-7000-8000-000000000000")}"', "This is not the id of an Order."),
        (f'id: "{global_id("Order", "nonsense")}"', "This is not the id of an Order."),
    ],
)
def test_malformed_name_of_an_order_is_refused(arguments: str, message: str) -> None:
    assert refusal_of(f"{{ order(by: {{{arguments}}}) {{ number }} }}") == ("BAD_USER_INPUT", message)


def test_order_has_to_be_named_once() -> None:
    refused = ("BAD_USER_INPUT", "Give by, with exactly one of id, number and externalReference.")

    assert refusal_of("{ order { number } }") == refused
    assert refusal_of('{ order(by: {number: "a"}, number: "a") { number } }') == refused


@pytest.mark.parametrize("by", [{}, {"number": "a", "externalReference": "b"}, {"number": None}])
def test_identifier_has_exactly_one_name(by: dict[str, Any]) -> None:
    given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in by.items())

    for query, variables in (
        (f"{{ order(by: {{{given}}}) {{ number }} }}", {}),
        ("query ($by: OrderIdentifier) { order(by: $by) { number } }", {"by": by}),
    ):
        code, message = refusal_of(query, variables)
        assert code in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}
        assert "OrderIdentifier" in message or "non-null" in message


def test_list_is_the_tenants_newest_first(other_tenant: Tenant) -> None:
    placed = [placed_at(minutes) for minutes in (2, 1, 3)]
    with as_tenant(other_tenant):
        others = place_order()

    mine, theirs = page(), data_of(PAGE, caller=caller_of(other_tenant))["orders"]

    assert (numbers(mine), mine["totalCount"]) == ([placed[2].number, placed[0].number, placed[1].number], 3)
    assert (numbers(theirs), theirs["totalCount"]) == ([others.number], 1)


def test_pages_stay_right_while_orders_come_in() -> None:
    first, second, third = (placed_at(minutes) for minutes in (3, 2, 1))
    one = page(first=1)
    placed_at(4)

    two = page(first=1, after=one["pageInfo"]["endCursor"])
    last = page(first=5, after=two["pageInfo"]["endCursor"])

    assert [numbers(one), numbers(two), numbers(last)] == [[first.number], [second.number], [third.number]]
    assert [one["pageInfo"]["hasNextPage"], last["pageInfo"]["hasNextPage"]] == [True, False]
    assert [one["pageInfo"]["hasPreviousPage"], two["pageInfo"]["hasPreviousPage"]] == [False, True]


def test_last_and_before_walk_backwards() -> None:
    first, second, third = (placed_at(minutes) for minutes in (3, 2, 1))

    end = page(last=2)
    before = page(last=5, before=end["pageInfo"]["startCursor"])

    assert [numbers(end), numbers(before)] == [[second.number, third.number], [first.number]]
    assert [end["pageInfo"]["hasPreviousPage"], before["pageInfo"]["hasPreviousPage"]] == [True, False]
    assert [edge["cursor"] for edge in end["edges"]] == [end["pageInfo"][name] for name in ("startCursor", "endCursor")]


@pytest.mark.parametrize(
    ("order_by", "totals"),
    [
        ({"field": "TOTAL", "direction": "ASC"}, ["5.00", "10.00", "20.00"]),
        ({"field": "TOTAL"}, ["20.00", "10.00", "5.00"]),
        ({"field": "CREATED_AT", "direction": "ASC"}, ["20.00", "5.00", "10.00"]),
        ({"field": "UPDATED_AT", "direction": "DESC"}, ["10.00", "5.00", "20.00"]),
    ],
)
def test_list_is_sorted_as_asked_for(order_by: dict[str, str], totals: list[str]) -> None:
    for minutes, total in enumerate(("20", "5", "10")):
        placed_at(minutes, total=total)
    found: list[str] = []
    cursor = None
    for _ in totals:
        part = page(first=1, after=cursor, sortBy=order_by)
        found += [node["total"]["amount"] for node in part["nodes"]]
        cursor = part["pageInfo"]["endCursor"]

    assert found == totals


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"first": 1, "last": 1}, "Give first or last, not both."),
        ({"first": -1}, "first must be from 0 to 100; it is -1."),
        ({"last": 101}, "last must be from 0 to 100; it is 101."),
        ({"after": "garbage"}, "The cursor does not belong to this list and sort order."),
        ({"before": "ä\ud800"}, "The cursor does not belong to this list and sort order."),
    ],
)
def test_impossible_page_is_refused(variables: dict[str, Any], message: str) -> None:
    assert refusal_of(PAGE, variables) == ("BAD_USER_INPUT", message)


def test_page_size_beyond_an_int_is_refused() -> None:
    assert refusal_of(PAGE, {"first": 2**31})[0] == "BAD_USER_INPUT"


def test_cursor_counts_in_its_order_and_tenant_alone(other_tenant: Tenant) -> None:
    place_order()
    cursor = page(first=1)["pageInfo"]["endCursor"]
    refused = ("BAD_USER_INPUT", "The cursor does not belong to this list and sort order.")

    assert refusal_of(PAGE, {"after": cursor}, caller=caller_of(other_tenant)) == refused
    assert refusal_of(PAGE, {"after": cursor, "sortBy": {"field": "TOTAL"}}) == refused


@pytest.mark.parametrize(("most", "told"), [(1, (1, False)), (2, (2, True)), (3, (2, True))])
def test_orders_are_counted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch, most: int, told: tuple[int, bool]) -> None:
    monkeypatch.setattr(selectors, "MOST_COUNTED", most)
    monkeypatch.setattr(slices, "MOST_COUNTED", most)
    for _ in range(2):
        place_order()

    with CaptureQueriesContext(connection) as statements:
        found = data_of("{ orders(first: 0) { totalCount totalCountIsExact } }")["orders"]

    assert (found["totalCount"], found["totalCountIsExact"]) == told
    counts = [one["sql"] for one in statements if "COUNT" in one["sql"]]
    assert (len(counts), f"LIMIT {most + 1}" in counts[0]) == (1, True)


@pytest.mark.parametrize("count", [5, 50])
def test_page_costs_the_same_statements_whatever_its_size(tenant: Tenant, count: int) -> None:
    for _ in range(count):
        place_order(lines=[line(), line()])
    query = """query ($first: Int) { orders(first: $first) { totalCount eventCursor pageInfo { hasNextPage }
      nodes { number lines { sku total { amount } } }
      edges { node { again: lines { id } auditRecords { nodes { action } }
        events { nodes { type order { lines { sku } events { nodes { id } } } } } } }
    } }"""

    advance(tenant.id)

    with CaptureQueriesContext(connection) as statements:
        found = data_of(query, {"first": 50})["orders"]

    assert (found["totalCount"], len(found["nodes"]), len(found["nodes"][0]["lines"])) == (count, count, 2)
    assert found["edges"][0]["node"]["events"]["nodes"][0]["order"]["events"]["nodes"][0]["id"]
    assert [table_of(statement["sql"]) for statement in statements] == [
        "events_stream",
        "orders_order",
        "orders_order",  # the count
        "orders_orderline",
        "audit_auditlog",
        "events_event",
        "events_event",
    ]


def table_of(statement: str) -> str:
    """The table that a statement reads."""
    found = re.search(r'FROM "(\w+)"', statement)
    assert found
    return found[1]


def test_only_selected_fields_are_read() -> None:
    place_order()

    with CaptureQueriesContext(connection) as statements:
        data_of("{ orders { nodes { number } } }")

    assert len(statements) == 1


def test_event_cursor_is_found_through_fragments_and_stands_before_the_page(tenant: Tenant) -> None:
    query = "query { orders { ...A } } fragment A on OrderConnection { ... on OrderConnection { eventCursor } }"

    with CaptureQueriesContext(connection) as statements:
        cursor = data_of(query)["orders"]["eventCursor"]

    assert cursor == cursors.encode(tenant.id, log_reader.head(tenant.id))
    assert '"events_stream"' in statements[0]["sql"]
    assert '"orders_order"' in statements[1]["sql"]


def test_answer_of_too_many_nodes_is_refused() -> None:
    for _ in range(2):
        place_order()
    aliases = " ".join(f"a{index}: orders(first: 100) {{ nodes {{ number }} }}" for index in range(4))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("graphql_api.loading.batch.MAX_NODES", 7)
        assert refusal_of(f"{{ {aliases} }}") == (
            "QUERY_TOO_EXPENSIVE",
            "The response has more than 7 nodes. Request fewer at once.",
        )
        patched.setattr("graphql_api.loading.batch.MAX_NODES", 8)
        assert len(data_of(f"{{ {aliases} }}")) == 4


def test_tenants_see_only_their_own_names(other_tenant: Tenant) -> None:
    with as_tenant(other_tenant):
        factories.place_order(external_reference="same")
    mine = place_order(external_reference="same")

    assert data_of('{ order(by: {externalReference: "same"}) { number } }')["order"] == {"number": mine.number}
