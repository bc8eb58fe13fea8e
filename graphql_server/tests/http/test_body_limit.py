"""Large bodies are refused while they arrive."""

import asyncio
import json

import pytest

from graphql_server.asgi_types import Message, Receive, Scope, Send
from graphql_server.http.body_limit import BodyLimit
from graphql_server.limits import BodyLimits


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the body and sends it back."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def exchange(*parts: bytes, length: bytes | None = None) -> tuple[int, bytes, int]:
    """Send the parts to a limit of ten bytes; return status and body of the answer, and how many parts were read."""
    sent: list[Message] = []
    coming = list(parts)

    async def receive() -> Message:
        part = coming.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(coming)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", length)]
    await BodyLimit(echo, BodyLimits(bytes=10))({"type": "http", "path": "/", "headers": headers}, receive, send)
    start, body = sent
    return start["status"], body["body"], len(parts) - len(coming)


async def test_body_within_the_limit_passes() -> None:
    assert await exchange(b"12345", b"67890", length=b"10") == (200, b"1234567890", 2)
    assert await exchange(b"12345", b"67890") == (200, b"1234567890", 2)


async def test_announced_body_over_the_limit_is_refused_unread() -> None:
    status, body, taken = await exchange(b"12345678901", length=b"11")

    [error] = json.loads(body)["errors"]
    assert (status, taken, error["message"]) == (413, 0, "The body is larger than 10 bytes.")
    assert error["extensions"].keys() == {"code", "requestId"}


@pytest.mark.parametrize("length", [None, b"3", b"-1", b"x", b"\xb2"])
async def test_body_that_grows_over_the_limit_is_refused_there(length: bytes | None) -> None:
    status, _, taken = await exchange(b"123456", b"789012", b"345678", length=length)

    assert (status, taken) == (413, 2)


async def test_a_slow_body_is_cut_off() -> None:
    sent: list[Message] = []

    async def send_slowly() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(echo, BodyLimits(10, seconds=0.2))({"type": "http", "path": "/", "headers": []}, send_slowly, send)

    start, body = sent
    assert (start["status"], dict(start["headers"])[b"connection"]) == (408, b"close")
    assert json.loads(body["body"])["errors"][0]["message"] == "The body took longer than 0.2 s to arrive."


async def test_a_client_whose_body_is_complete_may_wait_for_its_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    coming: list[Message] = [{"type": "http.request", "body": b"1"}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        if len(coming) == 1:
            await asyncio.sleep(0.2)
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(app, BodyLimits(10, seconds=0.05))({"type": "http", "path": "/", "headers": []}, receive, send)
    assert sent[0]["status"] == 200


async def test_other_connections_pass() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*args: object) -> Message:
        raise AssertionError

    await BodyLimit(app, BodyLimits(10, seconds=0.05))({"type": "websocket"}, nothing, nothing)  # type: ignore[arg-type]  # never called

    assert seen == ["websocket"]
