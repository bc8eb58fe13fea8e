"""Daphne with this system's limits, for ``./dev up`` and ``manage.py serve --server daphne``; only loaded there."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from config.serving.web_server import drain
from graphql_server.limits import BodyLimits
from graphql_server.servers.daphne_server import DaphneServer, daphne_server


def daphne(*, address: str, port: int, ready: Callable[[int], object] = lambda _: None) -> DaphneServer:
    """A server of ``ASGI_APPLICATION`` on this numeric address. ``ready`` is called with the port once it is served."""
    application = import_string(settings.ASGI_APPLICATION)
    import_string("graphql_api.server.begin")()
    bodies = BodyLimits(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.HTTP_BODY_SECONDS)
    return daphne_server(application, address=address, port=port, bodies=bodies, ready=ready, drain=drain)
