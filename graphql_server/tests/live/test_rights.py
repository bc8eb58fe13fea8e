"""Connected people act with their present rights."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_server.execution.executor import Executor
from graphql_server.live.subscriber import Subscriber
from graphql_server.ports.callers import Ended, Rights
from graphql_server.testing.peer import PATIENCE_SECONDS, Closed
from graphql_server.tests.chat.people import EVERYTHING, READ, WRITE
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, data, error, has_begun, hears, is_silent, texts
from graphql_server.websocket import connection_registry


@pytest.fixture(autouse=True)
def read_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for rights every few milliseconds."""
    monkeypatch.setattr(connection_registry, "CHECK_SECONDS", 0.02)


async def test_a_person_whose_rights_end_is_disconnected_with_the_reason(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer, "ann")
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.bouncer.rights["ann"] = Ended("you were thrown out")
        assert await hears(peer) == Closed(4403, "Forbidden: you were thrown out")


async def test_a_person_who_may_no_longer_read_loses_only_the_subscription(chat: Chat) -> None:
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


async def test_a_person_who_may_still_read_goes_on_without_a_gap(chat: Chat) -> None:
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


ALONE = "subscription ($after: String!) { messages(after: $after) { author text cursor } }"
"""A required cursor: the subscription shares its execution with no other."""


@dataclass
class Check:
    """The check of changed rights, which a test holds up."""

    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    changes: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    """The callers with changed rights, as they come to the subscription."""


def hold(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, let a subscription begin, and go on, only when the test says so."""
    prepare, renew = Executor.prepare, Subscriber.renew

    async def held(self: Executor, *args: Any, **options: Any) -> Any:
        check.has_begun.set()
        await check.may_end.wait()
        return await prepare(self, *args, **options)

    async def counted(self: Subscriber, caller: Any) -> None:
        check.changes.put_nowait(caller)
        await renew(self, caller)

    monkeypatch.setattr(Executor, "prepare", held)
    monkeypatch.setattr(Subscriber, "renew", counted)


@pytest.mark.parametrize("query", [MESSAGES, ALONE])
@pytest.mark.parametrize(("scopes", "is_allowed"), [([{WRITE}], False), ([{READ}], True), ([{READ}, {WRITE}], False)])
async def test_nothing_is_sent_before_changed_rights_are_checked(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, query: str, scopes: list[set[str]], is_allowed: bool
) -> None:
    check = Check()
    async with chat.client() as peer, chat.client() as witness:
        for one, name in ((peer, "ann"), (witness, "bob")):
            await chat.enter(one, name)
            await one.subscribes("1", query, variables={"after": f"{chat.room}:0"})
        chat.say("before")
        assert [await texts(one, 1) for one in (peer, witness)] == [["before"], ["before"]]
        hold(check, monkeypatch)
        async with asyncio.timeout(PATIENCE_SECONDS):
            for some in scopes:
                chat.bouncer.rights["ann"] = Rights(frozenset(some))
                await check.changes.get()
            await check.has_begun.wait()
        chat.say("meanwhile")
        assert await texts(witness, 1) == ["meanwhile"]
        assert await is_silent(peer)
        check.may_end.set()
        if is_allowed:
            assert await texts(peer, 1) == ["meanwhile"]
        else:
            assert (await error(peer))["extensions"]["code"] == "FORBIDDEN"
