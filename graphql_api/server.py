"""The GraphQL server of this schema: the schema with its prices, its meter, and the limits that the settings give."""

import strawberry
from django.conf import settings

from graphql_api import graphiql
from graphql_api.access import sockets
from graphql_api.access.http import HttpAuthentication
from graphql_api.access.rights import TenantRights
from graphql_api.billing import Billing
from graphql_api.live import EventLog
from graphql_api.prices import PriceList
from graphql_api.schema import schema
from graphql_server import GraphQLServer
from graphql_server.limits import (
    BodyLimits,
    DocumentLimits,
    Limits,
    LiveLimits,
    OperationLimits,
    Shares,
    SocketCounts,
    SocketLimits,
)


def limits() -> Limits:
    """The limits that the settings give."""
    return Limits(
        documents=DocumentLimits(**settings.GRAPHQL_LIMITS),
        operations=OperationLimits(settings.GRAPHQL_THREADS, settings.GRAPHQL_DEADLINE_SECONDS),
        shares=Shares(**settings.GRAPHQL_SHARES),
        bodies=BodyLimits(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.HTTP_BODY_SECONDS),
        sockets=SocketCounts(**settings.SOCKETS_OPEN),
        socket=SocketLimits(**settings.GRAPHQL_SOCKET_LIMITS),
        live=LiveLimits(settings.LIVE_LAG_EVENTS),
    )


class Authentication(HttpAuthentication, sockets.Authentication):
    """Tells who calls, over HTTP and over WebSocket."""


def server_for(schema: strawberry.Schema) -> GraphQLServer:
    """A server of a schema, under the settings as they are now."""
    return GraphQLServer(
        schema,
        source=EventLog(),
        authenticate=Authentication(),
        meter=Billing(),
        prices=PriceList(),
        rights=TenantRights(),
        limits=limits(),
        introspection=settings.ORDERS_INTROSPECTION,
        page=graphiql.page if settings.ORDERS_GRAPHIQL else None,
    )


server = server_for(schema)
