"""Refuses large request bodies as they come in: Django's ASGI handler reads a whole body before any view runs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from graphql_api.errors import Code
from tenants.ids import uuid7

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none, or none that is a number (the application refuses that)."""
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(text) if text.isdigit() and len(text) < 20 else 0


class BodyTooLarge(Exception):
    """More has come than is allowed."""


class BodyLimit:
    """ASGI middleware: 413 for a body over ``most`` bytes: at once where the length is announced, else as it comes."""

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif announced(scope) > self.most:
            await self.refuse(send)
        else:
            try:
                await self.app(scope, self.counting(receive), send)
            except BodyTooLarge:
                await self.refuse(send)

    def counting(self, receive: Receive) -> Receive:
        """``receive``, which raises when the body passes the limit: Django reads it all before it answers."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.most:
                raise BodyTooLarge
            return message

        return counted

    async def refuse(self, send: Send) -> None:
        """Answer, and close: what else the client has to say is not read."""
        message = f"The body is larger than {self.most:,} bytes."
        request_id = uuid7().hex
        error = {"message": message, "extensions": {"code": Code.BAD_USER_INPUT, "requestId": request_id}}
        body = orjson.dumps({"errors": [error]})
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})
