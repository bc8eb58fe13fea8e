"""What the protocol needs from the GraphQL API behind it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from graphql_api.transport_ws.asgi import Scope
from graphql_api.transport_ws.messages import JsonObject, Subscribe
from graphql_api.transport_ws.operation import Pushed, Result, Stream

C = TypeVar("C")


def _none(_: Subscribe, __: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Api(Generic[C]):
    """The functions that a socket calls; ``C`` is whatever they know a caller by."""

    authenticate: Callable[[Scope, JsonObject], Awaitable[C]]
    """Who opened the socket, by its scope and the payload of ``connection_init``. Raises ``Closing`` to refuse them."""

    per_operation: Callable[[C], C]
    """The caller as one operation knows it, with a request id of its own; the functions below get this one."""

    begin: Callable[[Subscribe, C], Awaitable[Result | Stream | Pushed]]
    """Begin an operation of any kind: a response, or a source of them. One without ``data`` ends it with ``errors``."""

    acting: Callable[[C], AbstractContextManager[object]]
    """Entered round everything that is done for one operation, in that operation's task."""

    mask: Callable[[Exception, C], Result]
    """Log an unexpected exception, and word it as the GraphQL error that the client may see."""

    join: Callable[[Subscribe, C], Pushed | None] = _none
    """The same at once, where that can be: a subscription equal to one that runs. ``None``: call ``begin``."""
