"""The event log as the source of live events: numbered before it is read, bounded by retention, notified by Channels.

The feed itself is tested on a log in memory: ``graphql_server/tests/live/test_feed.py``.
"""

import asyncio
from contextlib import aclosing
from types import SimpleNamespace

import pytest
from channels.layers import get_channel_layer

from events import cursors, log_reader
from events.channel_layer.broadcast import group_name, message
from events.dispatch.numbering import number
from events.models import Event, Stream
from graphql_api.live.event_log import EventLog
from graphql_api.tests.live.sockets import live
from graphql_server.live.stream import timing
from graphql_server.live.stream.threads import in_thread
from graphql_server.ports.event_source import Ahead, BadCursor, Expired
from tenants.context import current_tenant_id, tenant_context
from tenants.values.identifiers import default_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
TENANT = default_tenant_id("demo")


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Only the test writes, numbers and notifies. A lost notification costs little time."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)


async def happen(count=1, tenant_id=TENANT):
    """Commit and number events, and notify no feed; returns the events."""

    def write():
        with tenant_context(tenant_id):
            for _ in range(count):
                place_order()
            return number(tenant_id)

    return await in_thread(write)


async def notify(events, tenant_id=TENANT):
    await get_channel_layer().group_send(group_name(tenant_id), message(events))


def follow(tenant_id, **after):
    """The tenant's events, from now on or after a position."""
    return live.here().feeds.follow(tenant_id, **after)


async def take(events, count):
    """The sequences of the next ``count`` events."""
    async with asyncio.timeout(20):
        return [(await anext(events)).sequence for _ in range(count)]


async def begun(events):
    """Start to follow, and wait until the feed knows the end of the log; return the task of the first event."""
    first = asyncio.create_task(anext(events))
    async with asyncio.timeout(20):
        await live.here().feeds.of(TENANT).settled_head()
        await live.here().feeds.of(TENANT).settled_head()  # The follower's request came before this one.
    return first


async def test_events_committed_before_are_numbered_first_and_left_out():
    await in_thread(place_order)
    async with aclosing(follow(TENANT)) as events:
        first = await begun(events)
        assert await in_thread(log_reader.head, TENANT) == 1
        await notify(await happen())
        assert (await first).sequence == 2


async def test_events_after_a_cursor_come_before_new_ones():
    await happen(5)
    async with aclosing(follow(TENANT, after=2)) as events:
        assert await take(events, 3) == [3, 4, 5]
        await notify(await happen(2))
        assert await take(events, 2) == [6, 7]


async def test_the_log_is_read_if_a_notification_is_lost():
    await happen()
    async with aclosing(follow(TENANT, after=0)) as events:
        assert await take(events, 1) == [1]
        await happen(3)
        assert await take(events, 3) == [2, 3, 4]


async def test_the_log_is_read_if_a_notification_has_no_events():
    async with aclosing(follow(TENANT, after=0)) as events:
        numbered = await happen(30)
        assert message(numbered)["events"] == []
        await notify(numbered)
        assert await take(events, 30) == list(range(1, 31))


@pytest.fixture
def memberships(monkeypatch):
    """The groups that feeds have joined and left; ``joined`` is set after the first."""
    layer = get_channel_layer()
    join, leave = layer.group_add, layer.group_discard
    seen = SimpleNamespace(entered=[], left=[], joined=asyncio.Event())

    async def noted_join(group, channel):
        await join(group, channel)
        seen.entered.append(group)
        seen.joined.set()

    monkeypatch.setattr(layer, "group_add", noted_join)
    monkeypatch.setattr(layer, "group_discard", lambda group, channel: seen.left.append(group) or leave(group, channel))
    return seen


async def test_followers_share_one_membership_and_each_gets_all(memberships):
    followers = [follow(TENANT, after=0) for _ in range(5)]
    await happen(3)
    assert [await take(one, 3) for one in followers] == [[1, 2, 3]] * 5
    await memberships.joined.wait()
    assert memberships.entered == [group_name(TENANT)]
    for one in followers:
        await one.aclose()


async def test_another_tenants_cursor_is_refused(other_tenant):
    with pytest.raises(BadCursor):
        EventLog().decode(TENANT, cursors.encode(other_tenant.id, 0))


async def test_events_of_another_tenant_do_not_come(other_tenant):
    async with aclosing(follow(TENANT, after=0)) as events:
        await notify(await happen(2, other_tenant.id), other_tenant.id)
        await notify(await happen())
        event = await anext(events)
        assert (event.tenant_id, event.sequence) == (current_tenant_id(), 1)


def prune(up_to):
    Event.unguarded.filter(sequence__lte=up_to).delete()
    Stream.objects.update(floor=up_to)


async def test_a_cursor_before_the_retention_is_expired():
    await happen(5)
    await in_thread(prune, 3)
    with pytest.raises(Expired):
        await anext(follow(TENANT, after=1))
    async with aclosing(follow(TENANT, after=3)) as events:
        assert await take(events, 2) == [4, 5]


async def test_a_cursor_ahead_of_the_log_is_refused():
    await happen(2)
    for _ in range(2):  # At first the feed does not know the head, then it does.
        with pytest.raises(Ahead) as ahead:
            await anext(follow(TENANT, after=3))
        assert ahead.value.oldest == 2


def set_back(head):
    """Lose the events after a sequence, as a restored backup does."""
    Event.unguarded.filter(sequence__gt=head).delete()
    Stream.objects.update(head=head)


@pytest.mark.parametrize("found_by", ["silence", "message"])
async def test_a_log_that_is_set_back_ends_the_feed_and_its_followers(monkeypatch, found_by):
    if found_by == "message":
        monkeypatch.setattr(timing, "SILENCE_SECONDS", 20.0)
    await happen()
    async with aclosing(follow(TENANT, after=0)) as events:
        assert await take(events, 1) == [1]
        await notify(await happen(3))
        assert await take(events, 3) == [2, 3, 4]
        await in_thread(set_back, 2)
        waiting = asyncio.ensure_future(anext(events))
        if found_by == "message":
            await notify(await happen())  # Another event with the sequence 3.
        with pytest.raises(Ahead):
            async with asyncio.timeout(20):
                await waiting
    async with aclosing(follow(TENANT, after=2)) as events:
        await happen()
        assert await take(events, 1) == [3]


async def test_the_log_is_polled_without_a_channel_layer(monkeypatch):
    def away():
        raise ConnectionError

    monkeypatch.setattr("graphql_api.live.event_log.get_channel_layer", away)
    async with aclosing(follow(TENANT, after=0)) as events:
        await happen(3)
        assert await take(events, 3) == [1, 2, 3]


async def test_a_feed_without_followers_leaves_its_group(memberships):
    async with aclosing(follow(TENANT, after=0)) as events:
        await happen()
        await take(events, 1)
        feed = live.here().feeds.of(TENANT)
        await memberships.joined.wait()
    async with asyncio.timeout(20):
        await asyncio.wait({feed.running})
    assert list(live.here().feeds) == []
    assert memberships.left == [group_name(TENANT)]
