"""The ASGI application that speaks graphql-transport-ws, on any ASGI server.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from dataclasses import dataclass, field
from typing import Final

from graphql_server.limits import SocketLimits
from graphql_server.servers import asgi
from graphql_server.servers.writers import writer_of
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.closing import CloseCode
from graphql_server.websocket.connection import Connection

SUBPROTOCOL: Final = "graphql-transport-ws"


@dataclass(frozen=True, slots=True)
class GraphQLSocket:
    """Accepts WebSockets, and serves each until its end."""

    backend: Backend
    limits: SocketLimits = field(default_factory=SocketLimits)

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Serve one socket. Returns once the socket is closed and all its operations have ended."""
        if (await receive())["type"] != "websocket.connect":
            return
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            await _refuse_subprotocol(send)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        except OSError:
            return
        await Connection(self.backend, self.limits, scope, receive, send).serve()


async def _refuse_subprotocol(send: asgi.Send) -> None:
    """Accept, then close with a code and a reason: a refused handshake would show a client only 403."""
    try:
        await send({"type": "websocket.accept"})
        await writer_of(send, ready_frames=False).close(
            CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
        )
    except OSError:
        return
