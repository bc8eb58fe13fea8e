"""Ready frames and chunks reach Twisted in order, after waiting bytes, and not once the peer's side is closed."""

import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp
from twisted.internet.protocol import Protocol
from twisted.web.http import HTTPChannel, Request

from graphql_server.asgi_types import Message
from graphql_server.servers.daphne_sockets import OPEN, DaphneWriter
from graphql_server.servers.stream_writers import DaphneStreamWriter
from graphql_server.servers.writer import Writer

MUCH = 4_000_000


async def send(message: Message) -> None:
    """ASGI's send, which is not called here."""
    raise AssertionError(message)


class SocketPair:
    """A socket of Daphne's on a kernel socket pair, and the peer at the other end."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.reactor = mock.Mock()
        asgi_protocol: Any = Protocol()
        self.transport = tcp.Connection(ours, asgi_protocol, self.reactor)
        self.transport.__class__ = type("Server", (tcp.Connection,), {"__module__": "twisted.internet.tcp"})
        self.transport.connected = 1
        self.protocol = WebSocketProtocol()
        self.protocol.factory = WebSocketServerFactory()
        self.protocol.state = OPEN
        self.protocol.websocket_extensions_in_use = []
        self.protocol.autoFragmentSize = 0
        self.protocol.transport = self.transport

    def writer(self, *, ready_frames: bool = True) -> DaphneWriter:
        """The writer under test."""
        return DaphneWriter(send, self.protocol, ready_frames=ready_frames)

    def received(self, size: int) -> bytes:
        """So many bytes at the other end; Twisted may write meanwhile."""
        got = bytearray()
        self.peer.settimeout(30)
        while len(got) < size:
            self.transport.doWrite()
            got += self.peer.recv(65_536)
        return bytes(got)


@pytest.fixture
def pair() -> Iterator[SocketPair]:
    made = SocketPair()
    yield made
    made.peer.close()
    made.transport.socket.close()


def put_of(writer: Writer) -> Any:
    """The writer's method for ready frames and chunks."""
    assert writer.put
    return writer.put


def test_open_is_autobahns_state() -> None:
    assert WebSocketProtocol.STATE_OPEN == OPEN


def test_frames_keep_their_order_and_are_counted_until_the_kernel_has_them(pair: SocketPair) -> None:
    writer = pair.writer()
    put_of(writer)(b"a" * MUCH)
    pair.transport.write(b"c")
    put_of(writer)(b"d")

    assert 2 < writer.unsent() < MUCH + 2  # The kernel has taken the beginning.
    assert pair.received(MUCH + 2) == b"a" * MUCH + b"cd"
    assert writer.unsent() == 0


def test_frame_goes_to_the_kernel_at_once_while_nothing_waits(pair: SocketPair) -> None:
    put_of(pair.writer())(b"frame")

    assert pair.peer.recv(100) == b"frame"
    pair.reactor.addWriter.assert_not_called()


def test_frame_for_a_peer_that_is_gone_is_left_to_twisted(pair: SocketPair) -> None:
    pair.peer.close()

    put_of(pair.writer())(b"frame")

    pair.reactor.addWriter.assert_called_once_with(pair.transport)


@pytest.mark.parametrize("state", [0, 1, 2])
def test_socket_that_is_not_open_takes_no_frame(pair: SocketPair, state: int) -> None:
    writer = pair.writer()
    pair.protocol.state = state

    assert not writer.is_clear()
    with pytest.raises(RuntimeError):
        put_of(writer)(b"frame")
    assert writer.unsent() == 0


@pytest.mark.parametrize(("name", "value"), [("websocket_extensions_in_use", [object()]), ("autoFragmentSize", 100)])
def test_socket_that_compresses_or_cuts_frames_goes_through_send(pair: SocketPair, name: str, value: Any) -> None:
    setattr(pair.protocol, name, value)

    assert pair.writer().put is None


def test_ready_frames_can_be_turned_off(pair: SocketPair) -> None:
    assert pair.writer(ready_frames=False).put is None


def request_on(pair: SocketPair, version: bytes = b"HTTP/1.1") -> Request:
    """A request whose response has begun."""
    channel = HTTPChannel()
    channel.transport = pair.transport
    pair.transport.getPeer = pair.transport.getHost = lambda: None
    request = Request(channel)
    request.method, request.clientproto = b"POST", version
    return request


def test_chunk_of_a_stream_goes_to_the_kernel_behind_the_head(pair: SocketPair) -> None:
    writer = DaphneStreamWriter(send, request_on(pair))
    head = pair.received(1)
    pair.reactor.addWriter.reset_mock()
    put_of(writer)(b"5\r\nchunk\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Transfer-Encoding: chunked\r\n\r\n" in head
    assert pair.peer.recv(100) == b"5\r\nchunk\r\n"
    pair.reactor.addWriter.assert_not_called()


def test_stream_that_is_complete_takes_no_chunk(pair: SocketPair) -> None:
    request = request_on(pair)
    writer = DaphneStreamWriter(send, request)
    request.finished = 1
    waiting = writer.unsent()
    put_of(writer)(b"5\r\nchunk\r\n")

    assert writer.unsent() == waiting


def test_stream_to_a_client_without_chunks_goes_through_send(pair: SocketPair) -> None:
    assert DaphneStreamWriter(send, request_on(pair, b"HTTP/1.0")).put is None
