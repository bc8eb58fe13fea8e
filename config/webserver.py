"""Daphne as the embedded default runs it: it says when it cannot listen, and lets what it answers finish."""

import time
from collections.abc import Callable
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor as installed_reactor
from twisted.python.failure import Failure

GOING_AWAY = 1001
BACKLOG = 512
MAX_SOCKET_MESSAGE = 2 * 1024 * 1024  # Above our own limit, which closes with a reason; Daphne just hangs up.

reactor: Any = installed_reactor  # Twisted types it as a module


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
        self.ready(self.listening_addresses[0][1])

    def listen_success(self, port: Any) -> None:
        """Remember the port, to close it."""
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Failure) -> None:
        """Remember why, for whoever started the server."""
        self.error = failure.getErrorMessage()
        self.stop()

    def end(self, *, grace_seconds: float = 5.0) -> None:
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
