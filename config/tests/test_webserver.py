"""Daphne as ./dev up runs it refuses bodies as they come in."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.environment import ROOT, fresh_environment

MIB = 1024 * 1024
SECONDS = 30
PROGRAM = """
import django
django.setup()
from config.embedded.webserver import WebServer

async def application(scope, receive, send):
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % length})

WebServer(application, address="127.0.0.1", port=0, ready=lambda port: print(port, flush=True)).run()
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the program serves."""
    environment = fresh_environment(
        ORDERS_DATA_DIR=str(tmp_path_factory.mktemp("data")),
        DJANGO_SETTINGS_MODULE="config.settings",
        PYTHONPATH=str(ROOT),
        HTTP_BODY_SECONDS="0.5",
    )
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.kill()


class Client:
    """A client that sends a body as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.sent = 0
        self.answer = asyncio.create_task(everything(reader))

    async def send(self, data: bytes) -> None:
        """Send bytes; a connection that is closed does not matter."""
        self.sent += len(data)
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()


async def everything(reader: asyncio.StreamReader) -> bytes:
    """What is said until the end."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while more := await reader.read(65_536):
            said += more
    return said


@contextlib.asynccontextmanager
async def post(port: int, *headers: str) -> AsyncIterator[Client]:
    """A client that has sent the head of a request."""
    async with asyncio.timeout(SECONDS):
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        head = ["POST / HTTP/1.1", "Host: localhost", *headers, "", ""]
        await client.send("\r\n".join(head).encode())
        client.sent = 0
        try:
            yield client
        finally:
            client.writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await client.writer.wait_closed()


async def test_a_body_that_is_announced_as_too_long_is_refused_at_once(port: int) -> None:
    async with post(port, f"Content-Length: {3 * MIB}") as client:
        assert (await client.answer).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_becomes_too_long_is_refused_as_it_comes(port: int) -> None:
    async with post(port, "Transfer-Encoding: chunked") as client:
        while not client.answer.done() and client.sent < 60 * MIB:
            await client.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await asyncio.sleep(0.001)
        assert (await client.answer).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_drips_in_is_cut(port: int) -> None:
    async with post(port, "Content-Length: 1000") as client:
        while not client.answer.done() and client.sent < 500:
            await client.send(b"x")
            await asyncio.sleep(0.05)
        assert (await client.answer).startswith(b"HTTP/1.1 408 ")
    assert client.sent < 500


async def test_a_body_near_the_limit_is_the_applications(port: int) -> None:
    async with post(port, f"Content-Length: {MIB + 1}", "Connection: close") as client:
        await client.send(b"x" * (MIB + 1))
        assert b"\r\n%d\r\n" % (MIB + 1) in await client.answer
