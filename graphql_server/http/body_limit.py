"""Refuses large and slow request bodies as they come in: Django's handler reads a whole body before any view runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings

from graphql_server.errors import Code
from tenants.values.identifiers import uuid7

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none, or none that is a number (the application refuses that)."""
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(text) if text.isdigit() and len(text) < 20 else 0


class BodyRefused(Exception):
    """More has come than is allowed, or too slowly."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status, self.message = status, message


def too_slow() -> str:
    """What is said of a body that drips in."""
    return f"The body took longer than {settings.HTTP_BODY_SECONDS:g} s to come in."


class BodyLimit:
    """ASGI middleware: 413 for a body over ``most`` bytes: at once where the length is announced, else as it comes.

    408 for one that is not there after ``HTTP_BODY_SECONDS``.
    """

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif announced(scope) > self.most:
            await self.refuse(send, self.too_large())
        else:
            try:
                await self.app(scope, self.counting(receive), send)
            except BodyRefused as refused:
                await self.refuse(send, refused)

    def too_large(self) -> BodyRefused:
        """The refusal of a body over the limit."""
        return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {self.most:,} bytes.")

    def counting(self, receive: Receive) -> Receive:
        """``receive``, which raises when the body passes a limit: Django reads it all before it answers."""
        received, comes = 0, True
        until = asyncio.get_running_loop().time() + settings.HTTP_BODY_SECONDS

        async def counted() -> Message:
            nonlocal received, comes
            try:
                async with asyncio.timeout_at(until if comes else None):
                    message = await receive()
            except TimeoutError:
                raise BodyRefused(HTTPStatus.REQUEST_TIMEOUT, too_slow()) from None
            comes = message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.most:
                raise self.too_large()
            return message

        return counted

    async def refuse(self, send: Send, refused: BodyRefused) -> None:
        """Answer, and close: what else the client has to say is not read."""
        request_id = uuid7().hex
        error = {"message": refused.message, "extensions": {"code": Code.BAD_USER_INPUT, "requestId": request_id}}
        body = orjson.dumps({"errors": [error]})
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})
