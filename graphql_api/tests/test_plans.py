"""A plan answers as graphql-core does, errors included, and runs nothing twice."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse, validate

from graphql_api.errors import format_errors
from graphql_api.execution import is_awaitable
from graphql_api.plans.documents import Plans
from graphql_api.plans.execution import planned
from graphql_api.stopping import Stop, stoppable
from graphql_api.tests import odd
from graphql_api.tests.random_documents import Author

SCHEMA = odd.schema._schema
QUERY: Any = SCHEMA.query_type
THING: Any = SCHEMA.type_map["Thing"]
EXECUTOR = planned(stoppable(odd.schema.execution_context_class))
VALUES: dict[str, Sequence[Any]] = {
    "index": [0, 1, 3, 5, 9, 14, 22, 30, 33, -1, "x"],
    "times": [0, 1, -1, None],
    "by": [1, 5],
    "tags": [["a"], "b", [], None],
}


def executed(text: str, variables: dict[str, Any] | None = None, *, plans: Plans | None) -> Any:
    """Data and errors, as a client would see them."""
    result = execute(
        SCHEMA,
        parse(text),
        context_value="context",
        variable_values=variables,
        executor_class=EXECUTOR,
        is_awaitable=is_awaitable,
        plans=plans,
        stop=Stop(),
    )
    assert isinstance(result, ExecutionResult)
    told = [(error.message, error.path, error.locations, repr(error.original_error)) for error in result.errors or ()]
    return repr(result.data), told, result.errors and format_errors(result.errors, "r-1")


def plans_of(text: str) -> Plans:
    """New plans of a document."""
    return Plans(parse(text), characters=100_000)


def both(text: str, variables: dict[str, Any] | None = None) -> Any:
    """The answer; it is the same with a plan and without."""
    plans = plans_of(text)
    by_plan = executed(text, variables, plans=plans)
    assert by_plan == executed(text, variables, plans=None)
    assert None not in plans._compiled.values()
    return by_plan


@pytest.mark.parametrize("field", sorted(THING.fields))
def test_every_kind_of_value_and_error_is_completed_alike(field: str) -> None:
    below = {"animal": "Named", "animals": "Named", "pet": "Pet", "cat": "Cat"}
    selection = ""
    if field in below:
        selection = (
            "{ __typename ... on Named { name upper } ... on Cat { lives friend { name } } ... on Dog { fault } }"
        )
    elif "child" in field.lower():
        selection = "{ index sureText texts sureChild { index } }"
    for index in range(len(odd.LEAVES)):
        for root in ("thing", "sureThing"):
            both(f"{{ {root}(index: {index}) {{ index {field} {selection} }} }}")


@pytest.mark.parametrize("seed", range(150))
def test_random_documents_are_answered_alike(seed: int) -> None:
    author = Author(SCHEMA, Random(seed), VALUES)
    text = author.operation("query", QUERY, depth=5)
    assert len(text) < 100_000
    if not validate(SCHEMA, parse(text)):
        both(text, author.variables)
