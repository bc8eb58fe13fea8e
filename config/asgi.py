"""The ASGI application: our own handlers for GraphQL over HTTP and WebSocket, Django for the rest."""

import os
import sys
from http import HTTPStatus
from typing import cast

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()  # Sets Django up, so modules that need Django are imported after it.

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from config.http.added_headers import added_headers  # noqa: E402
from config.http.bodies import ApiBodyLimit  # noqa: E402
from config.http.cors import CrossOrigin  # noqa: E402
from config.http.counted import Counted  # noqa: E402
from config.http.lifespan import lifespan, warn_of_daphne  # noqa: E402
from config.http.refusals import refuse  # noqa: E402
from config.http.streamed import Streamed  # noqa: E402
from config.http.turns import InTurn  # noqa: E402
from config.statements import bound_statements  # noqa: E402
from config.watchdog import watchdog  # noqa: E402
from graphql_api.server import server  # noqa: E402
from graphql_server import caches  # noqa: E402
from graphql_server.asgi_types import App, Receive, Scope, Send  # noqa: E402
from graphql_server.drain import RETRY_AFTER_SECONDS  # noqa: E402
from graphql_server.execution.slots import Slots  # noqa: E402
from graphql_server.http.body_limit import BodyLimit  # noqa: E402
from tenants import memory  # noqa: E402
from tenants.auth.proxies import BehindProxies, Proxies, silence_uvicorn  # noqa: E402
from tenants.tracing import spans  # noqa: E402

GRAPHQL = {"/graphql", "/graphql/"}
HEALTH = {"/livez", "/readyz", "/metrics"}
ENDING = "This process is ending, and nothing was done. Send the request again."
STATEMENT_GRACE_SECONDS = 5.0
"""Seconds by which a statement may outlast the operation's deadline, at which the operation cancels it."""

PAGE_GARBAGE_BYTES = 20 * 1024
"""A request of the page for sign-in leaves so much: request, form and context refer to each other."""


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Django's pages. Count what they leave: those that run while young objects are collected would stay for long."""
    try:
        await django(scope, receive, send)
    finally:
        memory.freed_memory.note(PAGE_GARBAGE_BYTES)


limits = server.executor.limits
for database in connections.settings.values():
    bound_statements(database, limits.operations.deadline_seconds + STATEMENT_GRACE_SECONDS)

slots = Slots.in_shares(limits.operations.threads, limits.shares)
api = CrossOrigin(ApiBodyLimit(Streamed(InTurn(cast(App, django), slots), server, slots), limits.bodies))
elsewhere = BodyLimit(pages, limits.bodies)
graphql = CrossOrigin(server.beside(elsewhere, added_headers))


def path_of(scope: Scope) -> str:
    """The path below the mount point, if a proxy mounts us at one."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """The application of the path. Each refuses a large body in its own form."""
    path = path_of(scope)
    if server.is_draining and path not in {*GRAPHQL, *HEALTH}:
        await refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, ENDING, retry_after=RETRY_AFTER_SECONDS, path=path)
    elif path in GRAPHQL:
        await graphql(scope, receive, send)
    elif path.startswith("/api/"):
        await api(scope, receive, send)
    else:
        await elsewhere(scope, receive, send)


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """GraphQL's socket; elsewhere the handshake is refused, which its client sees as a 403."""
    if path_of(scope) in GRAPHQL:
        await server.websocket(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})


routes = ProtocolTypeRouter({"http": Counted(http), "websocket": websocket, "lifespan": lifespan})
silence_uvicorn(sys.modules)
warn_of_daphne(sys.modules)
proxied = BehindProxies(cast(App, routes), Proxies.named(settings.TRUSTED_PROXIES, settings.PROXY_HEADER))
application = watchdog.around(proxied)
caches.freed_bytes.listener = memory.freed_memory.note
memory.set_for_a_server()
spans.begin("web")
