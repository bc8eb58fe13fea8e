"""Writers for uvicorn: one for our own WebSocket protocol, and one for uvicorn's sans-IO protocol."""

from typing import Any

from graphql_server.asgi_types import Send
from graphql_server.servers.writer import FrameWriter


class TransportWriter(FrameWriter):
    """The methods of an asyncio transport that a writer uses."""

    __slots__ = ("protocol", "transport")

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(send)
        self.protocol = protocol
        self.transport = protocol.transport

    def unsent(self) -> int:
        """The bytes in the transport's buffer."""
        size: int = self.transport.get_write_buffer_size()
        return size

    def abort(self) -> None:
        """Cut the connection."""
        self.transport.abort()


class OwnProtocolWriter(TransportWriter):
    """For :class:`~graphql_server.servers.uvicorn_websocket.WebSocketProtocol`."""

    __slots__ = ()

    def __init__(self, send: Send, protocol: Any, *, ready_frames: bool) -> None:
        super().__init__(send, protocol)
        if ready_frames:
            self.put = protocol.transport.write

    def is_clear(self) -> bool:
        """See the protocol."""
        clear: bool = self.protocol.is_clear()
        return clear

    def limit_messages(self, most_bytes: int) -> None:
        """Fail the socket for messages of more than twice as many bytes."""
        self.protocol.limit_messages(2 * most_bytes)


class SansIoWriter(TransportWriter):
    """For uvicorn's ``websockets-sansio`` protocol, by private parts of it: frames only where it does not compress."""

    __slots__ = ("_open",)

    def __init__(self, send: Send, protocol: Any, *, ready_frames: bool) -> None:
        super().__init__(send, protocol)
        self._open = protocol.conn.state
        if ready_frames and not protocol.conn.extensions:
            self.put = protocol.transport.write

    def is_clear(self) -> bool:
        """Whether the protocol would take a message at once."""
        protocol = self.protocol
        return protocol.conn.state is self._open and not protocol.close_sent and bool(protocol.writable.is_set())

    def release(self) -> None:
        """Close the parser, a generator that holds the protocol."""
        if self.transport.is_closing():
            self.protocol.conn.parser.close()
