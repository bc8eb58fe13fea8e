"""The ASGI application's own handling of requests, before Django or instead of it."""

import asyncio
import json
from typing import Any

import pytest

from config.asgi import PAGE_GARBAGE_BYTES, application
from tenants import memory


async def answers(scope: dict[str, Any], first: dict[str, Any]) -> list[Any]:
    """The messages that the application sends to a client with one message."""
    sent: list[Any] = []
    received = [first]

    async def receive() -> dict[str, Any]:
        return received.pop() if received else await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    await application({"headers": [], "root_path": "", **scope}, receive, send)
    return sent


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/api/orders/", b"application/problem+json"), ("/graphql/", b"application/json; charset=utf-8")],
)
async def test_a_large_body_is_refused_in_the_form_of_its_api(path: str, media_type: bytes) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", b"1048577")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    start, content = await answers(scope, {"type": "http.request", "body": b"a", "more_body": True})

    sent = dict(start["headers"])
    refusal = json.loads(content["body"])
    assert (start["status"], sent[b"content-type"], sent[b"connection"]) == (413, media_type, b"close")
    request_id = refusal["requestId"] if "requestId" in refusal else refusal["errors"][0]["extensions"]["requestId"]
    assert request_id == sent[b"x-request-id"].decode()


async def test_what_a_page_leaves_is_counted_as_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    monkeypatch.setattr(memory.freed_memory, "note", counted.append)
    scope = {"type": "http", "method": "GET", "path": "/nothing/", "headers": [(b"host", b"localhost")]}
    start, *_ = await answers(scope, {"type": "http.request", "body": b""})

    assert (start["status"], counted) == (404, [PAGE_GARBAGE_BYTES])


async def test_a_socket_elsewhere_is_refused() -> None:
    assert await answers({"type": "websocket", "path": "/nothing"}, {"type": "websocket.connect"}) == [
        {"type": "websocket.close"}
    ]
