"""The server of one schema, made of its parts."""

from collections.abc import Callable
from typing import Any

import strawberry
from django.http import HttpRequest, HttpResponseBase

from graphql_server.execution.executor import Executor
from graphql_server.http.body_limit import App
from graphql_server.http.endpoint import Added, BesideDjango, Endpoint, nothing_added
from graphql_server.http.handler import HttpHandler
from graphql_server.http.view import django_view
from graphql_server.limits import Limits
from graphql_server.live.registry import Live
from graphql_server.ports import Authentication, EventSource, Meter, Prices, RightsOf
from graphql_server.socket_operations import SocketOperations
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.connection_registry import ConnectionRegistry
from graphql_server.websocket.socket import GraphQLSocket


class GraphQLServer:
    """Serves a Strawberry schema: ``http`` and ``websocket`` are ASGI applications, ``view`` is a Django view.

    All three share the schema's documents, its threads, its limits and its live subscriptions.

    Args:
        schema: the schema. Only its subscriptions may have asynchronous resolvers.
        source: the log of events that subscriptions follow.
        authenticate: tells who calls.
        meter: takes points from callers.
        prices: the schema's price list.
        rights: is asked about the rights of connected callers, while there are any; None: rights never change.
        limits: what callers can take of the server.
        introspection: whether clients may read the schema, and are shown names in it that they nearly wrote.
        page: a Django view that browsers get from ``view``, such as GraphiQL.
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
        page: Callable[[HttpRequest], HttpResponseBase] | None = None,
    ) -> None:
        limits = limits or Limits()
        self.executor = Executor(schema, meter=meter, prices=prices, limits=limits, introspection=introspection)
        self.live = Live(self.executor, source, lag_events=limits.live.lag_events)
        self.handler = HttpHandler(self.executor, page)
        self.operations = SocketOperations(self.executor, self.live)
        self.authenticate = authenticate
        self.http = Endpoint(self.handler, authenticate)
        self.view: Any = django_view(self.handler, authenticate)
        backend = Backend(authenticate, self.operations, ConnectionRegistry(limits.sockets, rights))
        self.websocket = GraphQLSocket(backend, limits.socket)

    def beside(self, django: App, added: Added = nothing_added) -> App:
        """An ASGI application as ``http``, which hands to ``django`` the requests that need Django's middleware.

        Args:
            django: Django's ASGI application, which serves ``view`` at the same address.
            added: the headers that Django's middleware adds to every answer, by whether the request came over TLS.
        """
        return BesideDjango(Endpoint(self.handler, self.authenticate, added), django)
