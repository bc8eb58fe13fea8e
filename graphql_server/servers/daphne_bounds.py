"""Adds to Daphne limits for bodies while they arrive, and an end that lets answers finish.

Daphne reads the whole of a body before the application runs. :mod:`versions` has the versions that this was tried on.
"""

import time
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor as installed_reactor

from graphql_server.limits import BodyLimits
from graphql_server.rfc6455.handshake import response
from graphql_server.servers.daphne_sockets import close

SERVICE_RESTART = 1012
BODY_FACTOR = 2
"""Up to this multiple of the limits, the application refuses a body, in its own words."""
LINGER_SECONDS = 1.0
"""Seconds for which a refused client may go on sending, so that it can read why."""
LAST_REQUEST_SECONDS = 0.5
"""Seconds in which an accepted connection must send its request after the server has stopped listening."""
LOOK_SECONDS = 0.02
"""Seconds between two checks whether all requests are answered."""

reactor: Any = installed_reactor  # Twisted types it as a module


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request whose body is refused as it arrives."""

    bodies: ClassVar[BodyLimits]
    body_bytes = 0
    is_refused = False
    timer: Any = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802  # Twisted's
        """The head has come."""
        super().gotLength(length)
        if length != 0:
            self.timer = reactor.callLater(BODY_FACTOR * self.bodies.seconds, self.is_late)
        if length is not None:
            self.check(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  # as above
        """A part of the body has come."""
        self.body_bytes += len(data)
        self.check(self.body_bytes)
        if not self.is_refused:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """The whole request has come."""
        self.stop_timer()
        return None if self.is_refused else super().process()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802  # as above
        """There is no client to answer."""
        self.stop_timer()
        super().connectionLost(reason)

    def check(self, size: int) -> None:
        """Refuse a body of too many bytes."""
        if size > BODY_FACTOR * self.bodies.bytes:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def is_late(self) -> None:
        """The body has taken too long."""
        self.timer = None
        self.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def refuse(self, status: HTTPStatus) -> None:
        """Answer, and close a moment later. Bytes that arrive meanwhile are dropped."""
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

    request_factory: ClassVar[type[BoundedRequest]]

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802  # Twisted's
        """A connection whose requests have limits."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = self.request_factory
        return protocol


class ServerBounds:
    """A mixin for :class:`graphql_server.servers.daphne_server.DaphneServer`."""

    factory: ClassVar[type[BoundedFactory]]

    def when_ready(self: Any) -> None:
        """Bound the requests before the server accepts any."""
        self.http_factory.__class__ = self.factory  # Daphne makes its own, and leaves no other place for another.
        super().when_ready()  # type: ignore[misc]  # a mixin's

    def stop_listening(self: Any, deadline: float) -> None:
        """Stop accepting, close the sockets that are left, let requests finish until the deadline, then stop."""
        for port in self.ports:
            reactor.callLater(0, accept_waiting, port)  # Right before Twisted closes it, which is as late.
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == WebSocketProtocol.STATE_OPEN:
                close(protocol, SERVICE_RESTART, "")
        reactor.callLater(LAST_REQUEST_SECONDS, partial(self.stop_when_idle, deadline))

    def stop_when_idle(self: Any, deadline: float) -> None:
        """Stop once nothing is being answered, no socket is open and all is sent, or at the deadline."""
        is_any_busy = reactor.getWriters() or any(is_busy(*one) for one in self.connections.items())
        if time.monotonic() < deadline and is_any_busy:
            reactor.callLater(LOOK_SECONDS, partial(self.stop_when_idle, deadline))
        else:
            self.stop()

    def kill_all_applications(self: Any) -> Any:
        """Daphne's own, without the connections that it has already reaped and would stumble over."""
        self.connections = {one: held for one, held in self.connections.items() if "application_instance" in held}
        return super().kill_all_applications()  # type: ignore[misc]  # as above


def accept_waiting(port: Any) -> None:
    """Accept the connections that wait: a proxy does not repeat a request whose connection was accepted and reset."""
    port.numberAccepts = port.backlog
    port.doRead()


def is_busy(protocol: Any, held: dict[str, Any]) -> bool:
    """Whether an answer is being made, or a socket's peer has not read all to the end, or not answered the close."""
    application = held.get("application_instance")
    is_open = isinstance(protocol, WebSocketProtocol) and "disconnected" not in held
    return is_open or (application is not None and not application.done())


def bounded(server: type[Any], bodies: BodyLimits) -> type[Any]:
    """The class of a server of Daphne, with bounds for bodies and an end that lets answers finish."""
    request = type("Request", (BoundedRequest,), {"bodies": bodies})
    factory = type("Factory", (BoundedFactory,), {"request_factory": request})
    return type("BoundedServer", (ServerBounds, server), {"factory": factory})
