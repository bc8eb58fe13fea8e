"""Queries and mutations over HTTP, through the public server: answers, typed errors, limits, the deadline, the cost."""

import asyncio
import gc
import json
import threading
from typing import Any

import pytest

from graphql_server import Limits
from graphql_server.limits import BodyLimits, DocumentLimits, OperationLimits
from graphql_server.tests.chat import schema
from graphql_server.tests.chat.server import Chat

pytestmark = pytest.mark.usefixtures("no_database")
PATIENCE_SECONDS = 10
LONG = 10_000
"""More characters than are read on the event loop."""


def number_of_errors() -> int:
    """How many exceptions are in memory."""
    return sum(issubclass(type(one), BaseException) for one in gc.get_objects())  # Django evaluates lazy ones if asked.


async def post(chat: Chat, body: Any, *, who: str | None = "ann", **headers: str) -> tuple[int, Any]:
    """Status and JSON of the answer to a POST."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"host": "localhost", "content-type": "application/json", **headers}
    if who is not None:
        given["authorization"] = f"{who} {chat.room}"
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 50_000),
    }
    messages = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()  # The client waits for its answer.
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await chat.server.http(scope, receive, send)
    start, answer = sent
    return start["status"], json.loads(answer["body"])


async def code_of(chat: Chat, query: str, **options: Any) -> tuple[int, str]:
    """The status and code of an answer that is one error."""
    status, answer = await post(chat, {"query": query}, **options)
    [error] = answer["errors"]
    return status, error["extensions"]["code"]


async def test_the_next_query_reads_a_mutations_message(chat: Chat) -> None:
    said = await post(chat, {"query": "mutation ($t: String!) { say(text: $t) { author } }", "variables": {"t": "hi"}})
    asked = await post(chat, {"query": "{ messages { author text cursor } }"}, who="bob")

    assert said == (200, {"data": {"say": {"author": "ann"}}, "extensions": {"cost": {"requestedQueryCost": 2}}})
    assert asked[1]["data"] == {"messages": [{"author": "ann", "text": "hi", "cursor": f"{chat.room}:1"}]}


async def test_the_cost_follows_from_the_arguments_and_is_charged(chat: Chat) -> None:
    costs = []
    for first in (1, 10):
        _, answer = await post(chat, {"query": f"{{ messages(first: {first}) {{ text }} }}"})
        costs.append(answer["extensions"]["cost"]["requestedQueryCost"])

    assert costs[1] - costs[0] == 9
    assert chat.meter.taken >= sum(costs)


async def test_a_person_without_points_is_refused_and_adds_no_message(chat: Chat) -> None:
    await post(chat, {"query": 'mutation { say(text: "one") { text } }'})
    chat.meter.left = chat.meter.taken

    assert (await code_of(chat, 'mutation { say(text: "one") { text } }'))[1] == "THROTTLED"
    assert chat.log.head(chat.room) == 1


async def test_a_meter_with_a_shared_store_is_called_on_a_thread(chat: Chat) -> None:
    chat.meter.asks_a_store = True

    status, answer = await post(chat, {"query": "{ messages { text } }"})

    assert (status, answer["data"]) == (200, {"messages": []})
    assert chat.meter.taken > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ messages(first: "x") { text } }', "BAD_USER_INPUT"),
        ("subscription { count }", "BAD_USER_INPUT"),
    ],
)
async def test_a_wrong_request_is_refused_with_a_code(chat: Chat, query: str, code: str) -> None:
    assert (await code_of(chat, query))[1] == code


@pytest.mark.parametrize(
    "body",
    [
        b" " * 2 * BodyLimits().bytes,
        b'{"query": "{ __typename }", "variables": {"a": "' + b"x" * LONG,
        {"query": "{ nope }"},
        {"query": '{ messages(first: "x") { text } }'},
        {"query": "query ($a: Int!) { messages(first: $a) { text } }", "variables": {"a": "x" * LONG}},
    ],
    ids=["too large", "not JSON", "unknown field", "wrong argument", "wrong variable"],
)
async def test_a_refused_request_is_freed_without_the_garbage_collector(chat: Chat, body: Any) -> None:
    await post(chat, body)  # The cache of documents keeps a refusal.
    await asyncio.sleep(0)
    gc.collect()
    gc.disable()
    try:
        before = number_of_errors()
        _, answer = await post(chat, body)
        await asyncio.sleep(0)
        assert all(len(error["message"]) <= 501 for error in answer["errors"])
        assert number_of_errors() == before
    finally:
        gc.enable()


async def test_a_caller_who_may_not_read_gets_an_error(chat: Chat) -> None:
    status, answer = await post(chat, {"query": "{ messages { text } }"}, who=None)

    assert status == 200
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_no_operation_runs_with_invalid_credentials(chat: Chat) -> None:
    chat.room = ""
    status, code = await code_of(chat, "{ __typename }")

    assert (status, code) == (401, "UNAUTHENTICATED")


async def test_an_internal_error_is_masked(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(schema.log, "say", fault)
    _, answer = await post(chat, {"query": 'mutation { say(text: "one") { text } }'}, **{"x-request-id": "r-1"})

    [error] = answer["errors"]
    assert error["message"] == "Internal server error."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "secret" not in str(answer)


@pytest.mark.parametrize("limits", [DocumentLimits(depth=1), DocumentLimits(fields=1), DocumentLimits(cost=5)])
async def test_a_document_over_a_limit_is_refused(limits: DocumentLimits) -> None:
    chat = Chat(limits=Limits(documents=limits))

    assert (await code_of(chat, "{ messages { text author } }"))[1] == "QUERY_TOO_EXPENSIVE"


async def test_a_body_over_the_limit_is_refused() -> None:
    chat = Chat(limits=Limits(bodies=BodyLimits(bytes=100)))

    status, answer = await post(chat, {"query": "{ messages { text } }" + " " * 200})

    assert status == 413
    assert len(answer["errors"]) == 1


async def test_an_operation_past_its_deadline_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    chat = Chat(limits=Limits(operations=OperationLimits(threads=1, deadline_seconds=0.05)))
    done = threading.Event()
    monkeypatch.setattr(schema.log, "read", lambda *_, **__: done.wait(PATIENCE_SECONDS) and [])

    status, code = await code_of(chat, "{ messages { text } }")

    done.set()
    assert (status, code) == (200, "UNAVAILABLE")


async def test_clients_may_be_kept_from_reading_the_schema() -> None:
    chat = Chat(introspection=False)

    _, answer = await post(chat, {"query": "{ __schema { queryType { name } } }"})

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
