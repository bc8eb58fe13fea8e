"""The outbox: what was given up is followed by nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from graphql_server.servers.asgi import Message
from graphql_server.websocket.outbox import Lagged, Outbox
from graphql_server.websocket.window import Window


class StuckWriter:
    """A server that takes one message, and makes its sender wait for ever."""

    put = None

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Wait."""
        self.written.append(text)
        return asyncio.Event().wait()  # type: ignore[return-value]  # what it returns is of no interest


async def test_no_last_words_overtake_a_message_that_was_given_up() -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    begun: list[asyncio.Task[None]] = []

    def start(work: Callable[[], Awaitable[None]]) -> object:
        async def run() -> None:
            await work()

        begun.append(asyncio.create_task(run()))
        return begun[-1]

    writer = StuckWriter()
    outbox = Outbox(send, writer, Window(1_000), lambda: b"ping", start, 0.01)
    assert outbox.offer(b"event")
    assert not outbox.last_words(b"while it waits")
    with pytest.raises(Lagged):
        await begun[0]
    assert not outbox.last_words(b"after it was given up")
    assert writer.written == [b"event"]
