"""The formats of streams over plain HTTP: server-sent events, and Apollo's multipart.

Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) follow the distinct connections mode
of GraphQL over SSE (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). Multipart follows
https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol.
"""

from collections.abc import Mapping, Sequence
from secrets import randbelow
from typing import Any, Final, Protocol

import orjson

from graphql_server.websocket.outbox import Cursor, MessageFormat

EVENT_STREAM: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
SUBSCRIPTION_SPEC: Final = "1.0"
FIRST_RETRY_MS: Final = 500
RETRY_SPREAD_MS: Final = 2_000
"""Clients that lose their stream at the same moment come back spread over this time."""


class StreamFormat(MessageFormat, Protocol):
    """A format whose messages make up the body of an HTTP response."""

    content_type: str

    def begin(self) -> bytes:
        """The first bytes of the body."""

    def heartbeat(self, cursor: str | None) -> bytes:
        """Bytes that keep the connection open; ``cursor`` is how far the client has come, if it has come further."""

    def failure(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """The message that ends the stream with an error of the connection, not of the operation."""


class Chunked:
    """Makes chunks of HTTP/1.1 (RFC 9112, 7.1) of a format's messages."""

    def next(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A payload as a message."""
        raise NotImplementedError

    def ready(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A payload as a message in a chunk."""
        message = self.next(payload, cursor)
        return b"%x\r\n%b\r\n" % (len(message), message)


class ServerSentEvents(Chunked):
    """``next`` events with the cursor as their id, so that a client that reconnects goes on without code of its own."""

    content_type = f"{EVENT_STREAM}; charset=utf-8"

    def begin(self) -> bytes:
        """The field ``retry``: milliseconds that a client waits before it reconnects."""
        return b"retry: %d\n\n" % (FIRST_RETRY_MS + randbelow(RETRY_SPREAD_MS))

    def next(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A ``next`` event. JSON has no line breaks."""
        if cursor is None:
            return b"event: next\ndata: %b\n\n" % payload
        return b"event: next\nid: %b\ndata: %b\n\n" % (cursor().encode(), payload)

    def heartbeat(self, cursor: str | None) -> bytes:
        """A comment. An id without data is no event, but a client keeps it for its next connection."""
        return b":\n\n" if cursor is None else b":\nid: %b\n\n" % cursor.encode()

    def error(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """A ``next`` event with errors alone, then ``complete``."""
        return self.next(orjson.dumps({"errors": errors})) + self.complete()

    failure = error

    def complete(self) -> bytes:
        """A ``complete`` event. Without the data line a browser would not dispatch it."""
        return b"event: complete\ndata: \n\n"


class Multipart(Chunked):
    """Parts of JSON. The delimiter goes at the end of a part: a client reads a part once it has seen what ends it."""

    content_type = f'{MULTIPART};boundary="graphql";subscriptionSpec={SUBSCRIPTION_SPEC}'

    def begin(self) -> bytes:
        """The first delimiter."""
        return b"--graphql"

    def next(self, payload: bytes, cursor: Cursor = None) -> bytes:
        """A part with a payload."""
        return part(b'{"payload":%b}' % payload)

    def heartbeat(self, cursor: str | None) -> bytes:
        """An empty object, which is the protocol's heartbeat."""
        return part(b"{}")

    def error(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """A part with the operation's errors, then the end."""
        return self.next(orjson.dumps({"errors": errors})) + self.complete()

    def failure(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """A part with the connection's errors, then the end."""
        return part(orjson.dumps({"payload": None, "errors": errors})) + self.complete()

    def complete(self) -> bytes:
        """The rest of the last delimiter."""
        return b"--\r\n"


def part(content: bytes) -> bytes:
    """A part, from after its delimiter to the next delimiter."""
    return b"\r\ncontent-type: application/json\r\n\r\n%b\r\n--graphql" % content


SERVER_SENT_EVENTS: Final[StreamFormat] = ServerSentEvents()
MULTIPART_SUBSCRIPTION: Final[StreamFormat] = Multipart()
