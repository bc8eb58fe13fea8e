"""Filters of subscriptions: equal filters are checked once, all share parsed values, and the loop is not blocked."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from events.models import Event
from graphql_api.live.topics import Topic
from graphql_api.tests.live.sockets import client, happen, notify, received, stands
from graphql_server.live import time_slice as turns
from graphql_server.live.time_slice import TimeSlice
from graphql_server.tests.websocket.peer import Peer
from orders.search import filters
from orders.search.filters import Mentions
from orders.values.naming import searchable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet")]
FOLLOW = "subscription ($where: OrderWhere) { orderEvents(where: $where) { sequence } }"


async def follow_each(stack: AsyncExitStack, wheres: list[dict[str, Any]]) -> list[Peer]:
    """A client for each filter, live."""
    peers = []
    for where in wheres:
        peer = await stack.enter_async_context(client(ping_seconds=0.02))
        await peer.initialises()
        await peer.subscribes("1", FOLLOW, variables={"where": where})
        await stands(peer, "1")
        peers.append(peer)
    return peers


async def test_equal_filters_are_checked_once_for_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Topic] = []
    matches = Topic.matches

    def noted(self: Topic, event: Event) -> bool:
        judged.append(self)
        return matches(self, event)

    wheres: list[dict[str, Any]] = [{"text": "ada"}, {"text": "ADA"}, {"text": "ada"}, {"currency": {"eq": "USD"}}]
    query = FOLLOW.replace("sequence", "sequence id")
    async with AsyncExitStack() as stack:
        peers = await follow_each(stack, wheres)
        await peers[0].subscribes("2", query, variables={"where": wheres[0]})  # Another stream, the same filter.
        await stands(peers[0], "2")
        monkeypatch.setattr(Topic, "matches", noted)
        await notify(await happen())
        assert [await received(peer, 1) for peer in peers[:3]] == [[1]] * 3
        assert await received(peers[0], 1) == [1]
    assert [topic.condition for topic in judged] == [Mentions(("ada",))]  # Of orders in other currencies, USD is not.


async def test_searched_text_is_folded_once_for_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []

    def fold(text: str) -> str:
        folded.append(text)
        return searchable(text)

    async with AsyncExitStack() as stack:
        peers = await follow_each(stack, [{"text": text} for text in ("ada", "love", "example")])
        monkeypatch.setattr(filters, "searchable", fold)
        await notify(await happen())
        assert [await received(peer, 1) for peer in peers] == [[1]] * 3
    assert len(folded) == 1


async def test_other_work_runs_between_filters_and_between_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[TimeSlice] = []
    give_way, done = TimeSlice.give_way, asyncio.Event()

    async def noted(self: TimeSlice) -> None:
        passes.append(self)
        await give_way(self)
        if len(passes) == 9:
            done.set()

    async with AsyncExitStack() as stack:
        peers = await follow_each(stack, [{"text": "ada"}, {"text": "love"}, {"currency": {"eq": "USD"}}])
        monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)  # Each takes more than a slice.
        monkeypatch.setattr(TimeSlice, "give_way", noted)
        await notify(await happen())
        assert [await received(peer, 1) for peer in peers[:2]] == [[1]] * 2
        async with asyncio.timeout(20):
            await done.wait()
    # After each of two filters that can match, three times for each of two streams, and at the next event.
    assert len(passes) == 9
