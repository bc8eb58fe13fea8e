"""Answers while a web process ends: a new request is refused before anything was done for it."""

from http import HTTPStatus

import orjson

from graphql_server.asgi import Send
from graphql_server.drain import RETRY_AFTER_SECONDS
from orders.rest.problems import MEDIA_TYPE, problem
from tenants.values.identifiers import uuid7

SAID = "This process is ending, and nothing was done. Send the request again."


async def refuse_while_ending(path: str, send: Send) -> None:
    """Answer 503 with ``Retry-After``, as a problem document under ``/api/``, and close the connection."""
    request_id, media_type, body = uuid7().hex, "text/plain; charset=utf-8", f"{SAID}\n".encode()
    if path.startswith("/api/"):
        document = problem(HTTPStatus.SERVICE_UNAVAILABLE, SAID, request_id=request_id)
        media_type, body = MEDIA_TYPE, orjson.dumps(document)
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % RETRY_AFTER_SECONDS),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(HTTPStatus.SERVICE_UNAVAILABLE), "headers": headers})
    await send({"type": "http.response.body", "body": body})
