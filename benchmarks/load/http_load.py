"""GraphQL over HTTP/1.1 at little cost to the sender: kept connections, ready bytes, one request at a time on each."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import httptools
import orjson

ANSWER_SECONDS = 180
CONNECTIONS = 8


class Refused(Exception):
    """The server's answer was an error, so it is not measured."""


class Connection(asyncio.Protocol):
    """One kept connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.parser = httptools.HttpResponseParser(self)
        self.answer: asyncio.Future[bytes] | None = None
        self.parts: list[bytes] = []

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Self]:
        """A connection to the server on this loopback port; servers close one that idles for some seconds."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        try:
            yield connection
        finally:
            connection.close()

    async def send(self, request: bytes) -> bytes:
        """The body that the server answers with."""
        if self.transport is None:
            raise ConnectionError("not connected")
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self.answer

    def close(self) -> None:
        """Close the connection."""
        if self.transport is not None:
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # asyncio types it as the base of all transports

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError("The server hung up."))

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        status, body = self.parser.get_status_code(), b"".join(self.parts)
        self.parts.clear()
        self.parser = httptools.HttpResponseParser(self)
        if self.answer is None or self.answer.done():  # The request was given up.
            return
        if status == 200:
            self.answer.set_result(body)
        else:
            self.answer.set_exception(Refused(f"HTTP {status}: {body[:500]!r}"))


def request_of(path: str, headers: Mapping[str, str], query: str, variables: Mapping[str, Any]) -> bytes:
    """The bytes of one GraphQL request."""
    body = orjson.dumps({"query": query, "variables": variables})
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def check_answer(body: bytes) -> None:
    """Check that the answer is a success.

    Raises:
        Refused: it has errors, of the request or of the input.
    """
    answer = orjson.loads(body)
    if answer.get("errors") or any(
        part.get("userErrors") for part in answer["data"].values() if isinstance(part, dict)
    ):
        raise Refused(body[:1000].decode())


async def load(
    ports: Sequence[int], requests: Iterable[bytes], connections: int = CONNECTIONS, most_seconds: float = math.inf
) -> list[float]:
    """Send the requests over this number of connections to the ports in turn, one at a time over each.

    After ``most_seconds`` no further request is sent. Returns how long each answer took, in milliseconds.

    Raises:
        Refused: an answer was no success.
    """
    waiting = iter(requests)
    async with AsyncExitStack() as stack:
        targets = [ports[index % len(ports)] for index in range(connections)]
        opened = [await stack.enter_async_context(Connection.to(port)) for port in targets]
        end = time.perf_counter() + most_seconds
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work_off(connection, waiting, end)) for connection in opened]
    answers = [answer for task in tasks for answer in task.result()]
    for _, answer in answers:
        check_answer(answer)
    return [milliseconds for milliseconds, _ in answers]


async def work_off(connection: Connection, waiting: Iterator[bytes], end: float) -> list[tuple[float, bytes]]:
    """Send waiting requests until none is left or ``end`` is past; return how long each answer took, and the answer."""
    answers = []
    for request in waiting:
        began = time.perf_counter()
        answer = await connection.send(request)
        answered = time.perf_counter()
        answers.append((1000 * (answered - began), answer))
        if answered >= end:
            break
    return answers
