"""The server's messages, as ready JSON."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson

from graphql_server.rfc6455.frames import Opcode, frame

CONNECTION_ACK: Final = b'{"type":"connection_ack"}'
_PONG: Final = b'{"type":"pong"}'


class OperationMessages:
    """The messages of one operation (:class:`graphql_server.websocket.outbox.MessageFormat`).

    Equal subscriptions differ in their id only, so all of them share one encoded payload. Cursors travel in pings.
    """

    __slots__ = ("_head", "_operation_id")

    def __init__(self, operation_id: str) -> None:
        self._operation_id = operation_id
        self._head = b'{"id":' + orjson.dumps(operation_id) + b',"type":"next","payload":'

    def next(self, payload: bytes, cursor: object = None) -> bytes:
        """A ``next`` message."""
        return b"%b%b}" % (self._head, payload)

    def ready(self, payload: bytes, cursor: object = None) -> bytes:
        """A ``next`` message as a WebSocket frame."""
        return frame(Opcode.TEXT, b"%b%b}" % (self._head, payload))

    def error(self, errors: Sequence[Mapping[str, Any]]) -> bytes:
        """The message that ends an operation with errors."""
        return error(self._operation_id, errors)

    def complete(self) -> bytes:
        """The message that ends an operation."""
        return orjson.dumps({"id": self._operation_id, "type": "complete"})


messages_of = lru_cache(1024)(OperationMessages)
"""The messages of an operation's id. Most clients give their subscriptions the same few ids, which share one object."""


def error(operation_id: str, errors: Sequence[Mapping[str, Any]]) -> bytes:
    return orjson.dumps({"id": operation_id, "type": "error", "payload": errors})


def ping(cursors: Mapping[str, str]) -> bytes:
    """A ping. Its payload has each subscription's cursor, by operation id."""
    return orjson.dumps({"type": "ping", "payload": cursors} if cursors else {"type": "ping"})


def pong(payload: Mapping[str, Any] | None, max_bytes: int) -> bytes:
    """A pong with the ping's payload, or without it where it is too long or too deep."""
    if payload is None:
        return _PONG
    try:
        frame = orjson.dumps({"type": "pong", "payload": payload})
    except TypeError:
        return _PONG
    return frame if len(frame) <= max_bytes else _PONG
