"""uvicorn's connections within this system's limits: ``uvicorn … --http config.connections:Http``."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from graphql_server.servers.uvicorn_http import HttpLimits, HttpProtocol


class Http(HttpProtocol):
    """HTTP and WebSocket connections, bounded by ``HTTP_LIMITS``."""

    limits = HttpLimits(**settings.HTTP_LIMITS)
