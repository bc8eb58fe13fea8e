"""Input objects are equal to those that Strawberry itself builds."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from graphql import GraphQLInputObjectType, parse
from graphql.execution.values import get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from graphql_api.schema import schema
from graphql_server.plans.input_objects import Builder, compile_inputs

LINE = {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unitPrice": "12.50"}
ORDER = {
    "idempotencyKey": "key-1",
    "externalReference": "ERP-1",
    "customerEmail": "ada@example.com",
    "customerName": "Ada",
    "currency": "EUR",
    "lines": [LINE, {"sku": "POT-7", "quantity": 1, "unitPrice": "38.90"}],
    "total": "63.90",
    "metadata": {"a": [1, {"b": None}]},
}
MOMENT = "2026-11-23T00:00:00Z"
VALUES: list[tuple[str, Any]] = [
    ("CreateOrderInput!", ORDER),
    ("CreateOrderInput!", {}),
    ("CreateOrderInput!", dict.fromkeys(ORDER)),
    ("CreateOrderInput!", {"lines": []}),
    ("CreateOrdersInput!", {"orders": [ORDER, {}], "errorPolicy": "REJECT_FAILED"}),
    ("CreateOrdersInput!", {"orders": []}),
    ("OrderOrder", {"field": "TOTAL"}),
    ("OrderOrder", {"field": "CREATED_AT", "direction": "ASC"}),
    ("OrderWhere", {}),
    ("OrderWhere", {"status": {"in": ["NEW", "PAID"]}, "total": {"gte": "10"}, "createdAt": {"lt": MOMENT}}),
    ("OrderWhere", {"OR": [{"text": "x"}, {"AND": [{"NOT": {"currency": {"eq": "EUR"}}}]}], "NOT": None}),
    ("PayOrderInput!", {"id": "T3JkZXI6MQ==", "expectedVersion": 3}),
    ("ShipOrderInput!", {"id": "T3JkZXI6MQ==", "trackingCode": None}),
    ("CreateApiTokenInput!", {"name": "ERP", "scopes": ["orders:read"], "expiresAt": MOMENT}),
]


def definitions() -> list[StrawberryObjectDefinition]:
    """The definitions of all inputs of the schema."""
    kinds = [kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    return [kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF] for kind in kinds]


def built(kind: str, value: Any) -> Any:
    """The input that a variable of this type becomes."""
    definition = next(one for one in definitions() if one.name == kind.rstrip("!"))
    operation: Any = parse(f"query ($given: {kind}) {{ __typename }}").definitions[0]
    values: Any = get_variable_values(schema._schema, operation.variable_definitions, {"given": value})
    registry = schema.schema_converter.scalar_registry
    return convert_argument(values.coerced["given"], definition.origin, registry, schema.config)


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_an_input_equals_strawberrys(kind: str, value: Any) -> None:
    assert compile_inputs(schema)
    ours = built(kind, value)

    for definition in definitions():
        definition.from_input = None
    theirs = built(kind, value)
    assert compile_inputs(schema)

    assert ours == theirs
    assert type(ours) is type(theirs)


def test_values_are_parsed_and_lists_are_copied() -> None:
    compile_inputs(schema)
    order = built("CreateOrderInput!", ORDER)
    where = built("OrderWhere", {"createdAt": {"lt": MOMENT}})

    assert [line.unit_price for line in order.lines] == [Decimal("12.50"), Decimal("38.90")]
    assert where.created_at.lt == datetime(2026, 11, 23, tzinfo=UTC)


def test_each_input_of_the_schema_is_built_so_repeatedly() -> None:
    assert compile_inputs(schema)
    assert compile_inputs(schema)

    assert definitions()
    assert all(isinstance(one.from_input, Builder) for one in definitions())


def test_a_schema_with_an_uncovered_type_is_left_to_strawberry() -> None:
    @strawberry.input
    class Change:
        name: strawberry.Maybe[str]

    @strawberry.type
    class Query:
        @strawberry.field
        def change(self, change: Change) -> str:
            return str(change.name)

    other = strawberry.Schema(query=Query)

    assert not compile_inputs(other)
    assert other.execute_sync('{ change(change: {name: "x"}) }').data == {"change": "Some('x')"}
