"""A page reads the columns that its document needs, in one statement; each field declares what it reads."""

import re
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from benchmarks.peers.operations import OURS
from graphql_api.loading.read_columns import columns_of
from graphql_api.schema import schema
from graphql_api.tests.client import data_of
from graphql_api.types.order_fields import OrderLine
from graphql_api.types.orders import Order, OrderEvent
from orders.states import Status
from orders.writing.refunds import refund_order
from tenants.models import TenantOwned
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("orders")]


@pytest.fixture
def orders(tenant: object, django_capture_on_commit_callbacks: object) -> None:
    """Three orders with lines and refunds."""
    for _ in range(3):
        refund_order(place_order(lines=[line(), line(sku="POT-7")], status=Status.PAID).id)


def fields_of(name: str) -> list[str]:
    """Every field of a type by itself, with a field below it if it needs one."""
    kind: Any = schema._schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    below = {"Money": "{ amount currency }", "OrderLine": "{ id }"}
    found = []
    for key, field in kind.fields.items():
        named = get_named_type(field.type)
        default = "{ nodes { __typename } }" if named.name.endswith("Connection") else "{ __typename }"
        found.append(key if is_leaf_type(named) else f"{key} {below.get(named.name, default)}")
    return found


def statements_of(query: str) -> list[str]:
    """The database statements of an operation."""
    with CaptureQueriesContext(connection) as statements:
        data_of(query)
    return [statement["sql"] for statement in statements]


def selected(statement: str) -> set[str]:
    """The columns that a statement selects."""
    return set(re.findall(r'"\w+"\."(\w+)"', statement.partition(" FROM ")[0]))


@pytest.mark.parametrize("field", fields_of("Order"))
def test_every_field_of_an_order_reads_its_columns_and_nothing_row_by_row(field: str) -> None:
    sent = statements_of(f"{{ orders {{ nodes {{ {field} }} }} }}")

    assert len([one for one in sent if 'FROM "orders_order"' in one]) == 1
    assert len(sent) == (1 if "{" not in field or "amount" in field else 2)


@pytest.mark.parametrize("field", fields_of("OrderLine"))
def test_every_field_of_a_line_reads_its_columns_and_nothing_row_by_row(field: str) -> None:
    sent = statements_of(f"{{ orders {{ nodes {{ lines {{ {field} }} }} }} }}")

    assert len(sent) == 2
    assert "metadata" not in selected(sent[0])


def test_page_selects_the_columns_of_its_fields() -> None:
    query = "{ orders { nodes { ...F ... on Order { total { amount } } } } } fragment F on Order { number }"
    assert [selected(one) for one in statements_of(query)] == [{"id", "number", "total", "currency"}]

    order, lines = statements_of(
        "query ($no: Boolean = false) { orders { nodes { lines { sku name @skip(if: $no) } } } }"
    )
    assert selected(order) == {"id", "currency"}
    assert selected(lines) == {"id", "order_id", "position", "sku", "name"}


@pytest.mark.parametrize(
    ("by", "column"), [("CREATED_AT", "created_at"), ("UPDATED_AT", "updated_at"), ("TOTAL", "total_cents")]
)
@pytest.mark.parametrize("cursor", ["edges { cursor }", "pageInfo { startCursor }", "pageInfo { endCursor }"])
def test_cursors_read_what_the_page_is_sorted_by(by: str, column: str, cursor: str) -> None:
    [sent] = statements_of(f"{{ orders(sortBy: {{field: {by}}}) {{ {cursor} nodes {{ id }} }} }}")

    assert selected(sent) == {"id", column}


def test_field_without_a_declaration_reads_every_column() -> None:
    assert columns_of(Order, frozenset({"Order.number", "OrderLine.sku"})) == ("number", "pk")
    assert columns_of(Order, None) is None
    assert columns_of(OrderLine, frozenset({"OrderLine.total"})) == ("pk", "quantity", "unit_price")
    assert columns_of(OrderEvent, frozenset({"OrderEvent.order"})) is None


@pytest.mark.both_databases
def test_page_makes_no_object_of_a_row_whose_fields_are_columns() -> None:
    edges = """{ orders { pageInfo { endCursor } edges { cursor node {
        id number customerName tags notes status createdAt refundedTotal { amount }
        lines { id sku name quantity unitPrice { amount currency } } again: lines { sku } } } } }"""
    with mock.patch.object(TenantOwned, "from_db", side_effect=AssertionError("an object was made")):
        page, shown = data_of(OURS.list_orders)["orders"]["nodes"], data_of(edges)["orders"]

    assert [line["sku"] for order in page for line in order["lines"]] == ["TEA-1", "POT-7"] * 3
    assert shown["pageInfo"]["endCursor"] == shown["edges"][2]["cursor"]
    assert [edge["node"]["id"] for edge in shown["edges"]] == [order["id"] for order in page]


def test_lines_that_were_read_as_columns_are_not_read_again_for_objects() -> None:
    sent = statements_of(
        "{ orders { nodes { lines { sku } } edges { node { lines { total { amount } } events { nodes { id } } } } } }"
    )

    assert len([one for one in sent if 'FROM "orders_orderline"' in one]) == 1
