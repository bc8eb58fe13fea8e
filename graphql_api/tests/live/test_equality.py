"""A shared execution gives the same payloads, errors and places as an execution of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from unittest import mock

import orjson
import pytest
from asgiref.sync import async_to_sync
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from events.models import Event
from graphql_api.access.context import Context
from graphql_api.tests.client import executor
from graphql_api.tests.documents_at_random import subscriptions
from graphql_api.tests.live.sockets import new_registry, run_alone
from graphql_api.tests.live.test_subscriptions import CANCELLED, CREATED, PAID, RUNNING
from graphql_server import off_loop
from graphql_server.execution.executor import Operation
from graphql_server.execution.responses import encode
from graphql_server.live.group import TopicGroup
from graphql_server.live.payloads import Payloads
from graphql_server.live.registry import Registry
from graphql_server.live.stream.feeds import Feeds
from graphql_server.live.stream.threads import in_thread
from graphql_server.plans.event_json import Shown
from graphql_server.tests.plans.racing import Failures, assert_alike, failures_of
from orders.models import OrderLine
from tenants.auth.authentication import demo_caller
from tenants.context import acting_as
from tests.form import examples

HISTORY = [CREATED, PAID, RUNNING, CANCELLED]
RIGHTS = [demo_caller().scopes, frozenset({"orders:read"}), frozenset({"orders:read", "audit:read"}), frozenset()]

SHOWN: dict[int, dict[frozenset[str], Shown]] = {}


@pytest.fixture(autouse=True)
def nothing_written() -> None:
    """Nothing is written of the events yet."""
    SHOWN.clear()


async def alone(operation: Operation, context: Context) -> list[Any]:
    """The payloads of a subscriber who executes the document alone."""

    async def follow(*_: Any, after: int | None = None) -> AsyncGenerator[Event, None]:
        for event in HISTORY:
            yield event

    with mock.patch.object(Feeds, "follow", follow):
        begun = await run_alone(operation, context)
        if isinstance(begun, dict):
            return [begun]
        async with aclosing(begun) as responses:
            return [orjson.loads(encode(response, "r")) async for response in responses]


async def shared(operation: Operation, context: Context, registry: Registry) -> tuple[list[Any], list[Event]]:
    """The payloads of a subscriber who shares the execution with others, and their events."""
    begun = await registry.group_for(operation, context.caller)
    if isinstance(begun, dict):
        return [begun], []
    assert isinstance(begun, TopicGroup)
    assert begun.payloads.reads_database == any(name in operation.query for name in ("events(", "auditRecords"))
    own = registry.payloads_in_layout(operation, context.caller, like=begun.payloads)
    matching = [event for event in HISTORY if begun.topic.matches(event)]
    return [orjson.loads(await payload(own, event)) for event in matching], matching


async def payload(own: Payloads, event: Event) -> bytes:
    """The payload of an event for live subscribers; all documents of this module share what they write of it."""
    number = event.sequence or 0
    return own.live(number, event, SHOWN.setdefault(number, {})) or await own.of(number, event)


def unnumbered(payloads: Any) -> Any:
    """Without the request ids of internal errors."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if name != "requestId"}
        return [plain(one) for one in value] if isinstance(value, list) else value

    return plain(payloads)


async def failures(operation: Operation, context: Context, event: Event) -> Failures:
    """Every failure of a document for an event, each by itself."""
    core = executor().runner.prepared(executor().documents.read(operation.query), operation, context)
    with acting_as(context.caller):
        found = await in_thread(failures_of, core, event, context)
    return [(unnumbered(error), place) for error, place in found]


async def compare(query: str, variables: dict[str, Any], scopes: frozenset[str]) -> list[Any]:
    """Execute it both ways, for two texts of different layout; return the payloads."""
    caller = replace(demo_caller(), scopes=scopes, request_id="r")
    registry = new_registry()
    for text in (query, "#\n  " + query.replace(" { ", " {\n ")):
        operation = Operation(text, variables)
        one = await alone(operation, Context(caller, "r", "ws"))
        other, matching = await shared(operation, Context(caller, "r", "ws"), registry)
        for number, pair in enumerate(zip(unnumbered(one), unnumbered(other), strict=True)):
            if pair[0] != pair[1]:
                assert_alike(*pair, await failures(operation, Context(caller, "r", "ws"), matching[number]))
    assert len(registry.groups) <= 1
    for running in registry.feeds:
        running.running.cancel()
    return one


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
@hypothesis(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subscriptions(), st.sampled_from(RIGHTS))
def test_random_documents_show_the_same(document: tuple[str, dict[str, Any]], scopes: frozenset[str]) -> None:
    async_to_sync(compare)(*document, scopes)


FAULTY = "subscription { orderEvents { sequence order { number\n lines { sku total { amount } } } } }"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failing", ["sku", "total"])
async def test_faults_are_masked_at_the_same_places(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    fault = property(lambda _: 1 / 0)

    monkeypatch.setattr(OrderLine, "total" if failing == "total" else "sku", fault)
    payloads = await compare(FAULTY, {}, demo_caller().scopes)
    assert payloads[0]["errors"][0]["message"] == "Internal server error."


RACING = """
  subscription { orderEvents { order {
    a: events(first: -1) { __typename } b: auditRecords(after: "x") { __typename } } } }
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["a", "b"])
async def test_either_of_two_failing_fields_may_be_reported(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    failed = asyncio.Event()
    order = iter(["a", "b"] * len(HISTORY) * 2)

    def in_turn(work: Callable[[], Any], **_: Any) -> Callable[[], Awaitable[Any]]:
        name = next(order)

        async def ask() -> Any:
            if name != first:
                await failed.wait()
            try:
                return await asyncio.to_thread(work)
            finally:
                failed.set() if name == first else failed.clear()

        return ask

    monkeypatch.setattr(off_loop, "sync_to_async", in_turn)
    payloads = await compare(RACING, {}, demo_caller().scopes)
    assert [error["path"][-1] for payload in payloads for error in payload["errors"]] == [first] * len(HISTORY)
