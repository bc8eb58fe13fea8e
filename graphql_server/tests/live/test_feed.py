"""The feed yields every event once and in order, whatever notifications are lost, repeated or reordered."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from graphql_server.live.stream import recent, timing
from graphql_server.live.stream.feeds import Feeds
from graphql_server.live.stream.single_flight import SingleFlight
from graphql_server.ports.event_source import Ahead, Event, Expired, Notification
from graphql_server.tests.chat.log import Message, MessageLog

ROOM, OTHER_ROOM = "lobby", "kitchen"
PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waiting times after a lost notification and for a feed without followers."""
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)


@pytest.fixture
def log() -> MessageLog:
    """An empty log."""
    return MessageLog()


@pytest.fixture
async def feeds(log: MessageLog) -> AsyncIterator[Feeds]:
    """The feeds of the log. After the test no feed is left."""
    made = Feeds(log)
    yield made
    async with asyncio.timeout(PATIENCE_SECONDS):
        for feed in made:
            await asyncio.wait({feed.running})
    assert list(made) == []


def add(log: MessageLog, count: int = 1, *, room: str = ROOM) -> list[Message]:
    """Add messages without a notification."""
    return [log.add(room, "ann", "hello") for _ in range(count)]


def say(log: MessageLog, count: int = 1, *, room: str = ROOM) -> None:
    """Add messages with one notification."""
    log.notify(room, *add(log, count, room=room))


async def take(events: AsyncGenerator[Event, None], count: int) -> list[int | None]:
    """The sequences of the next ``count`` events."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [(await anext(events)).sequence for _ in range(count)]


async def first_of(feeds: Feeds, events: AsyncGenerator[Event, None]) -> "asyncio.Future[Event]":
    """Start to follow, and wait until the feed knows the end of the log. Returns the task of the first event."""
    first = asyncio.ensure_future(anext(events))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await feeds.of(ROOM).settled_head()
        await feeds.of(ROOM).settled_head()  # The follower's request came before this one.
    return first


async def test_without_a_cursor_events_come_from_now_on(log: MessageLog, feeds: Feeds) -> None:
    add(log, 2)
    async with aclosing(feeds.follow(ROOM)) as events:
        first = await first_of(feeds, events)
        say(log)
        assert (await first).sequence == 3


async def test_events_after_a_cursor_come_before_new_ones(log: MessageLog, feeds: Feeds) -> None:
    add(log, 5)
    async with aclosing(feeds.follow(ROOM, after=2)) as events:
        assert await take(events, 3) == [3, 4, 5]
        say(log, 2)
        assert await take(events, 2) == [6, 7]


async def test_the_log_is_read_if_a_notification_is_lost(log: MessageLog, feeds: Feeds) -> None:
    add(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        assert await take(events, 1) == [1]
        add(log, 3)
        assert await take(events, 3) == [2, 3, 4]


async def test_repeated_and_reordered_notifications_change_nothing(log: MessageLog, feeds: Feeds) -> None:
    add(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        assert await take(events, 1) == [1]
        second, third, fourth = add(log, 3)
        for messages in ([third], [second], [third], [second, third], [fourth], [fourth], [second]):
            log.notify(ROOM, *messages)
        assert await take(events, 3) == [2, 3, 4]
        say(log)
        assert await take(events, 1) == [5]


async def test_the_log_is_read_if_a_notification_has_no_events(
    log: MessageLog, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "SILENCE_SECONDS", PATIENCE_SECONDS)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        first = await first_of(feeds, events)
        add(log, 30)
        log.notify_head(ROOM, 30)
        assert (await first).sequence == 1
        assert await take(events, 29) == list(range(2, 31))


async def test_followers_share_one_listener_and_each_gets_all(log: MessageLog, feeds: Feeds) -> None:
    followers = [feeds.follow(ROOM, after=0) for _ in range(5)]
    add(log, 3)
    assert [await take(one, 3) for one in followers] == [[1, 2, 3]] * 5
    assert log.listeners(ROOM) == 1
    for one in followers:
        await one.aclose()


async def test_a_slow_follower_reads_the_log_where_recent_events_are_no_longer_kept(
    log: MessageLog, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MOST_EVENTS", 3)
    add(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as slow:
        assert await take(slow, 1) == [1]
        for _ in range(8):
            say(log)
        assert await take(slow, 8) == list(range(2, 10))


async def test_events_of_another_tenant_do_not_come(log: MessageLog, feeds: Feeds) -> None:
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        say(log, 2, room=OTHER_ROOM)
        say(log)
        [message] = [await anext(events)]
        assert message in log.read(ROOM, 0, limit=10, most_bytes=10_000)


async def test_a_cursor_before_the_retention_is_expired(log: MessageLog, feeds: Feeds) -> None:
    add(log, 5)
    log.prune(ROOM, 3)
    with pytest.raises(Expired) as expired:
        await anext(feeds.follow(ROOM, after=1))
    assert expired.value.oldest == 3
    async with aclosing(feeds.follow(ROOM, after=3)) as events:
        assert await take(events, 2) == [4, 5]


async def test_a_cursor_that_is_ahead_of_the_feed_only_is_followed(log: MessageLog, feeds: Feeds) -> None:
    add(log)
    async with aclosing(feeds.follow(ROOM)) as live:
        first = await first_of(feeds, live)
        add(log, 3)
        async with aclosing(feeds.follow(ROOM, after=3)) as events:
            assert await take(events, 1) == [4]
            assert (await first).sequence == 2


async def test_a_cursor_that_is_ahead_of_the_log_is_refused(log: MessageLog, feeds: Feeds) -> None:
    add(log, 2)
    for _ in range(2):  # At first the feed does not know the head, then it does.
        with pytest.raises(Ahead) as ahead:
            await anext(feeds.follow(ROOM, after=3))
        assert ahead.value.oldest == 2


@pytest.mark.parametrize("found_by", ["silence", "notification"])
async def test_a_log_that_is_set_back_ends_the_feed_and_its_followers(
    log: MessageLog, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, found_by: str
) -> None:
    if found_by == "notification":
        monkeypatch.setattr(timing, "SILENCE_SECONDS", PATIENCE_SECONDS)
    add(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        assert await take(events, 1) == [1]
        say(log, 3)
        assert await take(events, 3) == [2, 3, 4]
        log.set_back(ROOM, 2)
        waiting = asyncio.ensure_future(anext(events))
        if found_by == "notification":
            say(log)  # Another message with the sequence 3.
        with pytest.raises(Ahead):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await waiting
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.1)
    async with aclosing(feeds.follow(ROOM, after=2)) as events:
        add(log)
        assert await take(events, 1) == [3]


class WithoutNotifications(MessageLog):
    """A log whose notifications fail."""

    async def notifications(self, tenant_id: str) -> AsyncGenerator[Notification | None, None]:
        """Listen, and fail immediately."""
        yield None
        raise ConnectionError


async def test_the_log_is_polled_while_there_are_no_notifications() -> None:
    log = WithoutNotifications()
    feeds = Feeds(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        add(log, 3)
        assert await take(events, 3) == [1, 2, 3]


class Failing(MessageLog):
    """A log whose reads fail while ``is_away``. A failing read sets ``failed``."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.loop = asyncio.get_running_loop()
        self.failed = asyncio.Event()

    def read(self, tenant_id: str, after: int, *, limit: int, most_bytes: int) -> list[Message]:
        """Fail, or read."""
        if self.is_away:
            self.loop.call_soon_threadsafe(self.failed.set)
            raise ConnectionError
        return super().read(tenant_id, after, limit=limit, most_bytes=most_bytes)


async def test_a_log_that_comes_back_is_followed_from_the_last_position() -> None:
    log = Failing()
    feeds = Feeds(log)
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        add(log)
        assert await take(events, 1) == [1]
        log.is_away = True
        add(log, 2)
        await log.failed.wait()
        log.is_away = False
        assert await take(events, 2) == [2, 3]


async def test_a_feed_without_followers_ends_and_leaves_nothing(log: MessageLog, feeds: Feeds) -> None:
    async with aclosing(feeds.follow(ROOM, after=0)) as events:
        add(log)
        await take(events, 1)
        feed = feeds.of(ROOM)
        assert log.listeners(ROOM) == 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.wait({feed.running})
    assert (list(feeds), log.listeners(ROOM)) == ([], 0)


async def test_simultaneous_calls_share_a_result_that_begins_after_them() -> None:
    asked: list[int] = []
    gate = asyncio.Event()

    async def answer() -> int:
        asked.append(len(asked))
        await gate.wait()
        return asked[-1]

    flight = SingleFlight(answer)
    early = [asyncio.ensure_future(flight.result()) for _ in range(3)]
    await asyncio.sleep(0)
    late = [asyncio.ensure_future(flight.result()) for _ in range(3)]
    gate.set()
    assert (await asyncio.gather(*early), await asyncio.gather(*late)) == ([0] * 3, [1] * 3)


async def test_a_stream_that_goes_on_after_a_gap_is_followed_over_it(log: MessageLog, feeds: Feeds) -> None:
    add(log, 40)
    log.set_back(ROOM, 30)
    log.resume(ROOM, 10**15)
    live = feeds.follow(ROOM, after=30)
    first = await first_of(feeds, live)
    say(log, 3)
    later = [10**15 + number for number in (1, 2, 3)]
    assert [(await first).sequence, *await take(live, 2)] == later
    for after in (0, 7, 30):
        async with aclosing(feeds.follow(ROOM, after=after)) as events:
            assert await take(events, 33 - after) == [*range(after + 1, 31), *later]
    for lost in (31, 40, 10**15 - 7):
        with pytest.raises(Ahead) as refused:
            await take(feeds.follow(ROOM, after=lost), 1)
        async with aclosing(feeds.follow(ROOM, after=refused.value.oldest)) as events:
            assert await take(events, 3) == later
    await live.aclose()
