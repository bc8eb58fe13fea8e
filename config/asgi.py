"""The ASGI application: Django for HTTP, our own handler for GraphQL's WebSockets."""

import os
from typing import cast

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()  # Sets Django up, so what needs that is imported after it.

from django.conf import settings  # noqa: E402

from config.bodies import ApiBodyLimit  # noqa: E402
from graphql_api import body_limit  # noqa: E402
from graphql_api.body_limit import App, BodyLimit  # noqa: E402
from graphql_api.consumers import graphql_socket  # noqa: E402
from graphql_api.transport_ws import asgi as sockets  # noqa: E402

api = ApiBodyLimit(cast(App, django), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
elsewhere = BodyLimit(cast(App, django), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def path_of(scope: sockets.Scope) -> str:
    """The path below the mount point, if a proxy mounts us at one."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def http(scope: body_limit.Scope, receive: body_limit.Receive, send: body_limit.Send) -> None:
    """Django, behind the limit of bodies in each door's own words."""
    door = api if path_of(scope).startswith("/api/") else elsewhere
    await door(scope, receive, send)


async def websocket(scope: sockets.Scope, receive: sockets.Receive, send: sockets.Send) -> None:
    """GraphQL's socket; elsewhere the handshake is refused, which its client sees as a 403."""
    if path_of(scope) in {"/graphql", "/graphql/"}:
        await graphql_socket(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})


application = ProtocolTypeRouter({"http": http, "websocket": websocket})
