"""The JSON of an event is graphql-core's answer byte for byte, or is left to graphql-core."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from random import Random
from typing import Any

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, execute_subscription_event, parse, validate

from graphql_server.deadline import Stop, stoppable
from graphql_server.internals import is_awaitable
from graphql_server.plans.event_json import MOST_TEXTS, Shown, event_writer
from graphql_server.plans.execution import planned
from graphql_server.tests.plans import odd
from graphql_server.tests.plans.random_documents import LEFT_OUT, Author
from graphql_server.tests.plans.test_plans import VALUES
from tests.form import examples


@strawberry.type
class Subscription:
    """Live."""

    @strawberry.subscription
    async def thing_made(self) -> AsyncGenerator[odd.Thing, None]:
        yield odd.thing_of(0)


SCHEMA = strawberry.Schema(query=odd.Query, subscription=Subscription, types=[odd.Cat, odd.Dog], config=odd.CONFIG)
CORE = SCHEMA._schema
ROOT: Any = CORE.subscription_type
THING: Any = CORE.type_map["Thing"]
EXECUTOR = planned(stoppable(SCHEMA.execution_context_class))
MANY = 10_000


def run_of(text: str, variables: dict[str, Any] | None = None) -> Any:
    """An executor without plans."""
    made = EXECUTOR.build(
        CORE,
        parse(text),
        context_value="context",
        raw_variable_values=variables,
        is_awaitable=is_awaitable,
        stop=Stop(),
    )
    assert not isinstance(made, list), made
    return made


def compare(run: Any, shown: Shown) -> bytes | None:
    """The JSON of an event. None: it is left to graphql-core, which it must be where there are errors."""
    result = execute_subscription_event(run.build_per_event_executor(shown.value))
    expected = None
    if not isinstance(result, ExecutionResult):
        result.close()  # type: ignore[attr-defined]  # a coroutine
    elif not result.errors:
        with suppress(TypeError):  # JSON has no such value.
            expected = orjson.dumps({"data": result.data})
    write = event_writer(run, MANY)
    try:
        written = write and write(shown)
    except Exception:
        written = None
    assert written in (None, expected)
    return written


@pytest.fixture
def things() -> list[Shown]:
    """One event for each kind of value; documents share what they write of it."""
    return [Shown(odd.thing_of(index)) for index in range(len(odd.LEAVES))]


@pytest.mark.parametrize("field", sorted(THING.fields.keys() - LEFT_OUT))
def test_every_kind_of_value_is_written_alike(field: str, things: list[Shown]) -> None:
    below = {"animal": "Named", "animals": "Named", "pet": "Pet", "cat": "Cat"}
    selection = ""
    if field in below:
        selection = "{ __typename ... on Named { name upper } ... on Cat { lives } }"
    elif "child" in field.lower():
        selection = "{ index sureText texts sureChild { index } }"
    for alias in ("", "other: "):
        run = run_of(f"subscription {{ thingMade {{ index {alias}{field} {selection} }} }}")
        for shown in things:
            compare(run, shown)


@pytest.mark.parametrize("seed", range(examples(60)))
def test_random_documents_over_one_event_are_written_alike(seed: int, things: list[Shown]) -> None:
    random = Random(seed)
    for _ in range(5):
        author = Author(CORE, random, VALUES)
        text = author.operation("subscription", ROOT, depth=5, fields=1)
        if validate(CORE, parse(text)):
            continue
        run = run_of(text, author.variables)
        for shown in things[::4]:
            compare(run, shown)


def test_a_plain_document_is_written_and_shares_what_others_have_written(things: list[Shown]) -> None:
    one = run_of("subscription { thingMade { index child { index sureChild { index } } } }")
    other = run_of("subscription { thingMade { number: index again: child { index sureChild { index } } } }")
    shown = things[2]

    assert compare(one, shown) is not None
    kept = dict(shown.texts)

    assert b'"again":{' in (compare(other, shown) or b"")
    assert shown.texts == kept


def test_cached_bytes_of_an_event_are_bounded() -> None:
    shown = Shown(odd.thing_of(2))
    for number in range(MOST_TEXTS + 10):
        write = event_writer(run_of(f"subscription {{ thingMade {{ child {{ a{number}: index }} }} }}"), MANY)
        assert write
        write(shown)
    assert len(shown.texts) == MOST_TEXTS


def test_more_fields_than_allowed_are_left_to_graphql_core() -> None:
    run = run_of("subscription { thingMade { a: index b: index c: index } }")
    assert event_writer(run, 3) is not None
    assert event_writer(run, 2) is None
