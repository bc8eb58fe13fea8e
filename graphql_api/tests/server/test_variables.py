"""Compiled functions coerce variables as graphql-core does, or leave them to it."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLScalarType, OperationDefinitionNode, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers.operations import OURS
from graphql_api.schema import schema
from graphql_server.internals import core_schema, get_variable_values
from graphql_server.plans.variables import Variables

CORE = core_schema(schema)
INPUTS = {name: kind for name, kind in CORE.type_map.items() if isinstance(kind, GraphQLInputObjectType)}
ORDER = orjson.loads(orjson.dumps(OURS.order(7)))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**33),
    st.floats(),
    st.sampled_from(["", "a", "12.50", "NEW", "2026-12-01"]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
)


def values_of(kind: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values that mostly fit the type."""
    if hasattr(kind, "of_type"):
        inner = values_of(kind.of_type, depth)
        return st.one_of(st.lists(inner, max_size=2), inner) if "[" in str(kind) else inner
    if isinstance(kind, GraphQLInputObjectType) and depth:
        given_fields = {name: values_of(field.type, depth - 1) for name, field in kind.fields.items()}
        return st.one_of(st.fixed_dictionaries({}, optional=given_fields), ANYTHING)
    return LEAVES if isinstance(kind, GraphQLScalarType) else ANYTHING


def operation_of(text: str) -> tuple[Variables | None, OperationDefinitionNode]:
    """The operation of a document, and its variables as they are compiled."""
    document = parse(text)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return Variables.of(CORE, document, None), operation


@settings(max_examples=300)
@given(st.data())
def test_values_are_those_of_graphql_core(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(INPUTS)))
    shape = data.draw(st.sampled_from(["{}", "{}!", "[{}!]", "[{}!]!"])).format(name)
    values = st.lists(values_of(INPUTS[name]), max_size=2) if "[" in shape else values_of(INPUTS[name])
    given_values = data.draw(st.fixed_dictionaries({}, optional={"a": values, "other": ANYTHING}))
    variables, operation = operation_of(f"query ($a: {shape}, $b: Int = 3) {{ __typename }}")

    mine = variables.coerced(given_values) if variables else None
    expected = get_variable_values(CORE, operation.variable_definitions or (), given_values)
    if mine is not None:
        assert not isinstance(expected, list)
        assert repr(mine) == repr(expected)


def test_an_order_is_coerced_here() -> None:
    variables, operation = operation_of(OURS.create_order)
    assert variables
    made = variables.coerced(ORDER)

    assert repr(made) == repr(get_variable_values(CORE, operation.variable_definitions or (), ORDER))
    assert made
    assert made.coerced["input"]["lines"][0]["unitPrice"] == Decimal("12.50")


@pytest.mark.parametrize(
    "given_values", [{}, {"input": None}, {"input": {"lines": [{"sku": 5}]}}, {"input": {"no": 1}}]
)
def test_what_does_not_fit_is_left_to_graphql_core(given_values: dict[str, Any]) -> None:
    variables, operation = operation_of(OURS.create_order)
    assert variables

    assert variables.coerced(given_values) is None
    assert isinstance(get_variable_values(CORE, operation.variable_definitions or (), given_values), list)


def test_types_that_nest_in_themselves_are_left_to_graphql_core() -> None:
    assert operation_of("query ($where: OrderWhere) { __typename }")[0] is None
