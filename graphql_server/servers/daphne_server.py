"""Daphne as a server inside another program: it reports its port, or why it cannot listen, and ends on request."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor as installed_reactor
from twisted.python.failure import Failure

from graphql_server.asgi_types import App
from graphql_server.limits import BodyLimits
from graphql_server.servers.versions import DAPHNE, fit

Drain = Callable[[float], Awaitable[object]]
"""Awaited before the server stops listening, with the seconds that it may take."""

BACKLOG = 512
MAX_SOCKET_MESSAGE = 2 * 1024 * 1024
"""Above the application's own limit, which closes with a reason; Daphne drops the connection."""

reactor: Any = installed_reactor  # Twisted types it as a module


class DaphneServer(Server):  # type: ignore[misc]  # daphne has no types
    """Serves on the main thread until :meth:`end` is called. Daphne alone bounds no body."""

    def __init__(
        self, application: App, *, address: str, port: int, ready: Callable[[int], object], drain: Drain
    ) -> None:
        """``ready`` is called with the port once the server listens; port 0 stands for any free one."""
        endpoints = build_endpoint_description_strings(host=address, port=port)
        super().__init__(
            application,
            endpoints=[f"{endpoint}:backlog={BACKLOG}" for endpoint in endpoints],
            signal_handlers=False,
            websocket_max_message_size=MAX_SOCKET_MESSAGE,
            websocket_max_frame_size=MAX_SOCKET_MESSAGE,
            websocket_timeout=-1,  # a dashboard may stay for days
            ready_callable=self.when_ready,
            server_name="",
        )
        self.ready = ready
        self.drain = drain
        self.draining: asyncio.Task[None] | None = None
        self.error = ""
        """Why the server could not listen; empty if it could."""
        self.ports: list[Any] = []
        self.connections: dict[Any, dict[str, Any]] = {}  # Daphne's own, which it makes when it begins to serve.

    def when_ready(self) -> None:
        """Report the port. Daphne calls this before it begins to serve."""
        self.ready(self.listening_addresses[0][1])

    def listen_success(self, port: Any) -> None:
        """Remember the port, to close it."""
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Failure) -> None:
        """Remember the reason, for the program that started the server."""
        self.error = failure.getErrorMessage()
        self.stop()

    def end(self, *, grace_seconds: float = 3.0) -> None:
        """Drain, stop accepting, end within ``grace_seconds``. A repeat does nothing. May be called from any thread."""
        reactor.callFromThread(self.end_on_reactor, grace_seconds)

    def end_on_reactor(self, grace_seconds: float) -> None:
        """Like :meth:`end`, on the reactor's thread."""
        if self.draining is None:
            self.draining = asyncio.get_running_loop().create_task(self.drain_and_stop(grace_seconds))

    async def drain_and_stop(self, grace_seconds: float) -> None:
        """Drain while the server listens, then stop."""
        deadline = time.monotonic() + grace_seconds
        try:
            await self.drain(grace_seconds)
        finally:
            self.stop_listening(deadline)

    def stop_listening(self, _deadline: float) -> None:
        """Stop accepting, and end immediately: Daphne's public parts do not show what is being answered."""
        for port in self.ports:
            port.stopListening()
        self.stop()


async def nothing_to_drain(_: float) -> None:
    """Wait for nothing."""


def daphne_server(
    application: App,
    *,
    address: str,
    port: int,
    bodies: BodyLimits,
    ready: Callable[[int], object],
    drain: Drain = nothing_to_drain,
) -> DaphneServer:
    """Daphne for ``application``. It refuses bodies of twice ``bodies`` as they arrive, and lets answers finish.

    Under a version of Daphne that was not tried it does neither. ``drain`` is awaited at the end, before the server
    stops listening.
    """
    kind = DaphneServer
    if fit(DAPHNE):
        module = import_module("graphql_server.servers.daphne_bounds")  # It imports private parts of Daphne.
        kind = module.bounded(DaphneServer, bodies)
    return kind(application, address=address, port=port, ready=ready, drain=drain)
