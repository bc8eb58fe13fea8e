"""The functions that a socket calls: authentication, operations, and the registry of all connections."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql_server.drain import Drain
from graphql_server.ports.callers import SocketAuthentication
from graphql_server.websocket.client_messages import Subscribe
from graphql_server.websocket.connection_registry import ConnectionRegistry
from graphql_server.websocket.running_operation import Result, Subscription


class Operations(Protocol):
    """Runs operations, for a :class:`~graphql_server.ports.callers.Caller`."""

    def join(self, request: Subscribe, caller: Any) -> Subscription | None:
        """Begin a subscription immediately if an equal one is running; None: call ``begin``.

        ``caller`` is the connection's.
        """

    def begin(self, request: Subscribe, caller: Any) -> Awaitable[Result | Subscription]:
        """Begin an operation of any kind: return its response, or the subscription.

        A response without ``data`` ends the operation with its ``errors``. ``caller`` has the operation's request id.
        """

    def mask(self, error: Exception, caller: Any) -> Result:
        """Log an unexpected exception, and return the GraphQL error that the client may see."""

    def charge(self, caller: Any, size: int) -> None:
        """Charge the connection's caller for a large message, by its size in bytes, before the message is parsed.

        Raises:
            Closing: the message and the socket are refused.
        """


@dataclass(frozen=True, slots=True)
class Backend:
    """The parts that all sockets of a server share."""

    authentication: SocketAuthentication
    operations: Operations
    connections: ConnectionRegistry = field(default_factory=ConnectionRegistry)
    drain: Drain = field(default_factory=Drain)
