"""Reads the client's messages strictly. Any other message closes the socket with 4400 and a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import orjson

from graphql_server import json_text
from graphql_server.digests import BadDigest, digest_in
from graphql_server.websocket.closing import CloseCode, Closing

MAX_ID_LENGTH: Final = 256  # An id travels with every message of its operation.

JsonObject = dict[str, Any]


class Malformed(Closing):
    """The message is not part of the protocol."""

    def __init__(self, reason: str) -> None:
        super().__init__(CloseCode.BAD_REQUEST, reason)


class Unreadable(Exception):
    """The operation can't be read. The socket stays open."""

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(reason)
        self.operation_id = operation_id


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    payload: JsonObject


@dataclass(frozen=True, slots=True)
class Ping:
    payload: JsonObject | None


@dataclass(frozen=True, slots=True)
class Pong:
    payload: JsonObject | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A request to run one operation, of any kind. ``resume`` is the cursor that an HTTP header asks to go on after.

    ``digest`` names a published document; then ``query`` is empty.
    """

    id: str
    query: str
    variables: JsonObject | None
    operation_name: str | None
    extensions: JsonObject | None
    resume: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def parse(text: str | None) -> ClientMessage:
    """Read one WebSocket message; ``None`` stands for a binary one.

    It is read on the event loop: neither JSON parser lets other threads run meanwhile. :mod:`intake` bounds how long
    that may take.

    Raises:
        Malformed: it is not a message of the protocol.
        Unreadable: it is an operation in text that is nearly JSON.
    """
    if text is None:
        raise Malformed("Only text messages are accepted")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _subscribe_at_least(text, error.msg)
    return _read(message)


def _subscribe_at_least(text: str, reason: str) -> Subscribe:
    """Read a message that is nearly JSON: it fails its operation if it names one, else the socket."""
    message = json_text.object_in(text)
    if message.get("type") != "subscribe":
        raise Malformed(f"Message is not valid JSON: {reason}")
    try:
        return _subscribe(json_text.loads(text))
    except ValueError as error:
        raise Unreadable(_id(message), f"The message is not JSON: {error}.") from None


def _read(message: object) -> ClientMessage:
    if not isinstance(message, dict):
        raise Malformed(f"Message must be an object, but got {_kind(message)}")
    kind = message.get("type")
    if not isinstance(kind, str):
        raise Malformed(f"Message expects the 'type' property to be a string, but got {_kind(kind)}")
    reader = _READERS.get(kind)
    if reader is None:
        raise Malformed(f"Invalid message 'type' property {kind!r}")
    return reader(message)


def _subscribe(message: JsonObject) -> Subscribe:
    operation_id = _id(message)
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise Malformed(f"'subscribe' message expects the 'payload' property to be an object, but got {_kind(payload)}")
    query, extensions = payload.get("query"), _object_or_null(payload, "extensions")
    try:
        digest = digest_in(query, payload.get("documentId"), extensions)
    except BadDigest as error:
        raise Unreadable(operation_id, str(error)) from None
    if digest is not None:
        query = ""
    if not isinstance(query, str):
        raise Malformed(f"'subscribe' payload expects the 'query' property to be a string, but got {_kind(query)}")
    return Subscribe(
        id=operation_id,
        query=query,
        variables=_object_or_null(payload, "variables"),
        operation_name=cast("str | None", _typed_or_null(payload, "operationName", str, "a string")),
        extensions=extensions,
        digest=digest,
    )


def _id(message: JsonObject) -> str:
    operation_id, kind = message.get("id"), message["type"]
    if not isinstance(operation_id, str):
        raise Malformed(f"'{kind}' message expects the 'id' property to be a string, but got {_kind(operation_id)}")
    if not operation_id:
        raise Malformed(f"'{kind}' message requires a non-empty 'id' property")
    if len(operation_id) > MAX_ID_LENGTH:
        raise Malformed(f"'{kind}' message expects an 'id' property of at most {MAX_ID_LENGTH} characters")
    if not json_text.is_unicode(operation_id):
        raise Malformed(f"'{kind}' message expects an 'id' property without lone surrogates")
    return operation_id


def _object_or_null(holder: JsonObject, name: str) -> JsonObject | None:
    return cast("JsonObject | None", _typed_or_null(holder, name, dict, "an object"))


def _typed_or_null(holder: JsonObject, name: str, expected: type, description: str) -> object:
    value = holder.get(name)
    if value is not None and not isinstance(value, expected):
        raise Malformed(f"Message expects the '{name}' property to be {description} or null, but got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    """The JSON name of a value's type, for the client's developer."""
    return _KINDS[type(value)]


_KINDS: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}

_READERS: Final[dict[str, Callable[[JsonObject], ClientMessage]]] = {
    "connection_init": lambda message: ConnectionInit(_object_or_null(message, "payload") or {}),
    "ping": lambda message: Ping(_object_or_null(message, "payload")),
    "pong": lambda message: Pong(_object_or_null(message, "payload")),
    "subscribe": _subscribe,
    "complete": lambda message: Complete(_id(message)),
}
