"""``where``: filters of orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_api.ids import global_id
from graphql_api.tests.client import as_tenant, data_of, refusal_of
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_follows"), pytest.mark.both_databases]

PAGE = "query ($where: OrderWhere) { orders(where: $where) { totalCount nodes { number externalReference } } }"


def numbers(where: dict[str, Any]) -> list[str]:
    """The numbers of the orders that match the filter."""
    return [node["number"] for node in data_of(PAGE, {"where": where})["orders"]["nodes"]]


def placed_at(minutes: int, **fields: Any) -> Order:
    """An order placed so many minutes after noon."""
    order = place_order(**fields)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    Order.unguarded.filter(pk=order.pk).update(created_at=moment, updated_at=moment)
    return order


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "abc"),
        ({"status": None, "text": None}, "abc"),
        ({"status": {"eq": "PAID"}}, "b"),
        ({"status": {"in": ["NEW", "PAID"]}}, "abc"),
        ({"currency": {"eq": "USD"}}, "c"),
        ({"customerEmail": {"eq": "bob@example.com"}}, "b"),
        ({"externalReference": {"in": ["a", "c", "absent"]}}, "ac"),
        ({"externalReference": {"isNull": True}}, ""),
        ({"customerEmail": {"isNull": True}}, "c"),
        ({"customerEmail": {"isNull": False}, "currency": {"isNull": False}}, "ab"),
        ({"currency": {"isNull": True}}, ""),
        ({"total": {"gte": "20", "lt": "30.5"}}, "bc"),
        ({"total": {"eq": "10.000"}}, "a"),
        ({"createdAt": {"gt": "2026-03-01T14:01:00+02:00"}}, "c"),
        ({"text": "BOB"}, "b"),
        ({"id": {"in": []}}, ""),
        ({"OR": [{"status": {"eq": "PAID"}}, {"currency": {"eq": "USD"}}]}, "bc"),
        ({"status": {"eq": "NEW"}, "OR": [{"total": {"eq": 10}}, {"total": {"eq": 20}}]}, "a"),
        ({"AND": [{"total": {"gt": 5}}, {"NOT": {"total": {"gt": 15}}}]}, "a"),
        ({"OR": []}, ""),
        ({"AND": []}, "abc"),
    ],
)
def test_where_selects_orders(where: dict[str, Any], expected: str) -> None:
    placed_at(0, total="10", external_reference="a")
    placed_at(1, total="20", external_reference="b", status=Status.PAID, customer_email="bob@example.com")
    placed_at(2, total="30", external_reference="c", currency="USD", customer_email="")

    found = data_of(PAGE, {"where": where})["orders"]

    assert sorted(node["externalReference"] for node in found["nodes"]) == list(expected)
    assert found["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"processingStatus": {"eq": "PENDING"}}, "abcd"),
        ({"processingStatus": {"in": ["DONE", "FAILED"]}}, ""),
        ({"updatedAt": {"gte": "2026-03-01T12:01:00Z", "lt": "2026-03-01T12:02:00Z"}}, "b"),
        ({"lines": {"sku": {"eq": "TEA-1"}}}, "d"),
        ({"lines": {"sku": {"in": ["TEA-1", "POT"]}, "name": {"eq": "Pot"}}}, "d"),
        ({"lines": {"sku": {"eq": "TEA-1"}, "name": {"eq": "Pot"}}}, ""),
        ({"AND": [{"lines": {"sku": {"eq": "TEA-1"}}}, {"lines": {"name": {"eq": "Pot"}}}]}, "d"),
        ({"lines": {"sku": {}, "name": None}}, "abcd"),
        ({"lines": {"name": {"isNull": True}}}, "d"),
        ({"lines": {"name": {"isNull": False}}}, "d"),
        ({"lines": {"name": {"isNull": False}, "sku": {"eq": "MUG"}}}, ""),
        ({"lines": {"name": {"isNull": True}, "sku": {"eq": "MUG"}}}, "d"),
        ({"NOT": {"lines": {"sku": {"eq": "TEA-1"}}}}, "abc"),
        ({"tags": {"has": "vip"}}, "cd"),
        ({"tags": {"hasAny": ["vip", "gift"]}, "status": {"eq": "NEW"}}, "acd"),
        ({"tags": {"has": "vip", "hasAny": ["gift"]}}, "d"),
        ({"tags": {"hasAny": []}}, ""),
    ],
)
def test_where_selects_orders_by_lines_tags_and_progress(
    where: dict[str, Any], expected: str, other_tenant: Tenant
) -> None:
    lines = [line(), line(sku="POT", name="Pot"), line(sku="MUG", name="")]
    placed_at(0, total="10", external_reference="a", tags=["gift"])
    placed_at(1, total="20", external_reference="b", status=Status.PAID)
    placed_at(2, total="30", external_reference="c", tags=["vip"])
    placed_at(3, lines=lines, external_reference="d", tags=["vip", "gift"])
    with as_tenant(other_tenant):
        placed_at(1, lines=lines, external_reference="x", tags=["vip", "gift"])

    found = data_of(PAGE, {"where": where})["orders"]

    assert sorted(node["externalReference"] for node in found["nodes"]) == list(expected)
    assert found["totalCount"] == len(expected)


def test_where_by_id_takes_global_ids(other_tenant: Tenant) -> None:
    order = place_order()
    with as_tenant(other_tenant):
        others = place_order()
    both = {"id": {"in": [global_id("Order", order.id), global_id("Order", others.id)]}}

    assert numbers(both) == [order.number]
    assert refusal_of(PAGE, {"where": {"id": {"eq": "x"}}}) == ("BAD_USER_INPUT", "This is not the id of an object.")


def nested(depth: int, text: str = "a") -> dict[str, Any]:
    """A filter so many levels deep."""
    where: dict[str, Any] = {"text": text}
    for _ in range(depth - 1):
        where = {"NOT": where}
    return where


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (nested(11), "The filter is nested more than 10 deep."),
        ({"OR": [{"currency": {"eq": "EUR"}}] * 101}, "The filter has more than 100 conditions."),
        ({"currency": {"in": ["EUR"] * 101}}, "The filter names more than 100 values."),
        ({"text": "a" * 201}, "The filter searches for more than 200 characters."),
        ({"text": "a " * 11}, "The filter searches for more than 10 words."),
        ({"OR": [{"text": "a b c"}] * 4}, "The filter searches for more than 10 words."),
        ({"OR": [{"tags": {"has": "a"}}] * 11}, "The filter has more than 10 conditions on lines and tags."),
        ({"lines": {"sku": {"in": ["A"] * 101}}}, "The filter names more than 100 values."),
        ({"tags": {"hasAny": ["A"] * 101}}, "The filter names more than 100 values."),
    ],
)
def test_filter_beyond_the_limits_is_refused(where: dict[str, Any], message: str) -> None:
    assert refusal_of(PAGE, {"where": where}) == ("BAD_USER_INPUT", message)


def test_largest_filter_runs() -> None:
    order = place_order(total="1")
    wide = {"OR": [{"AND": [{"currency": {"eq": "EUR"}}, nested(8, "absent")]} for _ in range(9)]}

    assert numbers(wide) == [order.number]


def test_articles_are_found_by_parts_of_their_texts() -> None:
    place_order(lines=[line(sku="POT-1", name="Teapot"), line(sku="MUG", name="")])
    query = "query ($text: String!) { articles(text: $text) { skus names } }"

    assert data_of(query, {"text": "pot"})["articles"] == {"skus": ["POT-1"], "names": ["Teapot"]}
    assert refusal_of(query, {"text": "x" * 201})[0] == "BAD_USER_INPUT"
