"""The server's messages, as ready JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

CONNECTION_ACK: Final = b'{"type":"connection_ack"}'
_PONG: Final = b'{"type":"pong"}'


def next_head(operation_id: str) -> bytes:
    """The start of each ``next`` message of an operation; a payload and a closing brace end it.

    Equal subscriptions differ in their id only, so all of them share one encoded payload.
    """
    return b'{"id":' + orjson.dumps(operation_id) + b',"type":"next","payload":'


def error(operation_id: str, errors: Sequence[Mapping[str, Any]]) -> bytes:
    return orjson.dumps({"id": operation_id, "type": "error", "payload": errors})


def complete(operation_id: str) -> bytes:
    return orjson.dumps({"id": operation_id, "type": "complete"})


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
