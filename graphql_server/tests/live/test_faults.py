"""Faults cost time and no event: lost notifications, an unreachable log, slow clients."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from graphql_server.limits import Limits, SocketLimits
from graphql_server.ports.event_source import Notification
from graphql_server.testing.peer import Closed
from graphql_server.tests.chat.log import Message, MessageLog
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, has_begun, hears, texts


class Unreliable(MessageLog):
    """The log of a chat behind a database and a channel that may be unreachable."""

    def __init__(self, log: MessageLog) -> None:
        super().__init__()
        vars(self).update(vars(log))
        self.is_away = self.is_silent = False
        self.failures = 0

    def check(self) -> None:
        """Fail while the log is unreachable."""
        if self.is_away:
            self.failures += 1
            raise ConnectionError("away")

    def head(self, tenant_id: str) -> int:
        """Fail, or return the head."""
        self.check()
        return super().head(tenant_id)

    def read(self, tenant_id: str, after: int, *, limit: int, most_bytes: int) -> list[Message]:
        """Fail, or read."""
        self.check()
        return super().read(tenant_id, after, limit=limit, most_bytes=most_bytes)

    async def notifications(self, tenant_id: str) -> AsyncGenerator[Notification | None, None]:
        """Fail, or listen until the channel is lost."""
        if self.is_silent:
            raise ConnectionError("no channel")
        async for notification in super().notifications(tenant_id):
            if self.is_silent:
                raise ConnectionError("the channel is lost")
            yield notification


@pytest.fixture
def unreliable(chat: Chat) -> Unreliable:
    """The log of the chat, without a fault at first."""
    return Unreliable(chat.log)


async def test_after_a_lost_notification_the_log_is_read(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        for text in ("one", "two"):
            chat.log.add(chat.room, "bob", text)
        assert await texts(peer, 2) == ["one", "two"]


async def test_repeated_and_late_notifications_are_delivered_once(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        one, two, three = [chat.log.add(chat.room, "bob", text) for text in ("one", "two", "three")]
        for messages in ([two], [one], [two], [one, two], [three], [three], [one]):
            chat.log.notify(chat.room, *messages)
        assert await texts(peer, 3) == ["one", "two", "three"]
        chat.say("four")
        assert await texts(peer, 1) == ["four"]


async def test_a_channel_that_is_lost_is_replaced_by_reading_and_comes_back(unreliable: Unreliable) -> None:
    chat = Chat(source=unreliable)
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.say("one")
        unreliable.is_silent = True
        chat.say("two")
        assert await texts(peer, 2) == ["one", "two"]
        chat.log.add(chat.room, "bob", "three")
        assert await texts(peer, 1) == ["three"]
        unreliable.is_silent = False
        chat.say("four")
        assert await texts(peer, 1) == ["four"]


async def test_an_unreachable_log_delays_events_and_ends_no_subscription(unreliable: Unreliable) -> None:
    chat = Chat(source=unreliable)
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.say("one")
        assert await texts(peer, 1) == ["one"]
        unreliable.is_away = True
        chat.log.add(chat.room, "bob", "two")
        async with asyncio.timeout(20):
            while not unreliable.failures:  # noqa: ASYNC110 -- a thread counts them
                await asyncio.sleep(0.01)
        unreliable.is_away = False
        assert await texts(peer, 1) == ["two"]


async def test_a_subscription_that_can_not_begin_gets_an_error_and_may_try_again(unreliable: Unreliable) -> None:
    chat = Chat(source=unreliable)
    chat.say("one")
    unreliable.is_away = True
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:0"})
        heard = await hears(peer)
        assert heard["type"] == "error"
        assert heard["payload"][0]["message"] == "Internal server error."
        assert "away" not in str(heard)
        unreliable.is_away = False
        await peer.subscribes("2", MESSAGES, variables={"after": f"{chat.room}:0"})
        assert await texts(peer, 1, "2") == ["one"]


async def test_a_client_that_answers_no_ping_gets_its_cursor_and_is_closed(short_times: None) -> None:
    chat = Chat(limits=Limits(socket=SocketLimits(window_bytes=1_000, silence_seconds=0.3, ping_seconds=5)))
    async with chat.client() as slow:
        await chat.enter(slow)
        chat.say(*map(str, range(60)))
        await slow.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:0"})
        heard: list[Any] = []
        while not isinstance(one := await slow.hears(), Closed):
            heard.append(one)
    delivered = [one["payload"]["data"]["messages"]["text"] for one in heard if one["type"] == "next"]
    [lagged] = [one["payload"][0]["extensions"] for one in heard if one["type"] == "error"]
    assert delivered == [*map(str, range(len(delivered)))]
    assert lagged == {"code": "STREAM_LAGGED", "cursor": f"{chat.room}:{len(delivered)}"}
    assert one == Closed(4408, "Too far behind: pings were not answered in time")
