"""Writers for the body of an HTTP response that goes on for as long as the client stays."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from graphql_server.asgi_types import Send
from graphql_server.servers.daphne_sockets import put_bytes, socket_of, unsent
from graphql_server.servers.writer import Writer, driven

POLL_SECONDS: Final = 0.05


class StreamWriter(Writer):
    """Writes by ASGI's ``send`` alone. ``put``, where it is not None, takes a chunk of HTTP/1.1 (RFC 9112, 7.1)."""

    __slots__ = ()

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Send a part of the body. None: it is sent; else await the rest."""
        return driven(self.send({"type": "http.response.body", "body": text, "more_body": True}))

    async def drained(self) -> None:
        """Wait until the server holds less for this client: a server's ``send`` waits before it takes an empty part."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": True})
        await asyncio.sleep(0)

    async def close(self, code: int, reason: str) -> None:
        """Complete the body. HTTP has no place for a code."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})


class UvicornStreamWriter(StreamWriter):
    """For uvicorn's response cycle under httptools: chunks go to the transport."""

    __slots__ = ("cycle",)

    def __init__(self, send: Send, cycle: Any) -> None:
        super().__init__(send)
        self.cycle = cycle
        if cycle.chunked_encoding:
            self.put = cycle.transport.write

    def unsent(self) -> int:
        """The bytes in the transport's buffer."""
        size: int = self.cycle.transport.get_write_buffer_size()
        return size

    def abort(self) -> None:
        """Cut the connection, unless the response is complete: another request may use it."""
        if not self.cycle.response_complete:
            self.cycle.transport.abort()


class DaphneStreamWriter(StreamWriter):
    """For Daphne's requests, whose ``send`` never waits and buffers without bound: chunks go past it."""

    __slots__ = ("handle", "request")

    def __init__(self, send: Send, request: Any) -> None:
        super().__init__(send)
        self.request = request
        request.write(b"")  # Twisted writes the head with the first part, and then it knows whether it sends chunks.
        self.handle = socket_of(request.transport)
        if request.chunked:
            self.put = self.put_chunk

    def put_chunk(self, chunk: bytes) -> None:
        """Write the chunk, unless the response is complete."""
        if not self.request.finished:
            put_bytes(self.request.transport, self.handle, chunk)

    def unsent(self) -> int:
        """The bytes in Twisted's buffers."""
        return unsent(self.request.transport)

    async def drained(self) -> None:
        """Wait a little."""
        await asyncio.sleep(POLL_SECONDS)

    def abort(self) -> None:
        """Cut the connection, unless the response is complete, as above."""
        if not self.request.finished:
            self.request.transport.abortConnection()
