"""Daphne as the embedded default runs it: it bounds bodies, says when it cannot listen, and lets answers finish."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor as installed_reactor
from twisted.python.failure import Failure

from graphql_server.rfc6455.handshake import response

GOING_AWAY = 1001
BACKLOG = 512
MAX_SOCKET_MESSAGE = 2 * 1024 * 1024  # Above our own limit, which closes with a reason; Daphne just hangs up.

BODY_FACTOR = 2  # Above the system's own limits, which refuse in the words of each door.
LINGER_SECONDS = 1.0  # How long a peer that still sends may go on, to be able to read why it was refused.

reactor: Any = installed_reactor  # Twisted types it as a module


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request whose body is refused as it comes in: Daphne reads the whole of it before the application runs."""

    body_bytes = 0
    is_refused = False
    timer: Any = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802  # Twisted's
        """The head has come."""
        super().gotLength(length)
        if length != 0:
            self.timer = reactor.callLater(BODY_FACTOR * settings.HTTP_BODY_SECONDS, self.is_late)
        if length is not None:
            self.check(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  # as above
        """A part of the body has come."""
        self.body_bytes += len(data)
        self.check(self.body_bytes)
        if not self.is_refused:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """All of it has come."""
        self.stop_timer()
        return None if self.is_refused else super().process()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802  # as above
        """There is no client to answer."""
        self.stop_timer()
        super().connectionLost(reason)

    def check(self, size: int) -> None:
        """Refuse a body of more bytes than the system would take."""
        if size > BODY_FACTOR * settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def is_late(self) -> None:
        """The body has taken too long."""
        self.timer = None
        self.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def refuse(self, status: HTTPStatus) -> None:
        """Answer, and close a moment later; what comes meanwhile is thrown away."""
        if not self.is_refused:
            self.is_refused = True
            self.stop_timer()
            self.channel.transport.write(response(status, (), f"{status.description}\n".encode()))
            reactor.callLater(LINGER_SECONDS, self.channel.transport.loseConnection)

    def stop_timer(self) -> None:
        """Wait no longer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class BoundedFactory(HTTPFactory):  # type: ignore[misc]  # as above
    """Makes the connections of the web server."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802  # Twisted's
        """One connection, whose requests are bounded."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class WebServer(Server):  # type: ignore[misc]  # daphne has no types
    """Serves on the main thread until :meth:`end` is asked for."""

    def __init__(self, application: Any, *, address: str, port: int, ready: Callable[[int], None]) -> None:
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
        self.error = ""
        self.ports: list[Any] = []
        self.connections: dict[Any, dict[str, Any]] = {}

    def when_ready(self) -> None:
        """Say at which port it listens; Daphne calls this before it begins to serve."""
        self.http_factory.__class__ = BoundedFactory  # Daphne makes its own, and leaves no other place for another.
        self.ready(self.listening_addresses[0][1])

    def listen_success(self, port: Any) -> None:
        """Remember the port, to close it."""
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Failure) -> None:
        """Remember the reason, for the process that started the server."""
        self.error = failure.getErrorMessage()
        self.stop()

    def end(self, *, grace_seconds: float = 3.0) -> None:
        """Stop accepting, close the sockets, let requests finish for ``grace_seconds``, then stop.

        To be called on the reactor's thread.
        """
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == WebSocketProtocol.STATE_OPEN:
                protocol.sendCloseFrame(code=GOING_AWAY)  # sendClose() takes no code that RFC 6455 gives to servers
        self.stop_when_idle(time.monotonic() + grace_seconds)

    def stop_when_idle(self, deadline: float) -> None:
        """Stop once nothing is being answered, or at the deadline."""
        running = (one.get("application_instance") for one in self.connections.values())
        if time.monotonic() < deadline and any(one and not one.done() for one in running):
            reactor.callLater(0.02, self.stop_when_idle, deadline)
        else:
            self.stop()

    def kill_all_applications(self) -> Any:
        """Daphne's own, without the connections that it has already reaped and would stumble over."""
        self.connections = {one: held for one, held in self.connections.items() if "application_instance" in held}
        return super().kill_all_applications()
