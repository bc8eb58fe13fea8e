"""Without introspection no message reveals names of the schema; no response lists more than a few errors."""

import json
from typing import Any

import pytest
from django.conf import LazySettings

from graphql_api.access.context import Context
from graphql_api.schema import schema
from graphql_api.tests.serving import executor_for
from graphql_server.execution.executor import Executor, Operation

ORDERS = "query ($where: OrderWhere, $by: OrderSort, $first: Int) { orders(where: $where, sortBy: $by, first: $first)"
NEARLY: list[tuple[str, dict[str, Any]]] = [
    (f"{ORDERS} {{ totalCount }} }}", {"where": {"status": {"eq": "NWE"}}}),
    (f"{ORDERS} {{ totalCount }} }}", {"where": {"statuss": {"eq": "NEW"}}}),
    (f"{ORDERS} {{ totalCount }} }}", {"where": {"status": {"in": ["NEW", "PIAD"]}}}),
    (f"{ORDERS} {{ totalCount }} }}", {"by": {"field": "CREATED_ATT", "direction": "ASC"}}),
    ("mutation ($i: CreateOrderInput!) { createOrder(input: $i) { order { id } } }", {"i": {"custmerEmail": "a@b.c"}}),
    ("subscription ($t: [OrderEventType!]) { orderEvents(types: $t) { id } }", {"t": ["CREATD"]}),
    ("subscription ($w: OrderWhere) { orderCreated(where: $w) { id } }", {"w": {"statuss": {"eq": "NEW"}}}),
    ("subscription { orderEvents(types: [CREATD]) { id } }", {}),
    ("{ orders(where: {status: {eq: NWE}}) { totalCount } }", {}),
    ("{ orders(where: {statuss: {eq: NEW}}) { totalCount } }", {}),
    ("{ orders(frist: 1) { totalCount } }", {}),
    ("{ ordres { totalCount } }", {}),
    ("{ orders }", {}),
    ("{ orders @skp(if: true) { totalCount } }", {}),
    ("{ orders @skip(iff: true) { totalCount } }", {}),
    ("query ($a: Strng) { order(by: {number: $a}) { id } }", {}),
    ("{ node(id: 1) { ... on Ordr { id } } }", {}),
]


async def said(executor: Executor, context: Context, text: str, variables: dict[str, Any]) -> str:
    """The response to a slightly wrong operation."""
    operation = Operation(text, variables)
    prepared = await executor.prepare(operation, context) if text.startswith("subscription") else None
    response = executor.run(operation, context) if prepared is None else prepared
    assert isinstance(response, dict)
    assert response["errors"]
    return json.dumps(response)


@pytest.mark.parametrize(("text", "variables"), NEARLY)
async def test_without_introspection_nothing_is_suggested(
    settings: LazySettings, context: Context, text: str, variables: dict[str, Any]
) -> None:
    settings.ORDERS_INTROSPECTION = False

    assert "Did you mean" not in await said(executor_for(schema), context, text, variables)


async def test_with_introspection_names_are_suggested(settings: LazySettings, context: Context) -> None:
    settings.ORDERS_INTROSPECTION = True

    assert "Did you mean the enum value 'NEW'" in await said(executor_for(schema), context, *NEARLY[0])


MANY = 50
TOO_MANY: list[tuple[str, dict[str, object]]] = [
    ("{ viewer { actor " + " ".join(f"@x{n}" for n in range(MANY)) + " } }", {}),
    ("{ viewer { " + " ".join(f"nope{n}" for n in range(MANY)) + " } }", {}),
    ("{ orders(" + " ".join(f"nope{n}: 1" for n in range(MANY)) + ") { totalCount } }", {}),
    ("query (" + " ".join(f"$v{n}: Int" for n in range(MANY)) + ") { viewer { actor } }", {}),
    (
        "query (" + " ".join(f"$v{n}: Int!" for n in range(MANY)) + ") { "
        "nodes(ids: []) { id } " + " ".join(f"a{n}: orders(first: $v{n}) {{ totalCount }}" for n in range(MANY)) + "}",
        {},
    ),
]


@pytest.mark.parametrize(("text", "variables"), TOO_MANY)
def test_a_few_errors_are_listed_with_a_note_on_the_rest(
    context: Context, text: str, variables: dict[str, Any]
) -> None:
    errors = executor_for(schema).run(Operation(text, variables), context)["errors"]

    assert len(errors) == 6
    assert "error limit reached" in errors[-1]["message"]
