"""Refuses large and slow request bodies while they arrive: Django reads a whole body before any view runs."""

import asyncio
from http import HTTPStatus

import orjson
import uuid_utils

from graphql_server.asgi_types import App, Message, Receive, Scope, Send
from graphql_server.errors import Code
from graphql_server.limits import BodyLimits


class BodyRefused(Exception):
    """The body is too large, or arrives too slowly. The rest of it is not read."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def too_large(most: int) -> BodyRefused:
    """The refusal of a body of more than ``most`` bytes."""
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {most:,} bytes.")


def too_slow(seconds: float) -> BodyRefused:
    """The refusal of a body that has not arrived after ``seconds``."""
    return BodyRefused(HTTPStatus.REQUEST_TIMEOUT, f"The body took longer than {seconds:g} s to arrive.")


def check_announced(scope: Scope, most: int) -> None:
    """Refuse a body whose Content-Length is more than ``most`` bytes.

    A missing length, and one that is not a number, pass: the body is counted as it arrives.

    Raises:
        BodyRefused: the body is too large.
    """
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if text.isdigit() and len(text) < 20 and int(text) > most:
        raise too_large(most)


def limited(receive: Receive, most: int, seconds: float) -> Receive:
    """``receive``, which raises :class:`BodyRefused` once the body passes ``most`` bytes or ``seconds``."""
    received, comes = 0, True
    until = asyncio.get_running_loop().time() + seconds

    async def counted() -> Message:
        nonlocal received, comes
        try:
            async with asyncio.timeout_at(until if comes else None):
                message = await receive()
        except TimeoutError:
            raise too_slow(seconds) from None
        comes = message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > most:
            raise too_large(most)
        return message

    return counted


async def body_of(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ConnectionResetError: the client hung up before the body was complete.
    """
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class BodyLimit:
    """ASGI middleware: answers 413 to a large body and 408 to a slow one, and closes the connection.

    A large body is refused immediately if its length is announced.
    """

    def __init__(self, app: App, limits: BodyLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            check_announced(scope, self.limits.bytes)
            await self.app(scope, limited(receive, self.limits.bytes, self.limits.seconds), send)
        except BodyRefused as refused:
            await self.refuse(send, refused)

    async def refuse(self, send: Send, refused: BodyRefused) -> None:
        """Answer, and close the connection."""
        request_id = uuid_utils.uuid7().hex
        media_type, body = self.document(refused, request_id)
        headers = [
            (b"content-type", media_type.encode()),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def document(self, refused: BodyRefused, request_id: str) -> tuple[str, bytes]:
        """The media type and the body of the answer: errors as GraphQL has them."""
        error = {"message": refused.message, "extensions": {"code": Code.BAD_USER_INPUT, "requestId": request_id}}
        return "application/json; charset=utf-8", orjson.dumps({"errors": [error]})
