"""Chooses the writer for the server under a socket."""

from functools import partial
from typing import Any

from graphql_server.servers import daphne
from graphql_server.servers.asgi import Send
from graphql_server.servers.daphne import DaphneWriter, PublicDaphneWriter
from graphql_server.servers.uvicorn_writers import OwnProtocolWriter, SansIoWriter, TransportWriter
from graphql_server.servers.versions import DAPHNE, UVICORN, fit
from graphql_server.servers.writer import Writer

OWN = "graphql_server.servers.uvicorn_websocket", "WebSocketProtocol"
SANS_IO = "uvicorn.protocols.websockets.websockets_sansio_impl", "WebSocketsSansIOProtocol"


def writer_of(send: Send, *, ready_frames: bool) -> Writer:
    """The writer of an accepted socket, by the server's protocol object behind ``send``.

    With ``ready_frames=False`` all messages go through ``send``.
    """
    protocol: Any = protocol_of(send)
    kind = type(protocol).__module__, type(protocol).__name__
    if kind == OWN:
        return OwnProtocolWriter(send, protocol, ready_frames=ready_frames)
    if kind == SANS_IO and fit(UVICORN):
        return SansIoWriter(send, protocol, ready_frames=ready_frames)
    if kind[0] == daphne.MODULE:
        return (
            DaphneWriter(send, protocol, ready_frames=ready_frames)
            if fit(DAPHNE)
            else PublicDaphneWriter(send, protocol)
        )
    if hasattr(getattr(protocol, "transport", None), "get_write_buffer_size"):
        return TransportWriter(send, protocol)
    return Writer(send)


def protocol_of(send: Send) -> object:
    """The server's protocol object behind ``send``: uvicorn's is its bound method, Daphne's a partial over it."""
    if isinstance(send, partial):
        return send.args[0] if send.args else None
    return getattr(send, "__self__", None)
