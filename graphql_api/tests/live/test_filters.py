"""Filters of subscriptions: equal filters are checked once, all share parsed values, and the loop is not blocked."""

import asyncio
from typing import Any

import pytest

from events.models import Event
from graphql_api.live.topics import Topic
from graphql_api.server import server
from graphql_api.tests.live.sockets import HOST, happen, notify
from graphql_server.live.stream import time_slice as turns
from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.testing.live_client import OpenClient, Subscription
from orders.search import filters
from orders.search.filters import Mentions
from orders.values.naming import searchable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet")]
FOLLOW = "subscription ($where: OrderWhere) { orderEvents(where: $where) { sequence } }"


async def follow_each(live: OpenClient, wheres: list[dict[str, Any]]) -> list[Subscription]:
    """A client for each filter, live."""
    return [await (await live(server, headers=HOST)).subscribe(FOLLOW, where=where) for where in wheres]


async def get_the_first(some: list[Subscription]) -> None:
    """Check that each of them gets the event 1."""
    assert [(await one.expect())["orderEvents"]["sequence"] for one in some] == ["1"] * len(some)


async def test_equal_filters_are_checked_once_for_an_event(live: OpenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Topic] = []
    matches = Topic.matches

    def noted(self: Topic, event: Event) -> bool:
        judged.append(self)
        return matches(self, event)

    wheres: list[dict[str, Any]] = [{"text": "ada"}, {"text": "ADA"}, {"text": "ada"}, {"currency": {"eq": "USD"}}]
    some = await follow_each(live, wheres)
    query = FOLLOW.replace("sequence", "sequence id")
    other = await some[0].client.subscribe(query, where=wheres[0])  # Another stream, the same filter.
    monkeypatch.setattr(Topic, "matches", noted)
    await notify(await happen())
    await get_the_first([*some[:3], other])
    assert [topic.condition for topic in judged] == [Mentions(("ada",))]  # Of orders in other currencies, USD is not.


async def test_searched_text_is_folded_once_for_an_event(live: OpenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []

    def fold(text: str) -> str:
        folded.append(text)
        return searchable(text)

    some = await follow_each(live, [{"text": text} for text in ("ada", "love", "example")])
    monkeypatch.setattr(filters, "searchable", fold)
    await notify(await happen())
    await get_the_first(some)
    assert len(folded) == 1


async def test_other_work_runs_between_filters_and_between_streams(
    live: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[TimeSlice] = []
    give_way, done = TimeSlice.give_way, asyncio.Event()

    async def noted(self: TimeSlice) -> None:
        passes.append(self)
        await give_way(self)
        if len(passes) == 9:
            done.set()

    some = await follow_each(live, [{"text": "ada"}, {"text": "love"}, {"currency": {"eq": "USD"}}])
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)  # Each takes more than a slice.
    monkeypatch.setattr(TimeSlice, "give_way", noted)
    await notify(await happen())
    await get_the_first(some[:2])
    async with asyncio.timeout(20):
        await done.wait()
    # After each of two filters that can match, three times for each of two streams, and at the next event.
    assert len(passes) == 9
