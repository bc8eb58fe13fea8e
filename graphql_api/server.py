"""The GraphQL server of this schema: the schema with its prices, its meter, and the limits that the settings give."""

import threading
import time

import strawberry
import structlog
from django.conf import settings
from django.db import connection

from graphql_api import graphiql
from graphql_api.access import sockets
from graphql_api.access.http import HttpAuthentication
from graphql_api.access.tenant_rights import TenantRights
from graphql_api.billing import Billing
from graphql_api.clients.publishing import WITHDRAWN_SECONDS, Registry, publish
from graphql_api.clients.usage import Usage
from graphql_api.live.event_log import EventLog
from graphql_api.observer import Observer
from graphql_api.prices import PriceList
from graphql_api.schema import schema
from graphql_server import GraphQLServer
from graphql_server.documents.uses import deprecated_coordinates
from graphql_server.internals import core_schema
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
from tenants.db.replica.reading import read

logger = structlog.get_logger(__name__)


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
    """Identifies callers over HTTP and over WebSocket."""


def server_for(schema: strawberry.Schema, registry: Registry) -> GraphQLServer:
    """A server of a schema, under the settings as they are now."""
    usage = Usage(deprecated_coordinates(core_schema(schema)), frozenset(registry.clients))
    return GraphQLServer(
        schema,
        source=EventLog(),
        authenticate=Authentication(),
        meter=Billing(),
        prices=PriceList(),
        rights=TenantRights(),
        limits=limits(),
        introspection=settings.ORDERS_INTROSPECTION,
        reads=read,
        page=graphiql.page if settings.ORDERS_GRAPHIQL else None,
        observer=Observer(usage),
        documents=registry,
    )


registry = Registry()
server = server_for(schema, registry)


def prepare_documents() -> None:
    """Publish this release's documents, and parse and validate all published ones.

    If the database does not answer, each is prepared when it is first requested.
    """
    began = time.monotonic()
    try:
        publish(registry.release)
        number = server.executor.documents.prepare()
        logger.info("graphql_documents_prepared", documents=number, seconds=round(time.monotonic() - began, 3))
    except Exception as error:
        logger.warning("graphql_documents_not_prepared", error=type(error).__qualname__)
    finally:
        connection.close()


def drop_withdrawn_documents() -> None:
    """Run no document that ``documents withdraw`` has removed from the table."""
    try:
        if number := server.executor.documents.drop_withdrawn():
            logger.info("graphql_documents_withdrawn", documents=number)
    except Exception as error:
        logger.warning("graphql_documents_not_compared", error=type(error).__qualname__)
    finally:
        connection.close()


def keep_documents() -> None:
    """Prepare documents, then look for withdrawn ones until the process ends."""
    prepare_documents()
    while True:
        time.sleep(WITHDRAWN_SECONDS)
        drop_withdrawn_documents()


def begin() -> None:
    """To be called when a web server starts: prepares documents on a thread of their own, and keeps them current."""
    threading.Thread(target=keep_documents, name="documents", daemon=True).start()
