"""Operations run in threads of the server, are parsed once, end in time, and never raise."""

import asyncio
from contextlib import suppress
from typing import Any

import orjson
import pytest
import strawberry
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from graphql import OperationType
from strawberry.extensions import SchemaExtension

from graphql_server import connections
from graphql_server.connections import healthy_connections
from graphql_server.context import Context
from graphql_server.execution.executor import Executor, Operation
from graphql_server.execution.responses import encode
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from graphql_server.tests.executors import executor_for, set_limits


async def test_query_runs_in_a_thread_of_the_server_as_its_caller(executor: Executor, context: Context) -> None:
    toy.mark.set("kept")

    response = await executor.execute(Operation("{ thread acting marked transport }"), context)

    assert uncharged(response) == {
        "data": {"thread": "graphql_0", "acting": "ann", "marked": "kept", "transport": "http"}
    }


async def test_variables_and_operation_name_are_used(executor: Executor, context: Context) -> None:
    query = "query A($name: String!) { hello(name: $name) } query B { who }"

    greeted = await executor.execute(Operation(query, {"name": "Ada"}, "A"), context)
    assert uncharged(greeted) == {"data": {"hello": "hello Ada"}}
    assert uncharged(await executor.execute(Operation(query, None, "B"), context)) == {"data": {"who": "ann"}}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "Must provide operation name if query contains multiple operations."),
        ("C", "Unknown operation named 'C'."),
    ],
)
def test_unknown_operation_is_refused(executor: Executor, context: Context, name: str | None, message: str) -> None:
    response = executor.run(Operation("query A { hello } query B { who }", None, name), context)

    assert response == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


async def test_slow_operation_delays_no_other(executor: Executor, context: Context) -> None:
    two = executor_for(toy.schema, threads=2)
    slow = asyncio.create_task(two.execute(Operation("{ wait }"), context))

    assert uncharged(await two.execute(Operation("{ hello }"), context)) == {"data": {"hello": "hello world"}}

    assert not slow.done()
    toy.gate.set()
    assert uncharged(await slow) == {"data": {"wait": True}}
    two.threads.shutdown()


async def test_deadline_answers_and_stops_before_the_next_field(executor: Executor, context: Context) -> None:
    set_limits(executor, "operations", deadline_seconds=0.05)

    response = await executor.execute(Operation('{ wait trace(name: "later") }'), context)

    assert response == {
        "errors": [
            {
                "message": "The operation took too long and was given up.",
                "extensions": {"code": "UNAVAILABLE", "requestId": "r-1"},
            }
        ]
    }
    toy.gate.set()
    set_limits(executor, "operations", deadline_seconds=10)
    await executor.execute(Operation("{ hello }"), context)  # the only thread has become free
    assert toy.calls == ["wait"]


async def test_operation_that_waits_past_its_deadline_never_runs(executor: Executor, context: Context) -> None:
    slow = asyncio.create_task(executor.execute(Operation("{ wait }"), context))
    await asyncio.sleep(0)  # the operation has the only thread
    set_limits(executor, "operations", deadline_seconds=0.05)

    response = await executor.execute(Operation('mutation { note(text: "late") }'), context)

    assert response["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    toy.gate.set()
    assert uncharged(await slow) == {"data": {"wait": True}}
    await executor.execute(Operation("{ hello }"), context)
    assert toy.calls == ["wait"]


async def test_disconnect_ends_the_operation(executor: Executor, context: Context) -> None:
    leaving = asyncio.create_task(executor.execute(Operation('{ wait trace(name: "later") }'), context))
    while toy.calls != ["wait"]:  # noqa: ASYNC110 -- the other thread can't set an event of this loop
        await asyncio.sleep(0.001)

    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    toy.gate.set()
    await executor.execute(Operation("{ hello }"), context)
    assert toy.calls == ["wait"]


@pytest.mark.parametrize(
    ("query", "name", "kind"),
    [
        ("{ hello }", None, OperationType.QUERY),
        ('mutation M { note(text: "x") }', None, OperationType.MUTATION),
        ("subscription { count(to: 1) } query Q { hello }", "Q", OperationType.QUERY),
        ("query Q { hello }", "R", None),
        ("query Q { hello } query R { hello }", None, None),
        ("{", None, None),
    ],
)
def test_kind_of_operation(executor: Executor, query: str, name: str | None, kind: OperationType | None) -> None:
    assert executor.documents.read(query).kind(name) is kind


def test_mutation_is_refused_where_none_are_allowed(executor: Executor, context: Context) -> None:
    response = executor.run(Operation('mutation { note(text: "x") }'), context, allow_mutations=False)

    assert response["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert toy.calls == []


def test_subscription_is_not_executed(executor: Executor, context: Context) -> None:
    response = executor.run(Operation("subscription { count(to: 1) }"), context)

    message = "Subscribe over WebSocket (graphql-transport-ws), or accept text/event-stream."
    assert response == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


def test_connections_are_checked_around_each_operation(
    executor: Executor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(connections, "close_old_connections", lambda: seen.append(",".join(toy.calls)))

    executor.run(Operation('{ trace(name: "ran") }'), context)

    assert seen == ["", "ran"]


@pytest.mark.django_db(transaction=True)
async def test_resolver_reads_the_database(executor: Executor, context: Context) -> None:
    assert uncharged(await executor.execute(Operation("{ one }"), context)) == {"data": {"one": 1}}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The database statements from now on, of any thread; opening a connection counts too."""
    seen: list[str] = []
    execute, connect = CursorWrapper.execute, BaseDatabaseWrapper.connect

    def noted(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    def connected(self: BaseDatabaseWrapper) -> None:
        seen.append("connect")
        connect(self)

    monkeypatch.setattr(CursorWrapper, "execute", noted)
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", connected)
    return seen


@pytest.mark.django_db(transaction=True)
async def test_connection_costs_an_operation_no_statement(
    executor: Executor, context: Context, statements: list[str]
) -> None:
    for _ in range(3):
        statements.clear()
        assert uncharged(await executor.execute(Operation("{ one }"), context)) == {"data": {"one": 1}}

    taken = [] if connection.vendor == "sqlite" else ["connect"]  # from the pool
    assert statements == [*taken, "SELECT 1"]


@pytest.mark.django_db(transaction=True)
async def test_operation_without_a_statement_takes_no_connection(
    executor: Executor, context: Context, statements: list[str]
) -> None:
    await executor.execute(Operation("{ hello }"), context)

    assert statements == []


@pytest.mark.django_db(transaction=True)
async def test_connection_that_failed_is_opened_again(
    executor: Executor, context: Context, statements: list[str]
) -> None:
    def fail() -> None:
        with healthy_connections(), suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")

    await executor.execute(Operation("{ one }"), context)
    executor.threads.submit(fail).result(10)
    statements.clear()
    await executor.execute(Operation("{ one }"), context)

    assert statements == ["connect", "SELECT 1"]


class Counting(SchemaExtension):
    """A schema extension of Strawberry that counts resolved fields."""

    def on_operation(self) -> Any:
        self.fields = 0
        yield

    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        self.fields += 1
        return _next(root, info, *args, **kwargs)

    def get_results(self) -> dict[str, Any]:
        return {"fields": self.fields}


def test_schema_extensions_apply(executor: Executor, context: Context) -> None:
    with_extension = executor_for(strawberry.Schema(query=toy.Query, extensions=[Counting], config=toy.CONFIG))

    for _ in range(2):
        response = with_extension.run(Operation("{ hello node { name } }"), context)
        assert uncharged(response)["extensions"] == {"fields": 3}


def test_asynchronous_resolver_of_a_query_stops_the_start() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        async def late(self) -> str:
            return "late"

    with pytest.raises(TypeError, match=r"Query\.late is asynchronous"):
        executor_for(strawberry.Schema(query=Query))


def test_value_that_json_cannot_hold_is_an_internal_error(executor: Executor, context: Context) -> None:
    body = encode(executor.run(Operation("{ surrogate }"), context), "r-1")

    error = {"message": "Internal server error.", "extensions": {"code": "INTERNAL", "requestId": "r-1"}}
    assert orjson.loads(body) == {"errors": [error]}
