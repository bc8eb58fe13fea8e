"""The web server of production, which ``manage.py serve`` runs: uvicorn with this system's limits. It drains."""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, Final, Protocol

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from uvicorn import Config, Server

from config.serving.ending import Ending, catch_signals
from graphql_server.limits import ConnectionLimits
from graphql_server.servers.uvicorn_protocol import http_protocol

logger = structlog.get_logger(__name__)

BACKLOG: Final = 4096
"""Connections that may wait to be accepted; Linux allows no more by default."""
LINGER_SECONDS: Final = 0.5
"""Seconds in which an accepted connection must send its request after the server has stopped listening."""
MORE_SECONDS: Final = 3.0
"""Seconds after ``DRAIN_SECONDS`` at which the process ends, whatever hangs."""

Http = http_protocol(ConnectionLimits(**settings.HTTP_LIMITS))
"""HTTP and WebSocket connections, bounded by ``HTTP_LIMITS``."""


async def drain(seconds: float) -> None:
    """Drain the GraphQL server within ``seconds``, of which sockets are closed during at most half."""
    server = import_string("graphql_api.server.server")
    await server.drain(seconds=seconds, spread_seconds=min(settings.DRAIN_SPREAD_SECONDS, seconds / 2))


class DrainingServer(Server):
    """uvicorn, which drains before it stops listening. It leaves signals to :class:`~config.serving.ending.Ending`."""

    grace_seconds = 0.0

    def end(self, *, grace_seconds: float) -> None:
        """Drain, stop accepting, and end within ``grace_seconds``. May be called from any thread."""
        self.grace_seconds = grace_seconds
        self.should_exit = True  # It is read ten times a second.

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """Drain while the server listens, then stop."""
        deadline = time.monotonic() + self.grace_seconds
        await drain(self.grace_seconds)
        await self.stop_listening()
        await asyncio.sleep(LINGER_SECONDS)
        self.config.timeout_graceful_shutdown = max(round(deadline - time.monotonic()), 1)
        await super().shutdown(sockets)

    async def stop_listening(self) -> None:
        """Accept what waits, then close: a proxy does not repeat a request whose connection was accepted and reset."""
        accepted = []
        for listening in (one for server in self.servers for one in server.sockets):
            with socket.socket(fileno=os.dup(listening.fileno())) as queue, suppress(BlockingIOError):
                queue.setblocking(False)
                while True:
                    accepted.append(queue.accept()[0])
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in accepted:
            connection.setblocking(False)
            await loop.connect_accepted_socket(self.protocol, connection)

    def protocol(self) -> asyncio.Protocol:
        """The protocol of a connection, as uvicorn makes it."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the handlers as they are."""
        yield


def uvicorn_server(*, host: str, port: int, unix_socket: str | None = None) -> DrainingServer:
    """A server of ``ASGI_APPLICATION`` on this address, or on a socket file.

    It uses uvloop where that is installed. It believes no proxy header: the application does that, for the proxies that
    ``TRUSTED_PROXIES`` lists. The proxy in front writes the access log.
    """
    application = import_string(settings.ASGI_APPLICATION)
    import_string("graphql_api.server.begin")()
    return DrainingServer(
        Config(
            application,
            host=host,
            port=port,
            uds=unix_socket,
            http=Http,
            backlog=BACKLOG,
            access_log=False,
            proxy_headers=False,
            log_config=None,  # Its records go where all others go.
        )
    )


class WebServer(Protocol):
    """A server that runs on the main thread until its end."""

    def run(self) -> None:
        """Serve until the end."""

    def end(self, *, grace_seconds: float) -> None:
        """Drain, stop accepting, and end within ``grace_seconds``. May be called from any thread."""


def run(server: WebServer) -> None:
    """Serve until SIGTERM or Ctrl-C, and then for at most ``DRAIN_SECONDS``."""
    end = partial(server.end, grace_seconds=settings.DRAIN_SECONDS)
    ending = Ending(end, seconds=settings.DRAIN_SECONDS + MORE_SECONDS, say=note)
    catch_signals(ending.on_signal)
    server.run()


def note(text: str) -> None:
    """Log, but wait only a moment for a log that does not take it."""
    writer = threading.Thread(target=partial(logger.info, "web_ending", text=text), name="note", daemon=True)
    writer.start()
    writer.join(0.2)


def end_with_status_0() -> None:
    """Let SIGTERM and Ctrl-C end this process with status 0 while it starts.

    As the first process of a container, a process without a handler would not end at all.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


def leave(_: int, __: FrameType | None) -> None:
    """End the process with status 0."""
    sys.exit(0)
