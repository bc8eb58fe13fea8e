"""The application with an address that blocks its event loop, and settings by which the commands serve it."""

import time
from typing import Any
from urllib.parse import parse_qs

from config.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.e2e.blocking_application.application"


def spin(seconds: float) -> None:
    """Keep the CPU busy for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        continue


HOW = {"spin": spin, "sleep": time.sleep}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """``/stall?how=spin&seconds=60`` blocks; other requests go to the application."""
    from config.asgi import application as product

    if scope.get("path") == "/stall":
        asked = parse_qs(scope["query_string"].decode())
        HOW[asked["how"][0]](float(asked["seconds"][0]))
    await product(scope, receive, send)
