"""A connected person acts by the rights that they have now."""

from datetime import UTC, datetime, timedelta

import pytest

from graphql_server.ports import Ended, Rights
from graphql_server.tests.chat.people import EVERYTHING, READ, WRITE
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, data, error, has_begun, hears, texts
from graphql_server.tests.websocket.peer import Closed
from graphql_server.websocket import connection_registry


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are asked about every few milliseconds."""
    monkeypatch.setattr(connection_registry, "CHECK_SECONDS", 0.02)


async def test_a_person_whose_rights_end_is_disconnected_with_the_reason(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer, "ann")
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.bouncer.rights["ann"] = Ended("you were thrown out")
        assert await hears(peer) == Closed(4403, "Forbidden: you were thrown out")


async def test_a_person_who_may_read_no_longer_loses_the_subscription_alone(chat: Chat) -> None:
    async with chat.client() as peer, chat.client() as other:
        for one, name in ((peer, "ann"), (other, "bob")):
            await chat.enter(one, name)
            await one.subscribes("1", MESSAGES)
            await has_begun(one)
        chat.bouncer.rights["ann"] = Rights(frozenset({WRITE}))
        assert (await error(peer))["extensions"]["code"] == "FORBIDDEN"
        await peer.subscribes("2", "{ __typename }")
        assert await data(peer, "2") == "Query"
        chat.say("hello")
        assert await texts(other, 1) == ["hello"]


async def test_a_person_who_still_may_read_goes_on_without_a_gap(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer, "ann")
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.say("one")
        assert await texts(peer, 1) == ["one"]
        chat.bouncer.rights["ann"] = Rights(frozenset({READ}))
        for number in range(100):
            chat.say(f"{number}")
        assert await texts(peer, 100) == [f"{number}" for number in range(100)]


async def test_a_socket_ends_when_the_credentials_of_its_person_expire(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer, "ann")
        soon = datetime.now(UTC) + timedelta(seconds=0.2)
        chat.bouncer.rights["ann"] = Rights(EVERYTHING, expires_at=soon)
        assert await hears(peer) == Closed(4403, "Forbidden: the token has expired")
        assert datetime.now(UTC) >= soon
