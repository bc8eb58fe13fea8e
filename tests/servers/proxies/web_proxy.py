"""A proxy in front of web processes, as operators have one: it takes turns, and sends again what no process has begun.

It knows nothing of the health of the processes. A request goes to the next process

- if the connection is refused;
- if the answer at ``/graphql/`` is 503 with ``Retry-After``: no operation has begun (docs/operations.md, Stopping).

In all other cases the client sees what happened. Each connection carries one request, or a WebSocket.

Run as a program: ``web_proxy.py PORT PROCESS_HOST:PROCESS_PORT …``.
"""

import asyncio
import contextlib
import re
import sys
from collections.abc import Iterator
from itertools import cycle

CHUNK = 65536
TRIES = 100
PAUSE_SECONDS = 0.05
"""Between two tries; all processes may be away for a moment."""
NOT_BEGUN = re.compile(rb"HTTP/1\.1 503 .*\r\nretry-after:", re.IGNORECASE | re.DOTALL)
GRAPHQL = re.compile(rb"[A-Z]+ /graphql/? ")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on bytes until one side ends."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """A whole request, which asks for the end of the connection unless it opens a WebSocket."""
    head = await reader.readuntil(b"\r\n\r\n")
    if UPGRADE.search(head):
        return head
    length = LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines[:-2], b"connection: close", b"", body])


class Proxy:
    """The processes, by turns."""

    def __init__(self, processes: list[str]) -> None:
        self.turns: Iterator[str] = cycle(processes)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await request_of(reader)
            for _ in range(TRIES):
                if await self.is_served(request, reader, writer):
                    break
                await asyncio.sleep(PAUSE_SECONDS)
        writer.close()

    async def is_served(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send a request to the next process. False: that process has not begun it."""
        try:
            host, _, port = next(self.turns).rpartition(":")
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        try:
            far_writer.write(request)
            head = await far_reader.readuntil(b"\r\n\r\n")
            if GRAPHQL.match(request) and NOT_BEGUN.match(head):
                return False
            writer.write(head)
            await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer))
        finally:
            far_writer.close()
        return True


async def serve(port: int, processes: list[str]) -> None:
    """Serve clients until the process is ended."""
    server = await asyncio.start_server(Proxy(processes).connect, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2:]))
