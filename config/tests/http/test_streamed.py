"""Answers that a view begins and the server sends: at the client's pace, within limits, and cut off in good order."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from config.http import body_blocks, streamed
from config.http.streamed import Streamed
from graphql_api.schema import schema
from graphql_api.server import registry, server_for
from graphql_server.asgi_types import Message, Receive, Scope, Send
from graphql_server.execution.slots import Busy, Slots, Who
from graphql_server.limits import SocketCounts
from graphql_server.websocket.closing import CloseCode, Closing
from orders.rest.streaming import SCOPE_KEY
from tenants.context import Caller
from tenants.values.identifiers import default_tenant_id
from tests.servers.processes import TookTooLong

CALLER = Caller(tenant_id=default_tenant_id("demo"), scopes=frozenset({"orders:read"}), is_demo=True, request_id="r-1")
PATIENCE_SECONDS = 5.0


@dataclass
class Rows:
    """A table of so many rows, a row a block; ``read`` is how many were read."""

    count: int
    fails_after: int = -1
    read: int = 0

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        for number in range(self.count):
            if number == self.fails_after:
                raise OSError
            self.read += 1
            yield b"row %d\n" % number, 1


@dataclass
class Client:
    """A client that takes a part when it may."""

    takes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1_000_000))
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message.get("body"):
            await self.takes.acquire()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def is_complete(self) -> bool:
        return bool(self.sent) and self.sent[-1].get("more_body") is False


def begins(table: Rows) -> Any:
    """An application that leaves a table to the server, as Django does."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = scope[SCOPE_KEY]
        answer.caller, answer.source = CALLER, table
        headers = [(b"content-type", b"text/csv"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return app


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The project's server, with counts of its own."""
    monkeypatch.setattr(body_blocks, "healthy_connections", nullcontext)
    return server_for(schema, registry)


def slots() -> Slots:
    return Slots(2, per_member=1, per_group=2, wait_seconds=0.05)


class RefusingSlots(Slots):
    """Slots that note when a wait for one of them was in vain."""

    def __init__(self) -> None:
        super().__init__(2, per_member=1, per_group=2, wait_seconds=0.05)
        self.refused = asyncio.Event()

    async def take(self, who: Who, size: int = 0) -> None:
        try:
            await super().take(who, size)
        except Busy:
            self.refused.set()
            raise


async def served(app: Streamed, client: Client) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await app({"type": "http", "path": "/", "headers": [], "client": ("192.0.2.1", 1)}, client.receive, client.send)


async def until(probe: Callable[[], bool], what: str) -> None:
    for _ in range(int(PATIENCE_SECONDS * 100)):
        if probe():
            return
        await asyncio.sleep(0.01)
    raise TookTooLong(what)


async def test_the_body_is_sent_whole_without_a_length(server: Any) -> None:
    client = Client()

    await served(Streamed(begins(Rows(3)), server, slots()), client)

    assert client.sent[0] == {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/csv")],
    }
    assert (client.body, client.is_complete) == (b"row 0\nrow 1\nrow 2\n", True)


async def test_an_answer_of_the_application_passes_as_it_is(server: Any) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    client = Client()

    await served(Streamed(app, server, slots()), client)

    assert [message["type"] for message in client.sent] == ["http.response.start", "http.response.body"]


async def test_nothing_is_read_ahead_of_the_client_and_no_slot_is_kept_meanwhile(server: Any) -> None:
    table, client, shared = Rows(100), Client(asyncio.Semaphore(2)), slots()
    serving = asyncio.create_task(served(Streamed(begins(table), server, shared), client))
    await until(lambda: table.read == 3, "the third row")

    other = Client()
    await served(Streamed(begins(Rows(50)), server, shared), other)

    assert other.body.count(b"row") == 50
    assert table.read == 3
    for _ in range(98):
        client.takes.release()
    await serving
    assert client.body.count(b"row") == 100


async def test_a_block_waits_for_a_slot_of_its_caller(server: Any) -> None:
    client, shared = Client(), RefusingSlots()
    assert shared.take_now(CALLER.turn)
    serving = asyncio.create_task(served(Streamed(begins(Rows(1)), server, shared), client))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await shared.refused.wait()
    assert client.body == b""

    shared.release(CALLER.turn)
    await serving

    assert client.is_complete


async def test_a_client_that_reads_nothing_is_cut_off(server: Any) -> None:
    client, app = Client(asyncio.Semaphore(0)), Streamed(begins(Rows(2)), server, slots())
    app.silence_seconds = 0.05

    await served(app, client)

    assert (client.body, client.is_complete) == (b"", False)


async def test_a_body_that_can_not_be_read_to_its_end_is_cut_off(server: Any) -> None:
    client = Client()

    await served(Streamed(begins(Rows(3, fails_after=2)), server, slots()), client)

    assert (client.body, client.is_complete) == (b"row 0\nrow 1\n", False)


async def test_a_client_that_hangs_up_ends_the_reading(server: Any) -> None:
    table, client = Rows(100), Client(asyncio.Semaphore(1))
    serving = asyncio.create_task(served(Streamed(begins(table), server, slots()), client))
    await until(lambda: table.read == 2, "the second row")

    client.gone.set()
    await serving

    assert table.read == 2
    assert server.handler.backend.connections.open == {}


async def test_open_streams_are_limited(server: Any) -> None:
    server.handler.backend.connections.limits = SocketCounts(caller=1)
    first, second = Client(asyncio.Semaphore(1)), Client()
    app = Streamed(begins(Rows(3)), server, slots())
    serving = asyncio.create_task(served(app, first))
    await until(lambda: first.body == b"row 0\n", "the first row")

    await served(app, second)

    assert second.sent[0]["status"] == 429
    assert dict(second.sent[0]["headers"])[b"retry-after"] == b"5"
    assert orjson.loads(second.body)["detail"].startswith("Too many sockets of these credentials")
    first.takes.release()
    first.takes.release()
    await serving
    assert first.is_complete


async def test_a_stream_ends_with_the_rights_of_its_caller(server: Any) -> None:
    client = Client(asyncio.Semaphore(1))
    serving = asyncio.create_task(served(Streamed(begins(Rows(9)), server, slots()), client))
    await until(lambda: client.body == b"row 0\n", "the first row")
    [connection] = server._drain.sockets

    connection.renew(CALLER)
    assert not connection.is_cut
    connection.end(Closing(CloseCode.FORBIDDEN, "Forbidden: the token was revoked"))
    await serving

    assert not client.is_complete


async def test_a_stream_without_an_end_is_cut_by_the_drain_and_a_table_is_not(server: Any) -> None:
    sending = asyncio.create_task(asyncio.sleep(PATIENCE_SECONDS))
    table = streamed.Connection(sending, is_endless=False)
    table.drain()
    assert not table.is_cut

    endless = streamed.Connection(sending, is_endless=True)
    endless.drain()

    assert endless.is_cut
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_caller_without_the_scope_is_cut_off(server: Any) -> None:
    sending = asyncio.create_task(asyncio.sleep(PATIENCE_SECONDS))

    streamed.Connection(sending, is_endless=False).renew(CALLER.renewed(scopes=frozenset(), expires_at=None))

    with pytest.raises(asyncio.CancelledError):
        await sending
