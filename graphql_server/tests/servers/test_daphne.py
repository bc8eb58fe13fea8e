"""Ready frames to Twisted's transport: at once where they can be, behind what waits, and never a byte twice."""

import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp
from twisted.internet.protocol import Protocol

from graphql_server.servers.daphne import OPEN, DaphneSocket

MUCH = 4_000_000


class Wire:
    """One of Daphne's sockets on a pair of the kernel's, and who is at its other end."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.reactor = mock.Mock()
        anybody: Any = Protocol()
        self.transport = tcp.Connection(ours, anybody, self.reactor)
        self.transport.__class__ = type("Server", (tcp.Connection,), {"__module__": "twisted.internet.tcp"})
        self.transport.connected = 1
        self.protocol = WebSocketProtocol()
        self.protocol.factory = WebSocketServerFactory()
        self.protocol.state = OPEN
        self.protocol.send_queue = []
        self.protocol._perMessageCompress = None
        self.protocol.autoFragmentSize = 0
        self.protocol.transport = self.transport

    def socket(self) -> DaphneSocket:
        """What is tested."""
        made = DaphneSocket.of(self.protocol)
        assert made
        return made

    def received(self, size: int) -> bytes:
        """So many bytes at the other end; Twisted is told whenever it can write."""
        got = bytearray()
        while len(got) < size:
            self.peer.settimeout(5)
            got += self.peer.recv(65_536)
            if self.transport.dataBuffer or self.transport._tempDataBuffer:
                self.transport.doWrite()
        return bytes(got)

    def waits(self) -> bool:
        """Whether Twisted has asked to be told when it can write."""
        return bool(self.reactor.addWriter.called)


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.peer.close()
    made.transport.socket.close()


def test_open_is_autobahns() -> None:
    assert WebSocketProtocol.STATE_OPEN == OPEN


def test_what_the_kernel_takes_is_written_at_once(wire: Wire) -> None:
    wire.socket().put(b"frame")

    assert wire.received(5) == b"frame"
    assert not wire.waits()


def test_what_the_kernel_does_not_take_waits_and_nothing_overtakes_it(wire: Wire) -> None:
    put = wire.socket().put
    put(b"a" * MUCH)
    assert wire.waits()
    put(b"b" * 10)
    wire.transport.write(b"c")
    put(b"d")

    assert wire.received(MUCH + 12) == b"a" * MUCH + b"b" * 10 + b"cd"
    put(b"e")
    assert wire.received(1) == b"e"


@pytest.mark.parametrize("state", [0, 1, 2])
def test_socket_that_is_not_open_takes_nothing(wire: Wire, state: int) -> None:
    made = wire.socket()
    wire.protocol.state = state

    assert not made.is_clear()
    with pytest.raises(RuntimeError):
        made.put(b"frame")
    wire.peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        wire.peer.recv(1)


def test_lost_connection_is_left_for_twisted_to_find(wire: Wire) -> None:
    wire.peer.close()

    wire.socket().put(b"frame")

    assert wire.waits()
    assert isinstance(wire.transport.doWrite(), Exception)


@pytest.mark.parametrize(
    ("name", "value"), [("_perMessageCompress", object()), ("autoFragmentSize", 100), ("transport", object())]
)
def test_socket_that_needs_more_than_bytes_goes_through_send(wire: Wire, name: str, value: Any) -> None:
    setattr(wire.protocol, name, value)

    assert DaphneSocket.of(wire.protocol) is None


def test_encrypted_socket_goes_through_send(wire: Wire) -> None:
    wire.transport.TLS = True

    assert DaphneSocket.of(wire.protocol) is None
    assert DaphneSocket.of(object()) is None
