"""The body of a webhook is, byte by byte, what a subscriber of the same document receives over a WebSocket."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from events import cursors
from events.dispatch.numbering import number
from events.models import Event
from graphql_api.schema import schema
from graphql_api.server import server
from graphql_api.tests.live.sockets import HOST, TENANT, client, happen, live, notify, stands
from graphql_api.tests.serving import executor_for, serving
from graphql_api.webhook_selections import SCOPES
from graphql_server.live import payloads
from graphql_server.live.group import TopicGroup
from graphql_server.live.payloads import Payloads
from graphql_server.live.stream.threads import in_thread
from graphql_server.testing.peer import Peer
from graphql_server.tests.http.streaming import EVENT_STREAM, MULTIPART, PATIENCE_SECONDS, StreamClient
from orders.states import Status
from tenants.context import tenant_context
from tests.factories import place_order, token
from webhooks import delivering, services
from webhooks.models import Endpoint
from webhooks.shapes import InvalidShape, selection, shape_of
from webhooks.tests.consumer import consumer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.receivers_off_too]

ACCEPTED = (EVENT_STREAM, MULTIPART)
DOCUMENTS = [
    "subscription { orderEvents { id type sequence cursor occurredAt actor changedFields order { number status } } }",
    "subscription { orderEvents { order { number total { amount currency } lines { sku quantity } metadata } } }",
    "subscription A { e: orderEvents { ...f } } fragment f on OrderEvent { __typename a: sequence order { id } }",
    "subscription { orderEvents { order { number events(first: 2) { nodes { type cursor } } } } }",
    "subscription { orderEvents(types: [ORDER_PAID]) { type } }",
]


@pytest.fixture(autouse=True)
def alone(quiet: None) -> None:
    """Only the test writes."""


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_a_body_equals_the_payload_of_a_subscriber(document: str) -> None:
    events = await happen(2, status=Status.PAID)
    after = cursors.encode(TENANT, 0)
    live = document.replace("orderEvents(", f'orderEvents(after: "{after}", ', 1)
    if live == document:
        live = document.replace("orderEvents", f'orderEvents(after: "{after}")', 1)

    def bodies() -> list[bytes]:
        with tenant_context(TENANT):
            shape = shape_of(Endpoint(tenant_id=TENANT, document=document))
            return [shape.body(event)[0] for event in events if shape.wants(event)]

    made = await in_thread(bodies)
    async with client() as peer:
        await peer.initialises()
        await peer.subscribes("1", live)
        await notify(events)
        heard = [await next_text(peer) for _ in made]

    assert len(made) == (2 if "types" in document else 4)
    assert [text.encode() for text in heard] == [b'{"id":"1","type":"next","payload":%b}' % body for body in made]


@pytest.mark.receivers  # The webhook's consumer is gone when they catch up.
async def test_an_event_is_executed_once_for_all_streams_and_webhooks_of_a_process(made: list[int]) -> None:
    """Over a WebSocket, as server-sent events, as multipart, and by two webhooks: one document, event and scope."""
    document, reader = DOCUMENTS[0], await reading_token()
    streams = (StreamClient(server.http, reader, document, accept=accept, headers=HOST) for accept in ACCEPTED)
    async with client(ping_seconds=0.02) as socket, next(streams) as events, next(streams) as multipart:
        await socket.initialises({"authorization": reader})
        await socket.subscribes("1", document)
        for stream in (events, multipart):
            assert (await stream.start())[0] == 200
        await stands(socket, "1")
        await have_joined(3, document)
        [event] = await happen()
        await notify([event])
        shown = await shown_to(socket)
        event_lines = await line_with(events, b"data: ")
        part = await line_with(multipart, b'{"payload":')

        with consumer() as receiving:
            for _ in range(2):
                await in_thread(lambda: post_to(receiving.url, document, event))
            bodies = [request.body for request in receiving.requests]

    assert event_lines == b"data: " + shown
    assert part == b'{"payload":%b}' % shown
    assert bodies == [shown, shown]
    assert made == [1]


async def test_a_single_subscriber_shares_with_a_webhook(made: list[int]) -> None:
    async with subscribed(DOCUMENTS[0]) as socket:
        [event] = await happen()
        body = await in_thread(lambda: body_of(DOCUMENTS[0], event))
        await notify([event])
        assert await shown_to(socket) == body
        [other] = await happen()
        await notify([other])
        assert await shown_to(socket) == await in_thread(lambda: body_of(DOCUMENTS[0], other))
    assert made == [1, 2]


@pytest.mark.parametrize("document", [DOCUMENTS[0], DOCUMENTS[3]])
async def test_a_subscriber_waits_for_an_execution_that_a_webhook_has_begun(
    document: str, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop does not: it sees that the payload is being made, or this would never end."""
    make, begin = Payloads.made, payloads.cache.begin
    has_begun, is_joined = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        has_begun.set()
        assert is_joined.wait(PATIENCE_SECONDS)
        return make(*given)

    def noted(*given: Any) -> Any:
        if (ended := begin(*given)) is not None:
            is_joined.set()
        return ended

    async with subscribed(document) as socket:
        [event] = await happen()
        monkeypatch.setattr(Payloads, "made", slow)
        monkeypatch.setattr(payloads.cache, "begin", noted)
        making = asyncio.create_task(in_thread(lambda: body_of(document, event)))
        assert await asyncio.to_thread(has_begun.wait, PATIENCE_SECONDS)
        await notify([event])
        assert await shown_to(socket) == await making
    assert made == [1]


def test_a_selection_is_of_the_executor_that_serves() -> None:
    """One that an earlier test has made of its own executor shares nothing with what runs now."""
    with tenant_context(TENANT):
        kept = selection(TENANT, DOCUMENTS[0], b"")
        assert selection(TENANT, DOCUMENTS[0], b"") is kept
        with serving(executor_for(schema)):
            assert selection(TENANT, DOCUMENTS[0], b"") is not kept


@asynccontextmanager
async def subscribed(document: str) -> AsyncIterator[Peer]:
    """A client that follows this document live, with the scopes of a webhook."""
    async with client(ping_seconds=0.02) as socket:
        await socket.initialises({"authorization": await reading_token()})
        await socket.subscribes("1", document)
        await stands(socket, "1")
        await have_joined(1, document)
        yield socket


async def shown_to(socket: Peer) -> bytes:
    """The payload of the next event that a client of ``subscribed`` gets."""
    return (await next_text(socket)).removeprefix('{"id":"1","type":"next","payload":').removesuffix("}").encode()


def body_of(document: str, event: Event) -> bytes:
    """The body of a webhook with this document."""
    with tenant_context(TENANT):
        return shape_of(Endpoint(tenant_id=TENANT, document=document)).body(event)[0]


async def reading_token() -> str:
    """The header of a token that may do what an endpoint may."""

    def made() -> str:
        with tenant_context(TENANT):
            return f"Bearer {token(scopes=[*SCOPES])}"

    return await in_thread(made)


async def test_attempts_and_endpoints_with_one_document_share_one_execution(made: list[int]) -> None:
    [event] = await happen()

    def bodies() -> list[bytes]:
        with tenant_context(TENANT):
            endpoints = [Endpoint(tenant_id=TENANT, document=DOCUMENTS[1]) for _ in range(2)]
            return [shape_of(endpoint).body(event)[0] for endpoint in endpoints for _ in range(3)]

    assert len(set(await in_thread(bodies))) == 1
    assert made == [1]


async def test_a_later_attempt_reads_the_database_again(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows what is true when it is sent."""
    [event] = await happen()

    def body() -> bytes:
        return body_of(DOCUMENTS[3], event)

    first, again = await in_thread(body), await in_thread(body)
    assert (first == again, made) == (True, [1])
    monkeypatch.setattr(payloads, "FRESH_SECONDS", 0.0)
    await in_thread(body)
    assert made == [1, 1]


def post_to(url: str, document: str, event: Event) -> None:
    """Register an endpoint with this document, and send the event to it."""
    with tenant_context(TENANT):
        registered, _ = services.create_endpoint(url=url, document=document)
        delivering.sent(registered, event, "1", seconds=10)


async def have_joined(number: int, document: str) -> None:
    """Wait until so many subscriptions with this document are live."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while joined(document) < number:  # noqa: ASYNC110  # groups announce nothing
            await asyncio.sleep(0.001)


def joined(document: str) -> int:
    """How many subscriptions with this document are live; those of an earlier test may not have left theirs."""
    groups = [group for group in live.here().groups.values() if isinstance(group, TopicGroup)]
    return sum(len(group.members) for group in groups if group.payloads.text == document)


async def next_text(peer: Peer) -> str:
    """The next message of the server with an event, as it was sent."""
    while '"next"' not in (text := str((await peer._from_app_soon())["text"])):
        pass
    return text


async def line_with(stream: StreamClient, beginning: bytes) -> bytes:
    """The next line of a stream that begins so."""
    while not (line := await stream.until(b"\n") or b"").startswith(beginning):
        pass
    return line.rstrip()


def test_a_document_that_costs_too_much_is_refused() -> None:
    nested = "events(first: 100) { nodes { order { "
    document = f"subscription {{ orderEvents {{ order {{ {nested * 3} number {'} } } ' * 3} }} }} }}"

    with pytest.raises(InvalidShape, match="at most"):
        selection(TENANT, document, b"")


def test_a_body_shows_no_more_than_a_reader_of_orders_may_see() -> None:
    """A document with a field that needs another scope shows an error in its place, as it does to such a subscriber."""
    place_order()
    [event] = number(TENANT)
    document = "subscription { orderEvents { order { auditLog(first: 1) { nodes { action } } } } }"
    shape = shape_of(Endpoint(tenant_id=TENANT, document=document))

    assert b"FORBIDDEN" in shape.body(event)[0]
