"""What the protocol needs from the GraphQL API behind it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from graphql_server.servers.asgi import Scope
from graphql_server.websocket.closing import Closing
from graphql_server.websocket.messages import JsonObject, Subscribe
from graphql_server.websocket.operation import Pushed, Result, Stream

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)


class Handle(Protocol[C_contra]):
    """What may be done to a socket from outside, on its event loop."""

    def end(self, closing: Closing) -> None:
        """Close it."""

    def renew(self, caller: C_contra) -> None:
        """Have its client act with other rights from now on."""


def _none(_: Subscribe, __: object) -> None:
    return None


def _unknown(_: Scope, __: JsonObject) -> None:
    return None


def _free(_: object, __: int) -> None:
    return None


def _anybody(_: object, __: object) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Api(Generic[C]):
    """The functions that a socket calls; ``C`` is whatever they know a caller by."""

    authenticate: Callable[[Scope, JsonObject], Awaitable[C]]
    """Who opened the socket, by its scope and the payload of ``connection_init``. Raises ``Closing`` to refuse them."""

    per_operation: Callable[[C], C]
    """The caller as one operation knows it, with a request id of its own; the functions below get this one, where they
    don't say otherwise."""

    begin: Callable[[Subscribe, C], Awaitable[Result | Stream | Pushed]]
    """Begin an operation of any kind: a response, or a source of them. One without ``data`` ends it with ``errors``."""

    acting: Callable[[C], AbstractContextManager[object]]
    """Entered round everything that is done for one operation, in that operation's task."""

    mask: Callable[[Exception, C], Result]
    """Log an unexpected exception, and word it as the GraphQL error that the client may see."""

    authenticate_at_once: Callable[[Scope, JsonObject], C | None] = _unknown
    """The same without a wait, where that can be. ``None``: call ``authenticate``. Raises nothing."""

    join: Callable[[Subscribe, C], Pushed | None] = _none
    """The same at once, for a caller as the socket knows it, where that can be: a subscription equal to one that runs.
    ``None``: call ``begin``."""

    arrived: Callable[[Scope], AbstractContextManager[object]] = nullcontext
    """Entered for as long as a socket is open. Raises ``Closing`` to refuse it."""

    joined: Callable[[Handle[C], C], AbstractContextManager[object]] = _anybody
    """Entered once its caller is known, until its end. Raises ``Closing`` to refuse it."""

    weigh: Callable[[C, int], None] = _free
    """Charge the caller, as the socket knows it, for a message of so many bytes (more than 1,000), before it is parsed.
    Raises ``Closing`` to refuse the message and the socket."""
