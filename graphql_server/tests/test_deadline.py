"""When a client disconnects or a deadline passes, the running statement is cancelled."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
import strawberry
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from graphql_server.context import Context
from graphql_server.deadline import Stop
from graphql_server.execution.executor import Executor, Operation
from graphql_server.tests.executors import executor_for, set_limits

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000000) SELECT count(*) FROM n"
SLOW = {"postgresql": "SELECT pg_sleep(30)", "sqlite": COUNT}
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s AND datname = current_database()"
started, runs = threading.Event(), threading.Event()
"""The resolver has begun; SQLite executes its statement."""
PATIENCE_SECONDS = 20
ends: list[tuple[str, float]] = []


def before_it_begins() -> None:
    """An action of the test at that moment."""


def sleep() -> bool:
    """One statement that takes half a minute, unless it is cancelled."""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                connection.connection.set_progress_handler(runs.set, 1000)
            started.set()
            before_it_begins()
            cursor.execute(SLOW[connection.vendor])
    except OperationalError:
        ends.append(("cancelled", time.monotonic() - began))
        raise
    ends.append(("done", time.monotonic() - began))
    return True


@strawberry.type
class Query:
    """Reads slowly."""

    slow: bool | None = strawberry.field(resolver=sleep)

    @strawberry.field
    def one(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])


@strawberry.type
class Mutation:
    """Writes slowly."""

    slow: bool | None = strawberry.mutation(resolver=sleep)


@pytest.fixture
def slow_executor() -> Iterator[Executor]:
    """An executor with one thread over the schema above."""
    started.clear()
    runs.clear()
    ends.clear()
    made = executor_for(strawberry.Schema(query=Query, mutation=Mutation))
    yield made
    made.threads.shutdown()


def wait_for_statement() -> None:
    """Wait until the database executes the statement, or has ended it."""
    assert started.wait(PATIENCE_SECONDS)
    if connection.vendor == "sqlite":
        assert runs.wait(PATIENCE_SECONDS)
        return
    end = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        count = 0
        while not count and not ends:
            assert time.monotonic() < end, "The statement did not begin."
            cursor.execute(RUNNING, [SLOW["postgresql"]])
            count = cursor.fetchone()[0]
    connection.close()


async def begun(executor: Executor, context: Context, query: str) -> asyncio.Task[object]:
    """An operation that waits for its statement."""
    task: asyncio.Task[object] = asyncio.create_task(executor.execute(Operation(query), context))
    await asyncio.to_thread(wait_for_statement)
    return task


async def test_a_disconnect_cancels_the_query(slow_executor: Executor, context: Context) -> None:
    task = await begun(slow_executor, context, "{ slow one }")

    with capture_logs() as logs:
        task.cancel()
        answer = await slow_executor.execute(Operation("{ one }"), context)

    assert answer["data"] == {"one": 1}
    [(how, seconds)] = ends
    assert (how, seconds < PATIENCE_SECONDS) == ("cancelled", True)
    assert [one["event"] for one in logs] == []


async def test_a_statement_that_begins_after_the_disconnect_is_cancelled_too(
    slow_executor: Executor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, cancel_statement = threading.Event(), Stop._cancel_statement

    def cancel_late(stop: Stop) -> None:
        cancel_statement(stop)
        sent.set()

    monkeypatch.setattr(Stop, "_cancel_statement", cancel_late)
    monkeypatch.setitem(globals(), "before_it_begins", lambda: sent.wait(PATIENCE_SECONDS))
    task = asyncio.create_task(slow_executor.execute(Operation("{ slow }"), context))
    assert await asyncio.to_thread(started.wait, PATIENCE_SECONDS)

    task.cancel()
    await slow_executor.execute(Operation("{ one }"), context)

    assert [how for how, _ in ends] == ["cancelled"]


@pytest.mark.parametrize("query", ["{ slow }", "mutation { slow }"])
async def test_a_deadline_cancels_the_statement(slow_executor: Executor, context: Context, query: str) -> None:
    set_limits(slow_executor, "operations", deadline_seconds=0.5)

    answer = await slow_executor.execute(Operation(query), context)

    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    set_limits(slow_executor, "operations", deadline_seconds=10)
    assert (await slow_executor.execute(Operation("{ one }"), context))["data"] == {"one": 1}
    assert [how for how, _ in ends] == ["cancelled"]


async def test_a_mutation_is_finished_after_a_disconnect(
    slow_executor: Executor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SLOW, "postgresql", "SELECT pg_sleep(0.5)")
    monkeypatch.setitem(SLOW, "sqlite", COUNT.replace("3000000000", "1000000"))
    task = await begun(slow_executor, context, "mutation { slow }")

    task.cancel()

    assert (await slow_executor.execute(Operation("{ one }"), context))["data"] == {"one": 1}
    assert [how for how, _ in ends] == ["done"]


def test_a_late_request_cancels_nothing(db: None) -> None:
    stop = Stop()
    with stop.reaching(writes=False), connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    stop.request(writes=True)
    stop._cancel()

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
