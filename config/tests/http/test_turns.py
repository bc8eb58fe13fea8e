"""Requests of the REST API wait for their turn, with their bodies."""

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson

from config.http.turns import InTurn
from graphql_server.asgi_types import Message, Receive, Scope, Send
from graphql_server.execution.slots import Slots


class Rest:
    """An application that answers with what it was sent, once it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.asked: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.put_nowait(scope["path"])
        await self.may_answer.wait()
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


async def ask(app: InTurn, path: str, token: str, parts: Iterable[bytes] = (b"",)) -> tuple[int, bytes]:
    """The status and the body of an answer."""
    coming = list(parts)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers, "client": ("192.0.2.1", 1)}
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_a_body_comes_through_whole() -> None:
    rest = Rest()
    rest.may_answer.set()
    app = InTurn(rest, Slots(2, per_member=1, per_group=1, wait_seconds=10))

    assert await ask(app, "/", "a", [b"one", b" two", b" three"]) == (200, b"one two three")


async def test_requests_of_one_token_leave_places_to_others() -> None:
    rest = Rest()
    app = InTurn(rest, Slots(3, per_member=1, per_group=2, wait_seconds=10))
    tasks = [asyncio.create_task(ask(app, path, token)) for path, token in (("/1", "a"), ("/2", "a"), ("/3", "b"))]
    assert [await rest.asked.get() for _ in range(2)] == ["/1", "/3"]
    assert rest.asked.empty()

    rest.may_answer.set()

    assert await asyncio.gather(*tasks) == [(200, b"")] * 3
    assert await rest.asked.get() == "/2"


async def test_a_caller_who_waits_too_long_gets_retry_after() -> None:
    rest = Rest()
    app = InTurn(rest, Slots(1, per_member=1, per_group=1, wait_seconds=0.01))
    first = asyncio.create_task(ask(app, "/1", "a"))
    assert await rest.asked.get() == "/1"

    answers = [await ask(app, "/2", "a") for _ in range(2)]

    assert [(status, orjson.loads(body)["detail"]) for status, body in answers] == [
        (429, "You run too much at a time. Try again in 1 s.")
    ] * 2
    rest.may_answer.set()
    assert await first == (200, b"")
    assert rest.asked.empty()
