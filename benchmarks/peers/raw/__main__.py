"""The floor: each order's event is one ready frame, written with a bare ``write(2)`` to every WebSocket in turn.

It stores and checks nothing: each POST counts as an order, and each subscriber gets all orders.
``python -m benchmarks.peers.raw PORT``
"""

import asyncio
import base64
import hashlib
import os
import re
import struct
import sys

import uvloop

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
KEY = re.compile(rb"(?i)^sec-websocket-key: *(\S+)", re.MULTILINE)
LENGTH = re.compile(rb"(?i)^content-length: *(\d+)", re.MULTILINE)
NUMBER = re.compile(rb"bench-\d+")
TEXT_FRAME, SHORTEST_LONG = 0x81, 126
NEXT = (
    b'{"id":"1","type":"next","payload":{"data":{"orderCreated":{"order":{"externalReference":"%s",'
    b'"id":"T3JkZXI6MDE5YWExYjItYzNkNC03NWU2LWY3MDgtOTEwYTFiMmMzZDRl","customerEmail":"customer-1@example.com",'
    b'"status":"NEW","total":{"amount":"63.90","currency":"EUR"}}}}}}'
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)
CREATED = b'{"data":{"createOrder":{"id":"1"}}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(CREATED), CREATED)

subscribers: set[int] = set()


class Peer(asyncio.Protocol):
    """One client: it posts orders, or it switches to a WebSocket and subscribes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # asyncio types it as their base
        self.fd: int = transport.get_extra_info("socket").fileno()
        self.received = b""
        self.is_socket = False

    def data_received(self, data: bytes) -> None:
        self.received += data
        while self.take():
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        subscribers.discard(self.fd)

    def take(self) -> bool:
        """Take one complete message off the received bytes."""
        return self.take_frame() if self.is_socket else self.take_request()

    def take_request(self) -> bool:
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if key := KEY.search(head):
            self.received, self.is_socket = rest, True
            accept = base64.b64encode(hashlib.sha1(key[1] + GUID, usedforsecurity=False).digest())
            self.transport.write(SWITCH % accept)
            return True
        length = LENGTH.search(head)
        if length is None or len(rest) < int(length[1]):
            return False
        body, self.received = rest[: int(length[1])], rest[int(length[1]) :]
        self.transport.write(ANSWER)
        for order in NUMBER.findall(body)[:1]:
            broadcast(frame(NEXT % order))
        return True

    def take_frame(self) -> bool:
        taken = unmask(self.received)
        if taken is None:
            return False
        text, self.received = taken
        if b'"connection_init"' in text:
            self.transport.write(frame(b'{"type":"connection_ack"}'))
        elif b'"subscribe"' in text:
            subscribers.add(self.fd)
        elif b'"ping"' in text:
            self.transport.write(frame(b'{"type":"pong"}'))
        return True


def broadcast(ready: bytes) -> None:
    """Write the frame to all; the kernel's buffers hold what these runs send."""
    for fd in subscribers:
        if os.write(fd, ready) != len(ready):
            raise BufferError("A subscriber does not read.")


def frame(text: bytes) -> bytes:
    """A text frame, unmasked, as servers send it."""
    if len(text) < SHORTEST_LONG:
        return struct.pack("!BB", TEXT_FRAME, len(text)) + text
    return struct.pack("!BBH", TEXT_FRAME, SHORTEST_LONG, len(text)) + text


def unmask(received: bytes) -> tuple[bytes, bytes] | None:
    """The text of the first frame of a client, and the bytes after it; None while it is incomplete."""
    if len(received) < 2:
        return None
    length, start = received[1] & 0x7F, 2
    if length == SHORTEST_LONG:
        length, start = int.from_bytes(received[2:4]), 4
    end = start + 4 + length
    if len(received) < max(end, 4):
        return None
    mask = received[start : start + 4] * (length // 4 + 1)
    masked = received[start + 4 : end]
    text = int.from_bytes(masked) ^ int.from_bytes(mask[:length])
    return text.to_bytes(length), received[end:]


async def serve(port: int) -> None:
    """Serve on a loopback port until the process ends."""
    server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
