"""What every resolver gets as ``info.context``."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tenants.context import Caller


@dataclass(slots=True)
class Context:
    """Who asks and by which door.

    ``loaders`` holds what is fetched once per operation; it never outlives one. A subscription's source keeps
    ``cursor`` at where it has come to, matching event or not: the server's pings tell it. ``asked`` are the fields that
    the operation selects (:mod:`graphql_api.loading.columns`), where that is known.
    """

    caller: Caller
    request_id: str
    transport: Literal["http", "ws"] = "http"
    loaders: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    asked: frozenset[str] | None = None
