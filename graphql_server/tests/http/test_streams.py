"""Operations as streams over HTTP: server-sent events and Apollo's multipart, beside the socket."""

import asyncio
import gc
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncRequestFactory

from graphql_server import Limits
from graphql_server.limits import SocketCounts, SocketLimits
from graphql_server.live.group import TopicGroup
from graphql_server.live.stream import timing
from graphql_server.ports.callers import Ended, Rights
from graphql_server.testing.peer import Closed
from graphql_server.tests.chat.people import WRITE
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.http.streaming import EVENT_STREAM, MULTIPART, PATIENCE_SECONDS, Event, StreamClient
from graphql_server.tests.http.test_chat import number_of_errors
from graphql_server.tests.live.asking import hears
from graphql_server.websocket import connection_registry

MESSAGES = 'subscription($after: String, $of: String! = "") { messages(containing: $of, after: $after) { text } }'
COMPLETE = Event("complete", "")


@pytest.fixture(autouse=True)
def short_times(no_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for rights, and end silence, soon."""
    monkeypatch.setattr(connection_registry, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)


def client(chat: Chat, query: str = MESSAGES, *, who: str | None = "ann", **options: Any) -> StreamClient:
    """A client of the chat."""
    return StreamClient(chat.server.http, who and f"{who} {chat.room}", query, **options)


def joined(chat: Chat) -> int:
    """How many subscriptions are live."""
    groups = chat.server.live.here().groups.values()
    return sum(len(group.members) for group in groups if isinstance(group, TopicGroup))


async def has_joined(chat: Chat, number: int = 1) -> None:
    """Wait until so many subscriptions are live."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while joined(chat) < number:  # noqa: ASYNC110  # groups announce nothing
            await asyncio.sleep(0.001)


def text_of(event: Event | None) -> str:
    """The text of a message."""
    assert event is not None
    assert event.kind == "next"
    return str(event.data["data"]["messages"]["text"])


# --- One answer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_is_one_event_and_the_end(chat: Chat, method: str) -> None:
    async with client(chat, "{ __typename }", method=method) as stream:
        status, headers = await stream.start()
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        retry = await stream.block()
        answer, complete, end = await stream.event(), await stream.event(), await stream.event()

    assert retry is not None
    assert retry.data >= 500 if isinstance(retry.data, int) else retry.kind == "retry"
    assert answer is not None
    assert (answer.kind, answer.data["data"]) == ("next", {"__typename": "Query"})
    assert (complete, end) == (COMPLETE, None)


async def test_a_mutation_has_to_be_posted(chat: Chat) -> None:
    mutation = 'mutation { say(text: "hello") { text } }'
    async with client(chat, mutation) as stream:
        answer = await stream.event()
    assert answer is not None
    assert answer.data["data"] == {"say": {"text": "hello"}}

    async with client(chat, mutation, method="GET") as refused:
        assert (await refused.start())[0] == 405
        assert "POST" in (await refused.whole())["errors"][0]["message"]
    assert chat.log.head(chat.room) == 1


async def test_an_invalid_document_is_an_event_with_errors(chat: Chat) -> None:
    async with client(chat, "{ nothing }") as stream:
        assert (await stream.start())[0] == 200
        answer, complete = await stream.events(2)
    assert answer.data["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert complete == COMPLETE


async def test_bad_credentials_and_unknown_formats_are_refused_without_a_stream(chat: Chat) -> None:
    async with StreamClient(chat.server.http, "ann", MESSAGES) as stream:
        status, headers = await stream.start()
        assert (status, headers["content-type"]) == (401, "application/json; charset=utf-8")
    async with client(chat, accept="text/plain") as stream:
        assert (await stream.start())[0] == 406
    async with client(chat, "{ __typename }", accept="*/*") as stream:
        assert (await stream.start())[1]["content-type"] == "application/json; charset=utf-8"


# --- Subscriptions ----------------------------------------------------------------------------------------------------


async def test_a_stream_a_multipart_stream_and_a_socket_share_one_execution(chat: Chat) -> None:
    async with client(chat) as events, client(chat, accept=MULTIPART) as parts, chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_joined(chat, 3)
        assert len(chat.server.live.here().groups) == 1
        chat.say("hello")
        event, heard = await events.event(), await hears(peer)
        part = await parts.until(b"hello")

    assert event is not None
    assert event.data == heard["payload"] == {"data": {"messages": {"text": "hello"}}}
    assert event.id == chat.log.encode(chat.room, 1)
    assert part is not None
    assert b'{"payload":{"data":{"messages":{"text":"' in part


async def test_a_client_that_comes_back_goes_on_after_the_last_event(chat: Chat) -> None:
    async with client(chat) as stream:
        await has_joined(chat)
        chat.say("one", "two")
        last = (await stream.events(2))[-1].id
        stream.hang_up()
    chat.say("three", "four")
    assert last is not None
    first = chat.log.encode(chat.room, 0)
    again = client(chat, variables={"after": first}, headers={"last-event-id": last})
    async with again as stream:
        chat.say("five")
        assert [text_of(event) for event in await stream.events(3)] == ["three", "four", "five"]
    async with client(chat, variables={"after": first}, headers={"last-event-id": ""}) as stream:
        assert text_of(await stream.event()) == "one"


async def test_a_subscription_alone_has_cursors_too(chat: Chat) -> None:
    """A cursor that may not be null is one of the reasons why a subscription can't share its execution."""
    query = "subscription($after: String!) { messages(after: $after) { text } }"
    chat.say("one", "two")
    first, second = (chat.log.encode(chat.room, sequence) for sequence in (0, 1))
    async with client(chat, query, variables={"after": first}, headers={"last-event-id": second}) as stream:
        event = await stream.event()
    assert text_of(event) == "two"
    assert event is not None
    assert event.id == chat.log.encode(chat.room, 2)


async def test_a_client_that_is_cut_off_before_the_first_event_misses_none(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(limits=Limits(socket=SocketLimits(ping_seconds=600.0)))
    chat.say("earlier")
    async with client(chat) as stream:
        retry, position = await stream.block(), await stream.block()
        stream.hang_up()
    assert retry is not None
    assert position == Event("", None, chat.log.encode(chat.room, 1))
    chat.say("missed")
    async with client(chat, headers={"last-event-id": str(position and position.id)}) as stream:
        assert text_of(await stream.event()) == "missed"


async def test_a_heartbeat_moves_the_cursor_past_events_that_do_not_match(chat: Chat) -> None:
    async with client(chat, variables={"of": "wanted"}) as stream:
        await has_joined(chat)
        chat.say("other")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (block := await stream.block()) is not None and block.id != chat.log.encode(chat.room, 1):
                assert block.kind in {"", "retry"}
        assert (block and block.data) is None
        chat.say("wanted")
        assert text_of(await stream.event()) == "wanted"


async def test_a_value_has_no_cursor(chat: Chat) -> None:
    chat.say("one")
    async with client(chat, "subscription { count }") as stream:
        assert await stream.event() == Event("next", {"data": {"count": 1}})


async def test_a_source_that_ends_completes_the_stream(chat: Chat) -> None:
    async with client(chat, "subscription { countdown(start: 2) }") as stream:
        found = await stream.events(3)
        assert [event.data for event in found[:2]] == [{"data": {"countdown": 2}}, {"data": {"countdown": 1}}]
        assert found[2] == COMPLETE
        assert await stream.event() is None


@pytest.mark.parametrize("cursor", ["nonsense", "é"])
async def test_a_bad_cursor_is_an_error(chat: Chat, cursor: str) -> None:
    async with client(chat, headers={"last-event-id": cursor}) as stream:
        answer, complete = await stream.events(2)
    assert answer.data["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert complete == COMPLETE


# --- The end ----------------------------------------------------------------------------------------------------------


async def test_a_client_that_hangs_up_leaves_nothing(chat: Chat) -> None:
    async with client(chat) as stream:
        await has_joined(chat)
        await asyncio.sleep(0)
    assert stream.task.done()
    assert not chat.server.handler.backend.connections.open
    assert not chat.server.live.here().groups


async def test_a_person_whose_rights_end_gets_the_reason(chat: Chat) -> None:
    async with client(chat) as stream:
        await has_joined(chat)
        chat.bouncer.rights["ann"] = Ended("you were thrown out")
        answer, complete = await stream.events(2)
        assert await stream.event() is None
    assert answer.data["errors"] == [{"message": "Forbidden: you were thrown out", "extensions": {"code": "FORBIDDEN"}}]
    assert complete == COMPLETE


async def test_a_person_who_may_no_longer_read_gets_an_error(chat: Chat) -> None:
    async with client(chat) as stream:
        await has_joined(chat)
        chat.bouncer.rights["ann"] = Rights(frozenset({WRITE}))
        answer, complete = await stream.events(2)
    assert answer.data["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert complete == COMPLETE


async def test_a_drain_breaks_subscriptions_off_and_waits_for_mutations(chat: Chat) -> None:
    async with client(chat) as stream, client(chat, "subscription { countdown(start: 1) }") as over:
        assert len(await over.events(2)) == 2
        await has_joined(chat)
        chat.say("hello")
        last = await stream.event()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await chat.server.drain(seconds=5, spread_seconds=0.01)
        assert await stream.event() is None
    assert text_of(last) == "hello"
    async with client(chat) as refused:
        assert (await refused.start())[0] == 503
        assert "Send it again" in (await refused.whole())["errors"][0]["message"]


async def test_streams_count_as_sockets(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(limits=Limits(sockets=SocketCounts(caller=1)))
    async with client(chat) as first:
        await has_joined(chat)
        async with client(chat) as second, chat.client() as peer:
            answer, complete = await second.events(2)
            assert answer.data["errors"][0]["extensions"]["code"] == "THROTTLED"
            assert complete == COMPLETE
            await peer.says({"type": "connection_init", "payload": {"name": "ann", "room": chat.room}})
            refused = await peer.hears()
            assert isinstance(refused, Closed)
            assert refused.code == 1013
        chat.say("hello")
        assert text_of(await first.event()) == "hello"


async def test_a_refused_stream_is_freed_without_the_garbage_collector(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(limits=Limits(sockets=SocketCounts(caller=1)))
    async with client(chat) as first:
        await has_joined(chat)
        gc.collect()
        gc.disable()
        try:
            before = number_of_errors()
            async with client(chat) as second:
                assert len(await second.events(2)) == 2
            await asyncio.sleep(0)
            assert number_of_errors() == before
        finally:
            gc.enable()
        chat.say("hello")
        assert text_of(await first.event()) == "hello"


async def test_a_client_that_does_not_read_holds_up_no_other_and_catches_up(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(limits=Limits(socket=SocketLimits(window_bytes=2_000)))
    async with client(chat) as slow, client(chat) as other:
        await has_joined(chat, 2)
        await slow.start()
        slow.reads.clear()
        texts = [f"{number} {'x' * 500}" for number in range(50)]
        chat.say(*texts)
        assert [text_of(event) for event in await other.events(50)] == texts
        slow.reads.set()
        assert [text_of(event) for event in await slow.events(50)] == texts


async def test_a_client_that_never_reads_is_ended(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(limits=Limits(socket=SocketLimits(window_bytes=1_000, silence_seconds=0.1)))
    async with client(chat) as slow:
        await has_joined(chat)
        await slow.start()
        slow.reads.clear()
        chat.say(*("x" * 900 for _ in range(10)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while chat.server.live.here().groups:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.01)


# --- Multipart --------------------------------------------------------------------------------------------------------


async def test_multipart_has_the_form_that_apollos_clients_read(chat: Chat) -> None:
    async with client(chat, "subscription { countdown(start: 1) }", accept=MULTIPART) as stream:
        status, headers = await stream.start()
        assert (status, headers["content-type"]) == (200, 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0')
        first, second = await stream.until(b"--graphql"), await stream.until(b"\r\n--graphql")
        assert await stream.until(b"\0") is None
    assert first == b""
    assert second == b'\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"countdown":1}}}'
    assert stream.rest == b"--\r\n"


async def test_multipart_is_for_subscriptions_and_errors_come_before_as_json(chat: Chat) -> None:
    async with client(chat, "{ __typename }", accept=MULTIPART) as stream:
        assert (await stream.start())[1]["content-type"] == "application/json; charset=utf-8"
        assert (await stream.whole())["data"] == {"__typename": "Query"}
    async with client(chat, "subscription { nothing }", accept=MULTIPART) as stream:
        assert (await stream.whole())["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    async with client(chat, MESSAGES, accept="multipart/mixed;deferSpec=20220824,application/json") as stream:
        assert "text/event-stream" in (await stream.whole())["errors"][0]["message"]


async def test_multipart_has_heartbeats_and_ends_with_the_connections_error(chat: Chat) -> None:
    async with client(chat, accept=MULTIPART) as stream:
        await has_joined(chat)
        assert (await stream.until(b"\r\n{}\r\n--graphql")) is not None
        chat.bouncer.rights["ann"] = Ended("you were thrown out")
        assert (
            await stream.until(b'{"payload":null,"errors":[{"message":"Forbidden: you were thrown out"')
        ) is not None
        assert await stream.until(b"\0") is None
    assert stream.rest.endswith(b"\r\n--graphql--\r\n")


# --- Through Django's middleware --------------------------------------------------------------------------------------


async def test_djangos_view_streams_too(chat: Chat) -> None:
    request = AsyncRequestFactory().get(
        "/graphql/", {"query": MESSAGES}, headers={"accept": EVENT_STREAM, "authorization": f"ann {chat.room}"}
    )
    response = await chat.server.view(request)
    assert (response.status_code, response["content-type"]) == (200, "text/event-stream; charset=utf-8")
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def read() -> None:
        async for part in response.streaming_content:
            heard.put_nowait(part)

    reading = asyncio.create_task(read())
    assert (await heard.get()).startswith(b"retry: ")
    await has_joined(chat)
    chat.say("hello")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (part := await heard.get()).startswith(b"event: next"):
            pass
    assert json.loads(part.partition(b"data: ")[2]) == {"data": {"messages": {"text": "hello"}}}
    reading.cancel()  # as Django does when the client hangs up
    await asyncio.wait([reading])
    assert not chat.server.handler.backend.connections.open
