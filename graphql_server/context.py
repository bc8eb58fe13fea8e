"""What every resolver gets as ``info.context``."""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal

from typing_extensions import TypeVar

from graphql_server.ports import Caller

C = TypeVar("C", bound=Caller, default=Any)


@dataclass(slots=True)
class Context(Generic[C]):
    """Who calls, and over which transport. ``C`` is the application's class of callers.

    ``loaders`` holds what is loaded once per operation; it never outlives one. A subscription's source keeps ``cursor``
    at the last event that it has read, matching or not; the server's pings carry it. ``asked`` holds the coordinates of
    the fields that the operation selects, such as ``Order.lines``, where they are known.
    """

    caller: C
    request_id: str
    transport: Literal["http", "ws"] = "http"
    loaders: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    asked: frozenset[str] | None = None
