"""The opening handshake of a WebSocket, on a server: RFC 6455, section 4.2. The HTTP around it is the server's."""

from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Iterable
from hashlib import sha1
from http import HTTPStatus
from typing import NamedTuple

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
KEY_BYTES = 16

Header = tuple[bytes, bytes]


class Request(NamedTuple):
    """A request to open a WebSocket."""

    path: bytes
    query: bytes
    headers: list[Header]
    """Names in lower case, in the order in which they came."""
    accept: bytes
    """The value of the answer's ``Sec-WebSocket-Accept``."""
    subprotocols: list[str]


class HandshakeRefused(Exception):
    """The request can't open a WebSocket. ``answer`` has a status, headers and a sentence."""

    def __init__(self, status: HTTPStatus, reason: str, *headers: Header) -> None:
        super().__init__(status, reason)
        self.answer = response(status, headers, f"{reason}\n".encode())


def read_request(data: bytes) -> Request:
    """Read a request for an upgrade, which an HTTP parser has found complete and well-formed.

    Raises:
        HandshakeRefused: the request can't open a WebSocket.
    """
    first, *lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    method, target, *_ = first.split(b" ")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    if method != b"GET":
        raise HandshakeRefused(HTTPStatus.METHOD_NOT_ALLOWED, "A WebSocket begins with GET", (b"allow", b"GET"))
    if values(headers, b"sec-websocket-version") != [VERSION]:
        offer = (b"sec-websocket-version", VERSION)
        raise HandshakeRefused(
            HTTPStatus.UPGRADE_REQUIRED, "WebSocket's version has to be 13", offer, (b"upgrade", b"websocket")
        )
    keys = values(headers, b"sec-websocket-key")
    if len(keys) != 1 or not is_key(keys[0]):
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key has to be 16 bytes in base64")
    path, _, query = target.partition(b"?")
    offered = b",".join(values(headers, b"sec-websocket-protocol")).decode("latin-1")
    return Request(
        path, query, headers, accept_of(keys[0]), [name for one in offered.split(",") if (name := one.strip())]
    )


def values(headers: Iterable[Header], name: bytes) -> list[bytes]:
    """All values of a header."""
    return [value for known, value in headers if known == name]


def is_key(key: bytes) -> bool:
    """Whether the key is the base64 of sixteen bytes."""
    try:
        return len(a2b_base64(key, strict_mode=True)) == KEY_BYTES
    except Error:
        return False


def accept_of(key: bytes) -> bytes:
    """The proof that the key was read by a WebSocket server."""
    return b64encode(sha1(key + GUID, usedforsecurity=False).digest())


def switch(request: Request, headers: Iterable[Header]) -> bytes:
    """The answer that opens the WebSocket."""
    return b"".join(
        [
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ",
            request.accept,
            b"\r\n",
            *lines(headers),
            b"\r\n",
        ]
    )


def response(status: HTTPStatus, headers: Iterable[Header], body: bytes = b"") -> bytes:
    """An answer without a WebSocket, after which the connection ends."""
    said = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    start = b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode())
    return b"".join([start, *lines([*headers, *said]), b"\r\n", body])


def lines(headers: Iterable[Header]) -> list[bytes]:
    """Headers as lines of HTTP."""
    return [b"%b: %b\r\n" % header for header in headers]
