"""Subscriptions begin or say why not, yield response maps, and end when they are closed."""

import threading
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry

from graphql_server.context import Context
from graphql_server.execution.executor import Executor, Operation
from graphql_server.tests import toy
from graphql_server.tests.asking import responses_of
from graphql_server.tests.chat.people import UNKNOWN
from graphql_server.tests.executors import executor_for, set_limits

REFUSED_TO_ANONYMOUS = {
    "message": "Say who you are.",
    "locations": [{"line": 1, "column": 16}],
    "path": ["count"],
    "extensions": {"code": "UNAUTHENTICATED"},
}


async def subscribe(executor: Executor, query: str, context: Context) -> Any:
    """The responses of a subscription, or the single response if it did not begin."""
    prepared = await executor.prepare(Operation(query), context)
    return prepared if isinstance(prepared, dict) else responses_of(prepared, prepared.source)


async def stream(executor: Executor, query: str, context: Context) -> list[dict[str, Any]]:
    """All responses of a subscription."""
    began = await subscribe(executor, query, context)
    assert not isinstance(began, dict)
    return [response async for response in began]


async def test_subscription_yields_each_event(executor: Executor, context: Context) -> None:
    events = await stream(executor, "subscription { count(to: 3) }", context)

    assert events == [{"data": {"count": number}} for number in range(3)]
    assert toy.calls == ["count closed"]


async def test_closing_a_subscription_closes_its_source(executor: Executor, context: Context) -> None:
    events = await subscribe(executor, "subscription { count(to: 3) }", context)
    assert not isinstance(events, dict)
    assert await anext(events) == {"data": {"count": 0}}

    await events.aclose()

    assert toy.calls == ["count closed"]


async def test_subscription_source_runs_as_its_caller(executor: Executor, context: Context) -> None:
    assert await stream(executor, "subscription { acting }", context) == [{"data": {"acting": "ann"}}]


async def test_subscription_that_may_not_begin_is_one_response(executor: Executor) -> None:
    anonymous = Context(caller=UNKNOWN, request_id="r-1")

    response = await subscribe(executor, "subscription { count(to: 1) }", anonymous)

    assert response == {"errors": [REFUSED_TO_ANONYMOUS]}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription S($to: Int!) { count(to: $to) }", "BAD_USER_INPUT"),
        ("{ hello }", "BAD_USER_INPUT"),
    ],
)
async def test_subscription_that_is_malformed_is_one_response(
    executor: Executor, context: Context, query: str, code: str
) -> None:
    response = await subscribe(executor, query, context)

    assert isinstance(response, dict)
    assert "data" not in response
    assert [error["extensions"]["code"] for error in response["errors"]] == [code]


async def test_source_that_fails_ends_the_subscription_masked(executor: Executor, context: Context) -> None:
    error = {"message": "Internal server error.", "extensions": {"code": "INTERNAL", "requestId": "r-1"}}

    events = await stream(executor, "subscription { broken }", context)

    assert events == [{"data": {"broken": 1}}, {"errors": [error]}]


async def test_source_ends_the_subscription_with_an_error_for_the_client(executor: Executor, context: Context) -> None:
    error = {"message": "Too slow.", "extensions": {"code": "STREAM_LAGGED", "cursor": "c1"}}

    events = await stream(executor, "subscription { lagged }", context)

    assert events == [{"data": {"lagged": 1}}, {"errors": [error]}]


async def test_field_that_fails_in_an_event_ends_nothing(executor: Executor, context: Context) -> None:
    [event] = await stream(executor, "subscription { faultyEvents { fault name } }", context)

    assert event["data"] == {"faultyEvents": {"fault": None, "name": "node"}}
    assert event["errors"][0]["path"] == ["faultyEvents", "fault"]


async def test_subscription_that_does_not_begin_in_time_is_given_up(executor: Executor, context: Context) -> None:
    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def never(self) -> AsyncGenerator[int, None]:
            yield 1

    busy = executor_for(strawberry.Schema(query=toy.Query, subscription=Subscription, config=toy.CONFIG))
    done = threading.Event()
    busy.admission.reader.submit(done.wait, 10)  # the thread that reads documents
    set_limits(busy, "operations", deadline_seconds=0.05)

    response = await subscribe(busy, "subscription { never }", context)

    done.set()
    busy.admission.reader.shutdown()
    assert isinstance(response, dict)
    assert response["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "requestId": "r-1"}
