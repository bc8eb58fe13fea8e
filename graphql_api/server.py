"""The GraphQL server of this schema: the schema with its prices, its meter, and the limits that the settings give."""

import strawberry
from django.conf import settings

from graphql_api.billing import Billing
from graphql_api.prices import PriceList
from graphql_api.schema import schema
from graphql_server.executor import Executor
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


def executor_for(schema: strawberry.Schema) -> Executor:
    """An executor for a schema, under the settings as they are now."""
    return Executor(
        schema, meter=Billing(), prices=PriceList(), limits=limits(), introspection=settings.ORDERS_INTROSPECTION
    )


executor = executor_for(schema)
