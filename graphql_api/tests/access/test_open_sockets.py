"""Sockets end with the rights of their callers, and their number is limited."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session as StoredSession
from django.db import OperationalError
from django.utils import timezone

from graphql_api.server import server
from graphql_server.limits import SocketCounts
from graphql_server.ports.callers import Ended, Rights
from graphql_server.testing.peer import PATIENCE_SECONDS, Closed, Peer
from graphql_server.websocket import connection_registry as module
from tenants import rights
from tenants.models import ApiToken, Membership, Tenant, User
from tests import factories

connections = server.websocket.backend.connections
pytestmark = [pytest.mark.usefixtures("executor"), pytest.mark.django_db(transaction=True)]

SECONDS = 2.0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many credentials each query to the database was about."""
    sizes: list[int] = []
    read = rights.read

    def counted(known: set[rights.Credentials]) -> Any:
        sizes.append(len(known))
        return read(known)

    monkeypatch.setattr(rights, "read", counted)
    return sizes


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask ten times as often, so that tests are short."""
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)


def peer_from(address: str = "192.0.2.1") -> Peer:
    """A client at another address."""
    return Peer(server.websocket, headers={"host": "localhost"}, address=address)


async def token(**fields: Any) -> dict[str, str]:
    """The payload of a new token."""
    return {"authorization": f"Bearer {await sync_to_async(factories.token)(**fields)}"}


async def next_after_pings(peer: Peer) -> object:
    """The client's next message that is not a ping."""
    while True:
        heard = await peer.hears()
        if not isinstance(heard, dict) or heard["type"] != "ping":
            return heard


async def update(rows: Any, **fields: Any) -> None:
    """Change rows as another process would."""
    await sync_to_async(rows.update)(**fields)


ENDS: list[tuple[Callable[[], Any], dict[str, Any], str]] = [
    (ApiToken.objects.all, {"revoked_at": timezone.now()}, "the token was revoked"),
    (ApiToken.objects.all, {"expires_at": timezone.now()}, "the token has expired"),
    (Tenant.objects.all, {"is_active": False}, "the tenant is disabled"),
]


@pytest.mark.parametrize(("rows", "change", "reason"), ENDS)
async def test_a_socket_ends_with_the_rights_of_its_token(
    often: None, rows: Callable[[], Any], change: dict[str, Any], reason: str
) -> None:
    async with peer_from() as peer:
        await peer.initialises(await token())
        await update(rows(), **change)

        assert await next_after_pings(peer) == Closed(4403, f"Forbidden: {reason}")


async def test_a_socket_ends_within_two_seconds() -> None:
    """Rights are read once a second, which leaves a second for the read; on a busy machine the next try decides."""
    seconds = [await seconds_to_the_end() for _ in range(2)]
    assert min(seconds) < SECONDS
    assert module.CHECK_SECONDS <= SECONDS / 2


async def seconds_to_the_end() -> float:
    """How long a socket stays open after its token ended."""
    async with peer_from() as peer:
        await peer.initialises(await token())
        began = asyncio.get_running_loop().time()
        await update(ApiToken.objects.all(), revoked_at=timezone.now())
        assert await next_after_pings(peer) == Closed(4403, "Forbidden: the token was revoked")
        return asyncio.get_running_loop().time() - began


@pytest.mark.parametrize(
    ("rows", "change", "reason"),
    [
        (User.objects.all, {"is_active": False}, "your account is disabled"),
        (User.objects.all, {"password": "argon2$another"}, "your session has ended"),
        (Membership.objects.all, None, "you no longer belong to this tenant"),
        (StoredSession.objects.all, None, "your session has ended"),
        (StoredSession.objects.all, {"expire_date": timezone.now()}, "your session has ended"),
    ],
)
async def test_a_persons_socket_ends_with_their_rights(
    async_client: Any, often: None, rows: Callable[[], Any], change: dict[str, Any] | None, reason: str
) -> None:
    person = await sync_to_async(factories.user)()
    await async_client.aforce_login(person)
    cookie = f"sessionid={async_client.cookies['sessionid'].value}"
    headers = {"host": "localhost", "origin": "http://localhost", "cookie": cookie}
    async with Peer(server.websocket, headers=headers, address="192.0.2.1") as peer:
        await peer.initialises()
        if change is None:
            await sync_to_async(rows().delete)()
        else:
            await update(rows(), **change)

        assert await next_after_pings(peer) == Closed(4403, f"Forbidden: {reason}")


async def test_an_expired_token_ends_a_socket_on_time_without_a_statement(
    asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 60)
    async with peer_from() as peer:
        await peer.initialises(await token(expires_at=timezone.now() + timedelta(seconds=4)))

        assert await next_after_pings(peer) == Closed(4403, "Forbidden: the token has expired")
    assert asked == []


async def test_more_and_fewer_rights_count_immediately(often: None) -> None:
    async with peer_from() as peer:
        await peer.initialises(await token(scopes=["orders:read"]))
        assert (await answer(peer, "{ audited }"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"

        await update(ApiToken.objects.all(), scopes=["orders:read", "audit:read"])
        await eventually(peer, "{ audited }", {"audited": "audited"})
        await update(ApiToken.objects.all(), scopes=["orders:read"])
        await eventually(peer, "{ audited }", None)


async def answer(peer: Peer, query: str) -> dict[str, Any]:
    """The response to a query."""
    await peer.subscribes("q", query)
    heard: Any = None
    while heard is None or heard["type"] != "complete":
        heard = await next_after_pings(peer)
        if heard["type"] == "next":
            response: dict[str, Any] = heard["payload"]
    return response


async def eventually(peer: Peer, query: str, data: dict[str, Any] | None) -> None:
    """Repeat the query until this is the answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await answer(peer, query))["data"] != data:  # noqa: ASYNC110  # the database has changed
            await asyncio.sleep(0.05)


async def test_one_statement_reads_all_credentials(often: None, asked: list[int]) -> None:
    async with AsyncExitStack() as stack:
        for payload in [await token(), await token()] * 3:
            await (await stack.enter_async_context(peer_from())).initialises(payload)
        began = asyncio.get_running_loop().time()
        while len(asked) < 3:  # noqa: ASYNC110  # another thread asks
            await asyncio.sleep(0.05)
        looks = (asyncio.get_running_loop().time() - began) / module.CHECK_SECONDS

    assert len(asked) <= looks + 2
    assert set(asked) == {2}


async def test_the_demo_and_idle_processes_need_no_statement(often: None, asked: list[int]) -> None:
    watching = [is_watching()]
    async with peer_from("127.0.0.1") as peer:
        await peer.initialises()
        watching.append(is_watching())
    async with peer_from() as peer:
        await peer.initialises(await token())
        watching.append(is_watching())
    watching.append(is_watching())

    assert watching == [False, False, True, False]
    assert asked == []
    assert (dict(connections.open), connections.callers) == ({}, {})


def is_watching() -> bool:
    """Whether the process reads rights repeatedly."""
    return connections.watch is not None


async def test_while_the_database_is_unreachable_all_sockets_stay(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def away(_: object) -> None:
        loop.call_soon_threadsafe(failed.set)
        raise OperationalError

    async with peer_from() as peer:
        await peer.initialises(await token())
        with monkeypatch.context() as patch:
            patch.setattr(rights, "read", away)
            await asyncio.wait_for(failed.wait(), PATIENCE_SECONDS)
            assert await peer.is_alive()
        await update(ApiToken.objects.all(), revoked_at=timezone.now())
        assert await next_after_pings(peer) == Closed(4403, "Forbidden: the token was revoked")


@pytest.mark.parametrize(
    ("name", "whose"), [("address", "this address"), ("caller", "these credentials"), ("tenant", "this tenant")]
)
async def test_too_many_sockets_are_refused_until_others_close(
    monkeypatch: pytest.MonkeyPatch, name: str, whose: str
) -> None:
    monkeypatch.setattr(connections, "limits", SocketCounts(**{"address": 0, "caller": 0, "tenant": 0} | {name: 2}))
    payload = await token()
    async with peer_from() as first:
        await first.initialises(payload)
        async with peer_from() as second:
            await second.initialises(payload)
            async with peer_from() as third:
                await third.says({"type": "connection_init", "payload": payload})
                heard = await third.hears()
            assert heard == Closed(1013, f"Too many sockets of {whose}: at most 2 are allowed")
        async with peer_from() as fourth:
            await fourth.initialises(payload)
            assert await first.is_alive()


async def test_limits_of_a_caller_leave_room_for_other_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "limits", SocketCounts(address=1, caller=1, tenant=0))
    async with peer_from() as first:
        await first.initialises(await token())
        async with peer_from("192.0.2.2") as second:
            await second.initialises(await token())
            assert await first.is_alive()


def test_socket_that_fails_to_end_does_not_keep_others_open() -> None:
    ended: list[str] = []

    class Entry:
        def __init__(self, name: str) -> None:
            self.socket: Any = name

        def apply(self, now: Rights | Ended) -> None:
            ended.append(self.socket)
            if self.socket == "broken" and len(ended) < 3:
                raise RuntimeError

    entries: list[Any] = [Entry("broken"), Entry("whole")]
    callers = module.CallerSockets({entry.socket: entry for entry in entries})

    for _ in range(3):
        callers.apply(module.EXPIRED)

    assert ended == ["broken", "whole", "broken", "whole"]
