"""The cost of an operation is known before it runs, whether literals or variables give the sizes of its pages."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_introspection_query, get_named_type, is_list_type, parse
from graphql.type import GraphQLNonNull, is_composite_type
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api.prices import RULES, PriceList
from graphql_api.schema import schema
from graphql_api.tests.client import ask, executor
from graphql_server.documents.cost import prices_of
from graphql_server.limits import DocumentLimits, Limits
from tests.form import examples

PRICES = PriceList()
ORDER = {"lines": [{"sku": "A", "quantity": 1, "unitPrice": "1"}] * 3}


def cost_of(text: str, variables: dict[str, Any] | None = None) -> int:
    """The points of a document's only operation."""
    [price] = prices_of(schema._schema, parse(text), PRICES).values()
    return price.of(variables)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ __typename }", 1),
        ("{ viewer { actor tenant { name } } }", 1 + 1 + 1),
        ('{ order(by: {id: "x"}) { id total { amount } } }', 1 + 1),
        ("{ orders(first: 10) { nodes { id } } }", 1 + 1 + 10),
        ("{ orders(last: 10) { edges { cursor node { id } } pageInfo { endCursor } } }", 1 + 1 + 10),
        ("{ orders { nodes { id } } }", 1 + 1 + 20),
        ("{ orders(first: 2147483648) { nodes { id } } }", 1 + 1 + 100),
        ("{ orders(first: -1) { nodes { id } } }", 1 + 1),
        ("{ orders(first: 10) { totalCount } }", 1 + 1 + 50),
        ("{ orders(first: 10) { nodes { lines { sku } } } }", 1 + 1 + 10 * (1 + 2)),
        ("{ orders(first: 10) { nodes { events(first: 5) { nodes { id } } } } }", 1 + 1 + 10 * (1 + 1 + 5)),
        ("{ a: orders(first: 10) { nodes { id } } b: orders(first: 20) { nodes { id } } }", 1 + 11 + 21),
        ("{ orders(first: 10) { nodes { id } edges { node { id } } } }", 1 + 1 + 10 + 10),
        ('{ orders(first: 10, where: {text: "ann  li"}) { nodes { id } } }', 1 + 1 + 10 + 1 + 2 * 25),
        ("{ orders(first: 1, where: {status: {eq: NEW}, total: {gt: 1, lt: 5}}) { nodes { id } } }", 1 + 1 + 1 + 5),
        ('{ orders(first: 1, where: {OR: [{text: "a"}, {NOT: {text: "b"}}]}) { nodes { id } } }', 3 + 1 + 2 + 1 + 52),
        ("{ orders(first: 1, where: null, sortBy: {field: TOTAL, direction: ASC}) { nodes { id } } }", 3 + 5),
        ("{ orders(first: 1, orderBy: {field: TOTAL}) { nodes { id } } }", 3 + 5),
        ("{ orders(first: 1, sortBy: {field: CREATED_AT, direction: ASC}) { nodes { id } } }", 3),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 1 + 3),
        ('{ nodes(ids: "a") { id } }', 1 + 1),
        ("{ auditVerify(first: 100) { isIntact } }", 1 + 1 + 50),
        ("{ auditVerify { isIntact } }", 1 + 1 + 5_000),
        (get_introspection_query(), 1 + 1_000),
        ('mutation { payOrder(input: {id: "x"}) { order { id } } }', 1 + 10 + 1),
        ("subscription { orderCreated { order { id lines { sku } } } }", 1 + 1 + 1 + 2),
        ('subscription { orderCreated(where: {text: "ann"}) { id } }', 1 + 1 + 10 * 26),
    ],
)
def test_cost_of_literals(text: str, cost: int) -> None:
    assert cost_of(text) == cost


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 7}, 1 + 1 + 7),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": None}, 1 + 1 + 20),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": "many"}, 1 + 1 + 20),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": True}, 1 + 1 + 20),
        ("query ($n: Int = 5) { orders(first: $n) { nodes { id } } }", None, 1 + 1 + 5),
        (
            "query ($n: Int!, $m: Int!) { orders(first: $n) { nodes { events(first: $m) { nodes { id } } } } }",
            {"n": 10, "m": 5},
            1 + 1 + 10 * (1 + 1 + 5),
        ),
        (
            "query ($w: OrderWhere) { orders(first: 1, where: $w) { nodes { id } } }",
            {"w": {"customerEmail": {"in": ["a@b.c"] * 40}, "text": "ann li"}},
            3 + 1 + 1 + 4 + 1 + 50,
        ),
        (
            "query ($w: OrderWhere) { orders(first: 1, where: $w) { nodes { id } } }",
            {"w": {"AND": [{"text": "a " * 5_000}] * 1_000}},
            3 + 2_000,
        ),
        (
            "query ($t: String) { orders(first: 1, where: {text: $t}) { nodes { id } } }",
            {"t": "ann li"},
            3 + 1 + 50,
        ),
        ("query ($s: OrderSort) { orders(first: 1, sortBy: $s) { nodes { id } } }", {"s": {"field": []}}, 3 + 5),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 1_000}, 1 + 100),
        (
            "query ($n: Int) { ...A } fragment A on Query { orders(first: $n) { ...B } } "
            "fragment B on OrderConnection { nodes { id } totalCount }",
            {"n": 3},
            1 + 1 + 3 + 50,
        ),
        ("mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }", {"input": ORDER}, 15),
        (
            "mutation ($lines: [OrderLineInput!]) { createOrder(input: {lines: $lines}) { order { id } } }",
            {"lines": ORDER["lines"]},
            1 + 10 + 3 + 1,
        ),
        (
            "mutation ($input: CreateOrdersInput!) { createOrders(input: $input) { orders { id } } }",
            {"input": {"orders": [ORDER] * 500}},
            1 + 10 + 500 * (10 + 3 + 1),
        ),
        ("mutation ($input: CreateOrdersInput!) { createOrders(input: $input) { orders { id } } }", {"input": 5}, 11),
    ],
)
def test_cost_of_variables(text: str, variables: dict[str, Any] | None, cost: int) -> None:
    assert cost_of(text, variables) == cost


def test_a_batch_as_large_as_any_is_within_the_limit() -> None:
    order = {"lines": ORDER["lines"] * 3 + ORDER["lines"][:1]}
    query = "mutation ($input: CreateOrdersInput!) { createOrders(input: $input) { orders { id lines { sku } } } }"

    assert cost_of(query, {"input": {"orders": [order] * 500}}) == 11 + 500 * (10 + 10 + 1 + 2)


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 100), st.integers(0, 100))
def test_a_page_costs_the_same_as_literal_and_as_variable(first: int, nested: int) -> None:
    text = "{ orders(first: %s) { nodes { events(first: %s) { nodes { order { lines { sku } } } } } } }"

    literal = cost_of(text % (first, nested))

    assert literal == cost_of(f"query ($a: Int, $b: Int) {text % ('$a', '$b')}", {"a": first, "b": nested})
    assert literal == 1 + 1 + first * (1 + 1 + nested * (1 + 1 + 2))


def test_every_list_of_objects_has_a_size() -> None:
    """A list without a price would count as one object, however long it is."""
    unsized = [
        f"{kind.name}.{name}"
        for kind in schema._schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if is_list_type(field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type)
        if is_composite_type(of := get_named_type(field.type)) and not PRICES.is_free(of.name)
        if not PRICES.is_item(kind.name, name) and (kind.name, name) not in RULES
    ]

    assert unsized == []


def test_every_price_is_of_a_field() -> None:
    types = schema._schema.type_map
    named = [(parent, name) for parent, name in RULES if not name.startswith("__")]

    assert [one for one in named if one[1] not in types[one[0]].fields] == []  # type: ignore[attr-defined]  # objects


@pytest.mark.django_db
def test_variables_decide_whether_it_costs_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor(), "limits", Limits(documents=DocumentLimits(cost=40_201)))
    text = "query ($n: Int) { orders(first: $n) { nodes { events(first: 100) { nodes { order { lines { id } } } } } } }"

    expensive, cheap = ask(text, {"n": 100}), ask(text, {"n": 50})

    assert [error["extensions"]["code"] for error in expensive["errors"]] == ["QUERY_TOO_EXPENSIVE"]
    assert cheap["extensions"]["cost"]["requestedQueryCost"] == 20_102


@pytest.mark.django_db
def test_the_limit_counts_before_anything_runs() -> None:
    page = "orders(first: 100) { nodes { events(first: 100) { nodes { order { lines { id } } } } } }"

    response = ask(f"{{ a: {page} b: {page} }}")

    assert response == {
        "errors": [
            {
                "message": "The operation costs 80,403 points; at most 50,000 are allowed. Ask for smaller pages.",
                "extensions": {
                    "code": "QUERY_TOO_EXPENSIVE",
                    "requestedQueryCost": 80_403,
                    "maximumQueryCost": 50_000,
                },
            }
        ]
    }


@pytest.mark.django_db
def test_too_many_values_in_the_variables_are_refused() -> None:
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    [error] = ask(text, {"ids": ["x"] * 50_001})["errors"]

    assert error["extensions"]["code"] == "QUERY_TOO_EXPENSIVE"
    assert error["message"] == "The variables hold more than 50,000 values."


def test_a_document_nested_deeper_than_the_stack_is_refused() -> None:
    for text in ("{ a" * 600 + " }" * 600, f"{{ a(b: {'[' * 900}{']' * 900}) }}", "{ ..." * 600 + "{ a" + " }" * 601):
        [error] = ask(text)["errors"]
        assert error["extensions"]["code"] == "QUERY_TOO_EXPENSIVE", text[:9]
