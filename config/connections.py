"""The HTTP protocol for uvicorn, with this system's limits: ``uvicorn … --http config.connections:Http``."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from graphql_server.limits import ConnectionLimits
from graphql_server.servers.uvicorn_protocol import http_protocol

Http = http_protocol(ConnectionLimits(**settings.HTTP_LIMITS))
"""HTTP and WebSocket connections, bounded by ``HTTP_LIMITS``."""
