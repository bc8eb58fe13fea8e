"""Rights that change while subscriptions run."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from events import cursors
from graphql_api.tests.live.sockets import (
    TENANT,
    begins,
    follows,
    happen,
    notify,
    received,
)
from graphql_server.execution.executor import Executor
from tenants.auth.authentication import demo_caller

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.receivers_off_too,
    pytest.mark.usefixtures("frequent_reads"),
]


async def test_narrowed_rights_count_immediately_without_gap_or_repeat(connections: list[Any]) -> None:
    shown = "sequence order { auditRecords { nodes { action } } }"
    query = f"subscription ($after: String) {{ orderEvents(after: $after) {{ {shown} }} }}"
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        await follows(peer, query, after=cursors.encode(TENANT, 0))
        await notify(await happen())
        first = await peer.hears()
        connections[0].renew(replace(demo_caller(), scopes=frozenset({"orders:read"})))
        assert await peer.is_alive()
        await notify(await happen())
        second = await peer.hears()
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert "errors" not in first["payload"]
    assert second["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_places_of_errors_fit_each_subscribers_layout(connections: list[Any]) -> None:
    shown = "sequence order { auditRecords { nodes { action } } }"
    query = f"subscription ($after: String) {{ orderEvents(after: $after) {{ {shown} }} }}"
    async with AsyncExitStack() as stack:
        peers = [await begins(stack) for _ in range(3)]
        for one in connections:
            one.renew(replace(demo_caller(), scopes=frozenset({"orders:read"})))
        for number, peer in enumerate(peers):
            await follows(peer, "\n" * number + query, after=cursors.encode(TENANT, 0))
        await notify(await happen())
        answers: list[Any] = [await peer.hears() for peer in peers]
        await notify(await happen())
        answers += [await peer.hears() for peer in peers]
    lines = [answer["payload"]["errors"][0]["locations"][0]["line"] for answer in answers]
    assert lines == [1, 2, 3, 1, 2, 3]


async def test_rights_that_are_narrowed_in_the_midst_of_events_lose_none(connections: list[Any]) -> None:
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        await follows(peer, after=cursors.encode(TENANT, 0))
        scopes = [frozenset({"orders:read"}), frozenset({"orders:read", "audit:read"})]
        for number in range(10):
            await notify(await happen())
            connections[0].renew(replace(demo_caller(), scopes=scopes[number % 2]))
        assert await received(peer, 10) == list(range(1, 11))


async def test_rights_that_change_while_a_subscription_begins_count(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, prepare = asyncio.Event(), Executor.prepare

    async def slowly(self: Any, operation: Any, context: Any, **given: Any) -> Any:
        prepared = await prepare(self, operation, context, **given)
        await gate.wait()
        return prepared

    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        with monkeypatch.context() as patched:
            patched.setattr(Executor, "prepare", slowly)
            await follows(peer, after=cursors.encode(TENANT, 0))
            connections[0].renew(replace(demo_caller(), scopes=frozenset()))
            assert await peer.is_alive()
            gate.set()
            said = await peer.hears()
        assert isinstance(said, dict)
        assert (said["type"], said["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")


@pytest.mark.parametrize("rights", ["none", "another tenant"])
async def test_subscription_that_is_not_allowed_any_more_ends(
    connections: list[Any], rights: str, other_tenant: Any
) -> None:
    caller = demo_caller()
    changed = replace(caller, scopes=frozenset()) if rights == "none" else replace(caller, tenant_id=other_tenant.id)
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        await follows(peer, after=cursors.encode(TENANT, 0))
        connections[0].renew(changed)
        said = await peer.hears()
        assert isinstance(said, dict)
        assert (said["type"], said["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
        await notify(await happen())
        assert await peer.is_alive()
