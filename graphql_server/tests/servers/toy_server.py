"""The toy API as an ASGI application, for real servers: ``graphql_server.tests.servers.toy_server:app``."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from graphql_server.tests.websocket.toy_socket import World, toy_socket

world = World()
ready_frames = os.environ.get("TOY_READY_FRAMES") != "no"
sockets = {
    "graphql": toy_socket(world, ready_frames=ready_frames),
    "impatient": toy_socket(world, ready_frames=ready_frames, init_seconds=2.0, ping_seconds=0.2, silence_seconds=1.2),
}
routes = [re_path(f"^{name}/$", served) for name, served in sockets.items()]  # type: ignore[arg-type]  # no view, but ASGI
app = ProtocolTypeRouter({"websocket": URLRouter(routes)})
