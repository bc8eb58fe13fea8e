"""Metrics: bounded names, outcomes, and a cost that does not grow with the number of subscribers."""

import asyncio
from collections import Counter
from contextlib import AbstractContextManager, AsyncExitStack
from time import time
from typing import Any
from unittest.mock import Mock

import pytest
from prometheus_client import REGISTRY, metrics

from graphql_server import connections
from graphql_server.context import Context
from graphql_server.execution.executor import Executor, Operation
from graphql_server.execution.metering import Meter
from graphql_server.execution.observed import label_of
from graphql_server.live.stream import timing
from graphql_server.metrics import NOTHING, NoObserver
from graphql_server.testing.peer import PATIENCE_SECONDS
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, has_begun, texts

AGE_SECONDS = 3.0


def value(name: str, **labels: str) -> float:
    """A metric's value now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Named(NoObserver):
    """Knows one name and the age of every event, and keeps the operations that it follows."""

    operation_names = frozenset({"Greeting"})

    def __init__(self) -> None:
        self.followed: list[tuple[str, str]] = []

    def operation(self, caller: Any, kind: str, name: str, text: str) -> AbstractContextManager[object]:
        self.followed.append((kind, name))
        return NOTHING

    def recorded_at(self, event: Any) -> float | None:
        return time() - AGE_SECONDS


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("query Greeting { hello }", ("query", "Greeting")),
        ("query ChosenByAClient { hello }", ("query", "hello")),
        ("{ __typename greeting: hello }", ("query", "hello")),
        ("{ hello who }", ("query", "other")),
        ("{ ...F } fragment F on Query { hello }", ("query", "other")),
        ("{ nothing }", ("none", "other")),
        ("query A { hello } query B { who }", ("none", "other")),
    ],
)
def test_an_operation_has_a_name_of_ours_or_its_field(executor: Executor, text: str, label: tuple[str, str]) -> None:
    document = executor.documents.read(text)

    assert label_of(document, None, Named.operation_names) == label
    assert label_of(document, None, Named.operation_names) == label  # as it is kept


@pytest.mark.parametrize(
    ("text", "outcome", "kind", "name"),
    [
        ("{ hello }", "ok", "query", "hello"),
        ("{ nothing }", "refused", "none", "other"),
        ("{ databaseDown }", "fault", "query", "databaseDown"),
    ],
)
async def test_operations_are_counted_by_outcome(
    executor: Executor, context: Context, text: str, outcome: str, kind: str, name: str
) -> None:
    counted = {"type": kind, "operation": name}
    before = value("graphql_operations_total", **counted, outcome=outcome)
    timed = value("graphql_operation_duration_seconds_count", **counted)

    await executor.execute(Operation(text), context)

    assert value("graphql_operations_total", **counted, outcome=outcome) == before + 1
    assert value("graphql_operation_duration_seconds_count", **counted) == timed + 1


async def test_an_operation_whose_client_leaves_is_abandoned(executor: Executor, context: Context) -> None:
    counted = {"type": "none", "operation": "other", "outcome": "abandoned"}
    before = value("graphql_operations_total", **counted)
    task = asyncio.create_task(executor.execute(Operation("{ hello } # not read yet"), context))
    await asyncio.sleep(0)
    task.cancel()

    await asyncio.wait([task])

    assert value("graphql_operations_total", **counted) == before + 1


async def test_the_observer_follows_operations_by_these_names(executor: Executor, context: Context) -> None:
    executor.observer = named = Named()

    await executor.execute(Operation("query Greeting { hello }"), context)

    assert named.followed == [("query", "Greeting")]


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed without subscribers ends at once, and no test has to wait for it."""
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(connections, "close_old_connections", lambda: None)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method of a metric is called."""
    counted: Counter[str] = Counter()
    for kind, method in ((metrics.Counter, "inc"), (metrics.Gauge, "inc"), (metrics.Histogram, "observe")):
        original = getattr(kind, method)

        def counting(self: Any, *args: Any, _original: Any = original, _name: str = method, **more: Any) -> None:
            counted[_name] += 1
            _original(self, *args, **more)

        monkeypatch.setattr(kind, method, counting)
    return counted


async def test_an_operation_costs_three_calls(executor: Executor, context: Context, calls: Counter[str]) -> None:
    await executor.execute(Operation("{ hello }"), context)
    calls.clear()

    await executor.execute(Operation("{ hello }"), context)

    assert calls == {"inc": 1, "observe": 1}  # and one "inc" more with statements


@pytest.mark.parametrize("subscribers", [1, 30])
async def test_a_live_event_costs_the_same_for_any_number_of_subscribers(
    short_times: None, calls: Counter[str], subscribers: int
) -> None:
    chat = Chat(observer=Named())
    before = {
        name: value(name)
        for name in ("graphql_subscriptions", "graphql_subscription_groups", "graphql_deliveries_total")
    }
    timed = value("graphql_commit_to_socket_seconds_count"), value("graphql_commit_to_socket_seconds_sum")
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(chat.client()) for _ in range(subscribers)]
        for peer in peers:
            await chat.enter(peer)
            await peer.subscribes("1", MESSAGES)
            await has_begun(peer)
        assert value("graphql_subscriptions") == before["graphql_subscriptions"] + subscribers
        assert value("graphql_subscription_groups") == before["graphql_subscription_groups"] + 1
        calls.clear()
        chat.say("hello")
        assert [await texts(peer, 1) for peer in peers] == [["hello"]] * subscribers
        async with asyncio.timeout(PATIENCE_SECONDS):
            while value("graphql_commit_to_socket_seconds_count") == timed[0]:  # noqa: ASYNC110 -- it is no event
                await asyncio.sleep(0)
        assert calls == {"inc": 1, "observe": 2}
    assert value("graphql_deliveries_total") == before["graphql_deliveries_total"] + subscribers
    assert value("graphql_commit_to_socket_seconds_count") == timed[0] + 1
    assert AGE_SECONDS <= value("graphql_commit_to_socket_seconds_sum") - timed[1] < AGE_SECONDS + PATIENCE_SECONDS
    assert value("graphql_subscriptions") == before["graphql_subscriptions"]
    assert value("graphql_subscription_groups") == before["graphql_subscription_groups"]
    chat.server.executor.threads.shutdown()


async def test_what_is_not_known_is_not_measured(short_times: None) -> None:
    chat = Chat()
    before = value("graphql_commit_to_socket_seconds_count")
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.say("hello")
        assert await texts(peer, 1) == ["hello"]
    assert value("graphql_commit_to_socket_seconds_count") == before
    chat.server.executor.threads.shutdown()


def test_statements_are_counted() -> None:
    meter = Meter()

    meter(Mock(), "SELECT 1", None, False, {"cursor": Mock()})
    meter(Mock(), "SELECT 2", None, False, {"cursor": Mock()})

    assert meter.statements == 2
