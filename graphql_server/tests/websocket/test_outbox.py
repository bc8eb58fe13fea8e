"""The outbox: no message follows a message that was given up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from graphql_server.asgi_types import Message
from graphql_server.rfc6455.frames import Opcode, frame
from graphql_server.servers.writer import Writer
from graphql_server.websocket.outbox import Lagged, MessageFormat, Outbox, send_to_many
from graphql_server.websocket.server_messages import messages_of


async def unexpected(message: Message) -> None:
    """ASGI's send, which these writers do not use."""
    raise AssertionError(message)


class StuckWriter(Writer):
    """A server that takes one message, and makes its sender wait without end."""

    def __init__(self) -> None:
        super().__init__(unexpected)
        self.written: list[bytes] = []

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Wait."""
        self.written.append(text)
        return asyncio.Event().wait()  # type: ignore[return-value]  # what it returns is of no interest


async def test_the_last_message_does_not_overtake_a_message_that_was_given_up() -> None:
    begun: list[asyncio.Task[None]] = []

    def start(work: Callable[[], Awaitable[None]]) -> object:
        async def run() -> None:
            await work()

        begun.append(asyncio.create_task(run()))
        return begun[-1]

    writer = StuckWriter()
    outbox = Outbox(writer, 1_000, lambda: b"ping", start, 0.01)
    assert outbox.offer(b"event")
    assert not outbox.send_last(b"while it waits")
    with pytest.raises(Lagged):
        await begun[0]
    assert not outbox.send_last(b"after it was given up")
    assert writer.written == [b"event"]


class DirectWriter(Writer):
    """A server that takes ready frames."""

    def __init__(self) -> None:
        super().__init__(unexpected)
        self.frames: list[bytes] = []
        self.put = self.frames.append


class ClosingWriter(DirectWriter):
    """A server whose socket is closing."""

    def __init__(self) -> None:
        super().__init__()
        self.put = self.refuse

    def refuse(self, _: bytes) -> None:
        raise RuntimeError


@dataclass
class Member:
    """A subscriber of equal payloads."""

    messages: MessageFormat
    outbox: Outbox
    is_live: bool = True
    delivered: int = 6


def member(writer: Writer, operation_id: str = "1", *, window_bytes: int = 1_000) -> Member:
    """A member with one writer."""
    return Member(messages_of(operation_id), Outbox(writer, window_bytes, lambda: b"ping", lambda _: None, 1.0))


async def test_one_payload_goes_to_many_as_ready_frames() -> None:
    writers = [DirectWriter(), DirectWriter(), DirectWriter()]
    members = [member(writer, name) for writer, name in zip(writers, ("1", "1", "2"), strict=True)]

    assert send_to_many(members, 7, b'{"data":{}}') == []

    texts = [json.dumps({"id": name, "type": "next", "payload": {"data": {}}}, separators=(",", ":")) for name in "112"]
    assert [writer.frames for writer in writers] == [[frame(Opcode.TEXT, text.encode())] for text in texts]
    assert [one.outbox.window.sent for one in members] == [len(writer.frames[0]) for writer in writers]
    assert [one.delivered for one in members] == [7, 7, 7]


async def test_members_that_have_an_event_or_catch_up_do_not_get_it_again() -> None:
    writers = [DirectWriter(), DirectWriter(), DirectWriter()]
    has_it, catches_up, waits = map(member, writers)
    has_it.delivered, catches_up.is_live = 7, False

    assert send_to_many([has_it, catches_up, waits], 7, b'{"data":{}}') == []

    assert [len(writer.frames) for writer in writers] == [0, 0, 1]


async def test_blocked_recipients_are_returned_and_get_nothing() -> None:
    """No ready frames, a ping that is due, a message that waits for the server, a closed outbox, a closing socket."""
    small, held, closed, closing = DirectWriter(), DirectWriter(), DirectWriter(), ClosingWriter()
    no_frames = member(StuckWriter())
    due = member(small, window_bytes=100)
    waits, ended, fails, clear = member(held), member(closed), member(closing), member(DirectWriter())
    waits.outbox.window.hold()
    ended.outbox.release()
    members = [no_frames, due, waits, ended, fails, clear]

    assert send_to_many(members, 7, b'{"data":{}}') == [no_frames, due, waits, ended, fails]
    assert small.frames == held.frames == closed.frames == closing.frames == []
    assert [one.outbox.window.sent > 0 for one in members] == [False] * 5 + [True]
    assert [one.delivered for one in members] == [6] * 5 + [7]
