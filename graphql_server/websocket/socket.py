"""The ASGI application that speaks graphql-transport-ws, on any ASGI server.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from graphql_server.asgi_types import Receive, Scope, Send
from graphql_server.drain import REFUSED, RETRY_AFTER_SECONDS
from graphql_server.limits import SocketLimits
from graphql_server.servers.writers import writer_of
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.closing import CloseCode
from graphql_server.websocket.connection import Connection

SUBPROTOCOL: Final = "graphql-transport-ws"
DENIAL: Final = "websocket.http.response"
"""ASGI's extension for an answer of HTTP to a handshake."""


@dataclass(frozen=True, slots=True)
class GraphQLSocket:
    """Accepts WebSockets, and serves each until its end."""

    backend: Backend
    limits: SocketLimits = field(default_factory=SocketLimits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket. Returns once the socket is closed and all its operations have ended."""
        if (await receive())["type"] != "websocket.connect":
            return
        if self.backend.drain.has_begun:
            await _refuse_while_draining(scope, send)
            return
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            await _refuse_subprotocol(send)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        except OSError:
            return
        await Connection(self.backend, self.limits, scope, receive, send).serve()


async def _refuse_subprotocol(send: Send) -> None:
    await _refuse(send, CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")


async def _refuse_while_draining(scope: Scope, send: Send) -> None:
    """Answer the handshake with 503, so that a proxy tries another process; where that is not possible, with 1012."""
    if DENIAL not in (scope.get("extensions") or ()):
        await _refuse(send, CloseCode.SERVICE_RESTART, "This process is ending: connect again")
        return
    headers = [(b"retry-after", b"%d" % RETRY_AFTER_SECONDS)]
    await send({"type": f"{DENIAL}.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": headers})
    await send({"type": f"{DENIAL}.body", "body": f"{REFUSED}\n".encode()})


async def _refuse(send: Send, code: CloseCode, reason: str) -> None:
    """Accept, then close with a code and a reason: a refused handshake would show a client only 403."""
    try:
        await send({"type": "websocket.accept"})
        await writer_of(send, ready_frames=False).close(code, reason)
    except OSError:
        return
