"""Chooses the writer for the server under a socket."""

from functools import partial
from typing import Any

from graphql_server.asgi_types import Send
from graphql_server.servers import daphne_sockets
from graphql_server.servers.daphne_sockets import DaphneWriter, PublicDaphneWriter
from graphql_server.servers.stream_writers import DaphneStreamWriter, StreamWriter, UvicornStreamWriter
from graphql_server.servers.uvicorn_writers import OwnProtocolWriter, SansIoWriter, TransportWriter
from graphql_server.servers.versions import DAPHNE, UVICORN, fit
from graphql_server.servers.writer import Writer

OWN = "graphql_server.servers.uvicorn_websocket", "WebSocketProtocol"
CYCLE = "uvicorn.protocols.http.httptools_impl", "RequestResponseCycle"
DAPHNE_HTTP = "daphne.http_protocol"
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
    if kind[0] == daphne_sockets.MODULE:
        return (
            DaphneWriter(send, protocol, ready_frames=ready_frames)
            if fit(DAPHNE)
            else PublicDaphneWriter(send, protocol)
        )
    if hasattr(getattr(protocol, "transport", None), "get_write_buffer_size"):
        return TransportWriter(send, protocol)
    return Writer(send)


def stream_writer_of(send: Send) -> StreamWriter:
    """The writer of a response that has begun, by the server's object behind ``send``."""
    request: Any = protocol_of(send)
    kind = type(request).__module__, type(request).__name__
    if kind == CYCLE and fit(UVICORN):
        return UvicornStreamWriter(send, request)
    if fit(DAPHNE) and any(base.__module__ == DAPHNE_HTTP for base in type(request).__mro__):
        return DaphneStreamWriter(send, request)
    return StreamWriter(send)


def protocol_of(send: Send) -> object:
    """The server's protocol object behind ``send``: uvicorn's is its bound method, Daphne's a partial over it.

    Middleware that passes all messages on, and the body as it is, names the ``send`` under its own as ``__wrapped__``.
    """
    while inner := getattr(send, "__wrapped__", None):
        send = inner
    if isinstance(send, partial):
        return send.args[0] if send.args else None
    return getattr(send, "__self__", None)
