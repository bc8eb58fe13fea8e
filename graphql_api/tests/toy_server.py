"""The toy API as an ASGI application, for real servers: ``graphql_api.tests.toy_server:app``."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from graphql_api.tests.toy_socket import World, toy_socket

world = World()
sockets = {
    "graphql": toy_socket(world),
    "impatient": toy_socket(world, init_seconds=0.5, ping_seconds=0.2, silence_seconds=1.0),
}
routes = [re_path(f"^{name}/$", served) for name, served in sockets.items()]  # type: ignore[arg-type]  # no view, but ASGI
app = ProtocolTypeRouter({"websocket": URLRouter(routes)})
