"""The value that every resolver gets as ``info.context``."""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal

from typing_extensions import TypeVar

from graphql_server.ports.callers import Caller

C = TypeVar("C", bound=Caller, default=Any)


@dataclass(slots=True)
class Context(Generic[C]):
    """The caller and the transport. ``C`` is the application's class of callers.

    ``loaders`` holds data that is loaded once per operation, and ends with the operation. A subscription's source keeps
    ``cursor`` at the last event that it has read, matching or not; the server's pings carry it. ``selected_fields`` are
    the coordinates of the fields that the operation selects, such as ``Order.lines``, if they are known. ``statements``
    is how many database statements the operation ran, once it has ended.
    """

    caller: C
    request_id: str
    transport: Literal["http", "ws"] = "http"
    loaders: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    selected_fields: frozenset[str] | None = None
    statements: int = 0
