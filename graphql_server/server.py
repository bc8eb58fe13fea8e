"""The server of one schema, made of its parts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import strawberry
from django.http import HttpRequest, HttpResponseBase

from graphql_server.asgi_types import App
from graphql_server.drain import Drain, OpenSocket
from graphql_server.execution.executor import Executor, Operation
from graphql_server.http.endpoint import Added, BesideDjango, Endpoint, nothing_added
from graphql_server.http.handler import HttpHandler
from graphql_server.http.view import django_view
from graphql_server.limits import Limits
from graphql_server.live.registry import Live
from graphql_server.live.selection import Selection
from graphql_server.metrics import NO_OBSERVER, Observer
from graphql_server.ports.callers import Authentication, Caller, RightsOf
from graphql_server.ports.costs import Meter, Prices
from graphql_server.ports.event_source import EventSource
from graphql_server.ports.published_documents import PublishedDocuments
from graphql_server.ports.reads import Reads
from graphql_server.socket_operations import SocketOperations
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.connection_registry import ConnectionRegistry, WatchedSocket
from graphql_server.websocket.socket import GraphQLSocket


class OpenConnection(OpenSocket, WatchedSocket, Protocol):
    """A connection that :meth:`GraphQLServer.keeping` counts."""


class GraphQLServer:
    """Serves a Strawberry schema: ``http`` and ``websocket`` are ASGI applications, ``view`` is a Django view.

    All three share the schema's documents, its threads, its limits and its live subscriptions.

    Args:
        schema: the schema. Only its subscriptions may have asynchronous resolvers.
        source: the log of events that subscriptions follow.
        authenticate: identifies callers.
        meter: takes points from callers.
        prices: the schema's price list.
        rights: is asked about the rights of connected callers, while there are any; None: rights never change.
        limits: the limits for callers.
        introspection: whether clients may read the schema, and whether errors may suggest similar names in it.
        reads: decides which database each query reads; None: Django's default one.
        page: a Django view that browsers get from ``view``, such as GraphiQL.
        observer: follows operations and live events, for metrics and traces.
        documents: the documents that clients have published, and whether others run; None: none, and all run.
    """

    def __init__(  # noqa: PLR0913 -- each argument is one part of the server
        self,
        schema: strawberry.Schema,
        *,
        source: EventSource,
        authenticate: Authentication,
        meter: Meter,
        prices: Prices,
        rights: RightsOf | None = None,
        limits: Limits | None = None,
        introspection: bool = True,
        reads: Reads | None = None,
        page: Callable[[HttpRequest], HttpResponseBase] | None = None,
        observer: Observer = NO_OBSERVER,
        documents: PublishedDocuments | None = None,
    ) -> None:
        limits = limits or Limits()
        self._drain = Drain()
        self._source = source
        self.executor = Executor(
            schema,
            meter=meter,
            prices=prices,
            limits=limits,
            introspection=introspection,
            reads=reads,
            observer=observer,
            registry=documents,
        )
        self.live = Live(self.executor, source, lag_events=limits.live.lag_events)
        self.operations = SocketOperations(self.executor, self.live)
        backend = Backend(authenticate, self.operations, ConnectionRegistry(limits.sockets, rights), self._drain)
        self.handler = HttpHandler(self.executor, backend, page)
        self.authenticate = authenticate
        self.http = Endpoint(self.handler, authenticate)
        self.view: Any = django_view(self.handler, authenticate)
        self.websocket = GraphQLSocket(backend, limits.socket)

    def beside(self, django: App, added: Added = nothing_added) -> App:
        """An ASGI application as ``http``, which hands to ``django`` the requests that need Django's middleware.

        Args:
            django: Django's ASGI application, which serves ``view`` at the same address.
            added: the headers that Django's middleware adds to every answer, by whether the request came over TLS.
        """
        return BesideDjango(Endpoint(self.handler, self.authenticate, added), django)

    @contextmanager
    def keeping(self, connection: OpenConnection, caller: Caller, address: str | None) -> Iterator[None]:
        """Count a connection that the application itself keeps open as one of this server's sockets.

        It shares the limits of their number, ends with its caller's rights, and takes part in the drain.

        Raises:
            Closing: too many are open.
        """
        registry = self.handler.backend.connections
        self._drain.opened(connection)
        try:
            with registry.arrived(address), registry.joined(connection, caller):
                yield
        finally:
            self._drain.closed(connection)

    def selection(self, operation: Operation, caller: Caller) -> Selection:
        """A subscription's document for events that the application has itself, to show them as the subscription would.

        It charges nothing, and reads nothing from the source. Not for a thread with an event loop.

        Raises:
            SelectionRefused: the operation is no subscription to events, or the limits or a resolver refuse it.
        """
        return Selection(self.executor, self._source.isolated, operation, caller)

    @property
    def is_draining(self) -> bool:
        """Whether the server takes no new operations and sockets, because it ends."""
        return self._drain.has_begun

    async def drain(self, *, seconds: float = 25.0, spread_seconds: float = 10.0) -> None:
        """Let the server end in good order. Call it before the web server stops listening; there is no way back.

        From the call on, a new operation over HTTP gets 503 with ``UNAVAILABLE`` and ``Retry-After``, and so does a new
        WebSocket, or 1012 where the web server has no other answer to a handshake. Operations that have begun go on.
        Open sockets are closed with 1012 at random moments, at most 200 a second unless they are more than that in
        ``spread_seconds``; a new operation on a socket brings its moment forward. Before the close a socket's queries
        and mutations are answered, and each subscription gets ``complete``.

        Returns once nothing runs and no socket is open. After ``seconds`` the sockets that are left are closed whatever
        runs, and it returns within a second more. Another call waits for the same end.
        """
        await self._drain.run(seconds=seconds, spread_seconds=spread_seconds)
