"""A proxy of a shared server: stopping or freezing the proxy takes the server away only from these tests.

Run as a program: ``tcp_proxy.py PORT HOST HOST_PORT [ADDRESS]`` forwards the port of an address, by default loopback's.
"""

import asyncio
import contextlib
import sys

CHUNK = 65536


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on bytes until one side ends."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(port: int, host: str, host_port: int, address: str = "127.0.0.1") -> None:
    """Connect each client."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, host_port)
        except OSError:  # The server is down; so is the client's connection.
            writer.close()
            return
        await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer))

    server = await asyncio.start_server(connect, address, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
