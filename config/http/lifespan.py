"""The start and the end of the web server."""

from collections.abc import Container
from typing import Any, Final

import structlog
from django.conf import settings

from graphql_server.asgi_types import Receive, Scope, Send

logger = structlog.get_logger(__name__)

REFUSED: Final = """\
uvicorn's own HTTP protocol takes headers of any length and never closes silent connections. Start the web server
with ours, under a version of uvicorn that was tried (pyproject.toml):
  python manage.py serve"""


async def lifespan(_: Scope, receive: Receive, send: Send) -> None:
    """Let the server start, unless its connections would be without bounds, and end."""
    while True:
        message = await receive()
        if refusal := refusal_of(receive):
            await send({"type": "lifespan.startup.failed", "message": refusal})
            return
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def refusal_of(receive: object) -> str:
    """Why the server, whose ``receive`` of the lifespan this is, may not start; empty if it may.

    Only uvicorn is checked, whose ``receive`` is a method of an object with its configuration.
    """
    config: Any = getattr(getattr(receive, "__self__", None), "config", None)
    protocol = getattr(config, "http_protocol_class", None)
    return "" if protocol is None or getattr(protocol, "has_bounds", False) else REFUSED


def warn_of_daphne(loaded: Container[str]) -> None:
    """Log a warning if Daphne's command line serves in production: it has no lifespan that could refuse the start.

    ``loaded`` are the names of the modules of this process.
    """
    if "daphne.cli" in loaded and not settings.EMBEDDED:
        logger.warning(
            "daphne_bounds_no_bodies", advice="It does not drain either. Use manage.py serve --server daphne."
        )
