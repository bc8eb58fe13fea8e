"""A server that ends: it takes nothing new, finishes what has begun, and closes its sockets."""

import asyncio
import json
import threading
from typing import Any

import pytest

from graphql_server.drain import Drain
from graphql_server.http.handler import Answer
from graphql_server.http.requests import Request
from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests.chat import schema
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.websocket.toy_socket import World, toy_socket

pytestmark = pytest.mark.usefixtures("no_database")
SECONDS = 20.0
RESTART = Closed(1012, "This process is ending: connect again")
SAY = 'mutation { say(text: "one") { text } }'
READ = "{ messages { text } }"


async def post(chat: Chat, query: str) -> Answer:
    """The answer to a POST by ann."""
    identity = chat.server.authenticate.identify_at_once({"authorization": f"ann {chat.room}"}, None)
    assert identity is not None
    body = json.dumps({"query": query}).encode()
    answer = await chat.server.handler.answer(Request("POST", {"content-type": "application/json"}, "", body, identity))
    assert isinstance(answer, Answer)
    return answer


async def test_a_new_operation_is_refused_and_has_not_begun(chat: Chat) -> None:
    await chat.server.drain(seconds=SECONDS)

    refused = await post(chat, SAY)

    assert chat.server.is_draining
    assert (refused.status, refused.headers) == (503, {"Retry-After": "1", "Connection": "close"})
    [error] = json.loads(refused.body)["errors"]
    assert error["message"] == "This process is ending, and the operation has not begun. Send it again."
    assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("UNAVAILABLE", 1)
    assert chat.log.head(chat.room) == 0


async def test_an_operation_that_has_begun_is_answered_first(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def read(*_: object, **__: object) -> list[object]:
        begun.set()
        may_end.wait(SECONDS)
        return []

    monkeypatch.setattr(schema.log, "read", read)
    asked = asyncio.create_task(post(chat, READ))
    await asyncio.to_thread(begun.wait, SECONDS)
    draining = asyncio.create_task(chat.server.drain(seconds=SECONDS))
    await asyncio.sleep(0)
    assert chat.server.is_draining
    assert (await post(chat, SAY)).status == 503
    assert not draining.done()

    may_end.set()

    assert json.loads((await asked).body)["data"] == {"messages": []}
    await draining


async def test_each_subscription_is_completed_before_the_close(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", f'subscription {{ messages(after: "{chat.room}:0") {{ text }} }}')
        await peer.subscribes("2", "subscription { count }")
        chat.say("hello")
        heard: list[Any] = []
        while {"data": {"messages": {"text": "hello"}}} not in [one.get("payload") for one in heard]:
            heard.append(await peer.hears())

        await chat.server.drain(seconds=SECONDS)

        while heard[-1] != RESTART:
            heard.append(await peer.hears())
    *_, first, second, _ = heard
    assert [first, second] == [{"type": "complete", "id": "1"}, {"type": "complete", "id": "2"}]


async def test_a_query_on_a_socket_is_answered_before_the_close() -> None:
    world = World()
    socket = toy_socket(world)
    async with Peer(socket) as peer:
        await peer.initialises()
        await peer.subscribes("1", "{ wait }")
        await peer.subscribes("2", "subscription { forever }")
        await peer.hears()
        draining = asyncio.create_task(socket.backend.drain.run(seconds=SECONDS, spread_seconds=0))
        assert await peer.is_alive()

        world.gate.set()

        assert await peer.hears() == {"id": "1", "type": "next", "payload": {"data": {"wait": "done"}}}
        assert await peer.hears() == {"id": "1", "type": "complete"}
        assert await peer.hears() == {"id": "2", "type": "complete"}
        assert await peer.hears() == RESTART
        await draining
    assert world.open_streams == 0


async def test_a_new_operation_on_a_socket_does_not_begin_and_brings_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_server.drain.random.uniform", lambda *_: 2 * SECONDS)
    world = World()
    socket = toy_socket(world)
    async with Peer(socket) as peer:
        await peer.initialises()
        draining = asyncio.create_task(socket.backend.drain.run(seconds=SECONDS, spread_seconds=SECONDS))
        assert await peer.is_alive()

        await peer.subscribes("1", "mutation { produce }")

        assert await peer.hears() == RESTART
        await draining
    assert world.produced == 0


async def test_a_new_socket_is_refused(chat: Chat) -> None:
    await chat.server.drain(seconds=SECONDS)

    async with chat.client() as peer:
        assert await peer.hears() == RESTART


async def test_a_socket_that_is_accepted_while_the_drain_begins_is_closed(chat: Chat) -> None:
    peer = chat.client()
    peer.reads.clear()
    entering = asyncio.create_task(peer.__aenter__())
    for _ in range(3):
        await asyncio.sleep(0)
    assert peer._has_given  # The server is about to accept it.
    await chat.server.drain(seconds=SECONDS)

    peer.reads.set()

    await entering
    assert await peer.hears() == RESTART
    await peer.__aexit__(None, None, None)


async def test_a_socket_that_says_who_it_is_at_that_moment_is_closed(chat: Chat) -> None:
    async with chat.client() as peer:
        [socket] = chat.server._drain.sockets
        await peer.says({"type": "connection_init", "payload": {"name": "ann", "room": chat.room}})

        socket.drain()

        assert await peer.hears() == RESTART


async def test_a_handshake_is_refused_with_503_where_the_web_server_can(chat: Chat) -> None:
    await chat.server.drain(seconds=SECONDS)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await chat.server.websocket({"type": "websocket", "extensions": {"websocket.http.response": {}}}, receive, send)

    start, body = sent
    assert (start["status"], start["headers"]) == (503, [(b"retry-after", b"1")])
    assert body["body"] == b"This process is ending, and the operation has not begun. Send it again.\n"


async def test_what_does_not_end_in_time_is_cut() -> None:
    world = World()
    socket = toy_socket(world)
    async with Peer(socket) as peer:
        await peer.initialises()
        await peer.subscribes("1", "{ wait }")
        await peer.subscribes("2", "subscription { forever }")
        await peer.hears()

        await socket.backend.drain.run(seconds=0.05, spread_seconds=0)

        assert await peer.hears() == {"id": "2", "type": "complete"}
        assert await peer.hears() == RESTART


class Recorded:
    """A socket that ends when it is drained."""

    def __init__(self, whole: Drain) -> None:
        self.whole = whole
        whole.opened(self)

    def drain(self) -> None:
        self.whole.closed(self)

    cut = drain


@pytest.mark.parametrize(("sockets", "seconds"), [(1, 0.005), (1_000, 5.0), (10_000, 10.0)])
async def test_sockets_close_at_random_moments(sockets: int, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        drawn.append((least, most))
        return 0.0

    monkeypatch.setattr("graphql_server.drain.random.uniform", uniform)
    whole = Drain()
    kept = [Recorded(whole) for _ in range(sockets)]

    await whole.run(seconds=SECONDS, spread_seconds=10.0)

    assert len(kept) == sockets
    assert drawn == [(0, seconds)] * sockets
    assert whole.sockets == set()


async def test_two_callers_wait_for_one_end() -> None:
    whole = Drain()
    with whole.request():
        both = [asyncio.create_task(whole.run(seconds=SECONDS, spread_seconds=0)) for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(one.done() for one in both)

    await asyncio.gather(*both)
