"""A proxy of Redis that delays published messages, as a slow network does; other traffic passes immediately.

Run as a program: ``delaying_proxy.py PORT HOST HOST_PORT SECONDS``.
"""

import asyncio
import contextlib
import sys

CHUNK = 65536
PUBLISHED = b"events.appended"


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late_seconds: float) -> None:
    """Pass on bytes until one side ends; a chunk with an event, and all chunks after it, wait."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            if late_seconds and PUBLISHED in data:
                await asyncio.sleep(late_seconds)
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(port: int, host: str, host_port: int, late_seconds: float) -> None:
    """Connect each client."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, host_port)
        await asyncio.gather(forward(reader, far_writer, 0), forward(far_reader, writer, late_seconds))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
