"""The form of a protocol case."""

from dataclasses import dataclass
from typing import Any

from graphql_server.testing.peer import Closed

Frame = dict[str, Any] | str | bytes
INIT: dict[str, Any] = {"type": "connection_init"}
ACK: dict[str, Any] = {"type": "connection_ack"}


@dataclass(frozen=True)
class Says:
    """The client sends this."""

    frame: Frame


@dataclass(frozen=True)
class Hears:
    """The next message of the server is this."""

    message: dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Steps of a conversation, and its end: closed, or (None) alive without a further message."""

    name: str
    steps: tuple[Says | Hears, ...]
    end: Closed | None = None

    def __str__(self) -> str:
        return self.name


def subscribe(query: Any, operation_id: Any = "1", **payload: Any) -> dict[str, Any]:
    """A ``subscribe`` message."""
    return {"id": operation_id, "type": "subscribe", "payload": {"query": query, **payload}}


def next_(data: Any, operation_id: str = "1") -> Hears:
    """A ``next`` message."""
    return Hears({"id": operation_id, "type": "next", "payload": {"data": data}})


def complete(operation_id: str = "1") -> Hears:
    """The server's ``complete`` message."""
    return Hears({"id": operation_id, "type": "complete"})


READY = (Says(INIT), Hears(ACK))


def bad_request(name: str, frame: Frame, reason: str, *, ready: bool = True) -> Case:
    """The reason with which a malformed message ends with 4400."""
    return Case(name, (*(READY if ready else ()), Says(frame)), Closed(4400, reason))


def expects(kind: str, name: str, wanted: str, got: str) -> str:
    """The reason for a property of the wrong type."""
    return f"'{kind}' message expects the '{name}' property to be {wanted}, but got {got}"
