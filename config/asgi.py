"""The ASGI application: our own handlers for GraphQL over HTTP and WebSocket, Django for all else."""

import os
import sys
from typing import cast

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()  # Sets Django up, so what needs that is imported after it.

from django.conf import settings  # noqa: E402
from django.db import DEFAULT_DB_ALIAS, connections  # noqa: E402

from config.http.added_headers import added_headers  # noqa: E402
from config.http.bodies import ApiBodyLimit  # noqa: E402
from config.http.lifespan import lifespan, warn_of_daphne  # noqa: E402
from config.http.turns import InTurn  # noqa: E402
from config.statements import bound_statements  # noqa: E402
from config.watchdog import App as AnyApp  # noqa: E402
from config.watchdog import watchdog  # noqa: E402
from graphql_api.server import server  # noqa: E402
from graphql_server import caches  # noqa: E402
from graphql_server.execution.slots import Slots  # noqa: E402
from graphql_server.http import body_limit  # noqa: E402
from graphql_server.http.body_limit import App, BodyLimit  # noqa: E402
from graphql_server.servers import asgi as sockets  # noqa: E402
from tenants import memory  # noqa: E402
from tenants.auth.proxies import BehindProxies, Proxies, silence_uvicorn  # noqa: E402

GRAPHQL = {"/graphql", "/graphql/"}
STATEMENT_GRACE_SECONDS = 5.0
"""How much longer than an operation a statement may take: the operation that waits for it has cancelled it before."""

limits = server.executor.limits
bound_statements(connections.settings[DEFAULT_DB_ALIAS], limits.operations.deadline_seconds + STATEMENT_GRACE_SECONDS)

in_turn = InTurn(cast(App, django), Slots.in_shares(limits.operations.threads, limits.shares))
api = ApiBodyLimit(in_turn, limits.bodies)
elsewhere = BodyLimit(cast(App, django), limits.bodies)
graphql = server.beside(elsewhere, added_headers)


def path_of(scope: sockets.Scope) -> str:
    """The path below the mount point, if a proxy mounts us at one."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def http(scope: body_limit.Scope, receive: body_limit.Receive, send: body_limit.Send) -> None:
    """The application of the path. Each words the refusal of a large body in its own way."""
    path = path_of(scope)
    if path in GRAPHQL:
        await graphql(scope, receive, send)
    elif path.startswith("/api/"):
        await api(scope, receive, send)
    else:
        await elsewhere(scope, receive, send)


async def websocket(scope: sockets.Scope, receive: sockets.Receive, send: sockets.Send) -> None:
    """GraphQL's socket; elsewhere the handshake is refused, which its client sees as a 403."""
    if path_of(scope) in GRAPHQL:
        await server.websocket(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})


routes = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": lifespan})
silence_uvicorn(sys.modules)
warn_of_daphne(sys.modules)
proxied = BehindProxies(cast(AnyApp, routes), Proxies.named(settings.TRUSTED_PROXIES, settings.PROXY_HEADER))
application = watchdog.around(proxied)
caches.freed_bytes.listener = memory.let_go.note
memory.set_for_a_server()
