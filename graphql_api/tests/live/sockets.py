"""Sockets over the real schema; the test itself sends the notifications."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from events.channel_layer.broadcast import group_name, message
from events.dispatch.numbering import number
from events.models import Event
from graphql_api.access.context import Context
from graphql_api.live.event_log import EventLog
from graphql_api.server import server
from graphql_api.tests.client import executor
from graphql_server.execution.executor import Operation
from graphql_server.limits import SocketLimits
from graphql_server.live.registry import Registry
from graphql_server.live.stream.threads import in_thread
from graphql_server.testing.peer import Peer
from graphql_server.tests.asking import responses_of
from graphql_server.websocket.socket import GraphQLSocket
from orders.states import Status
from tenants.context import tenant_context
from tenants.values.identifiers import default_tenant_id
from tests.factories import place_order

live = server.live

TENANT = default_tenant_id("demo")
HOST = {"host": "localhost:8000"}
UNPINGED = {"ping_seconds": 600.0}
"""A test that expects no ping gets none, however slow the machine."""
SEQUENCES = "subscription ($after: String) { orderEvents(after: $after) { sequence cursor } }"


async def happen(
    count: int = 1, *, status: Status = Status.NEW, tenant_id: UUID = TENANT, **fields: Any
) -> list[Event]:
    """Commit and number that many orders, without a notification."""

    def write() -> list[Event]:
        with tenant_context(tenant_id):
            for _ in range(count):
                place_order(status=status, **fields)
            return number(tenant_id)

    return await in_thread(write)


def new_registry() -> Registry:
    """A registry over the real schema and log, for one test."""
    return Registry(executor(), EventLog(), lag_events=live.lag_events)


async def run_alone(operation: Operation, context: Context) -> Any:
    """The response maps of a subscription that shares no execution, or a map of ``errors`` if it did not begin."""
    registry = new_registry()
    prepared = await registry.executor.prepare(operation, context)
    return prepared if isinstance(prepared, dict) else responses_of(prepared, registry.sources.of(prepared))


async def notify(events: Sequence[Event], tenant_id: UUID = TENANT) -> None:
    """Notify the feeds."""
    await get_channel_layer().group_send(group_name(tenant_id), message(events))


async def received(peer: Peer, count: int, *, name: str = "orderEvents") -> list[int]:
    """The sequences of the next events that a client receives; pings are answered."""
    heard: list[int] = []
    while len(heard) < count:
        said = await peer.hears()
        assert isinstance(said, dict), said
        if said["type"] == "ping":
            await peer.says({"type": "pong"})
        else:
            assert said["type"] == "next", said
            heard.append(int(said["payload"]["data"][name]["sequence"]))
    return heard


def client(**limits: Any) -> Peer:
    """A client of the real API, acting for the open demo."""
    socket = GraphQLSocket(server.websocket.backend, SocketLimits(**(UNPINGED | limits)))
    return Peer(socket, headers=HOST, shares_tasks=True)


async def stands(peer: Peer, operation_id: str) -> str:
    """Wait until a subscription knows its position, and return its cursor."""
    async with asyncio.timeout(20):
        while True:
            said = await peer.hears()
            assert isinstance(said, dict)
            assert said["type"] == "ping", said
            await peer.says({"type": "pong"})
            cursor = said.get("payload", {}).get(operation_id)
            if cursor:
                return str(cursor)


async def begins(stack: AsyncExitStack, **limits: Any) -> Peer:
    """A client that has begun a subscription."""
    peer = await stack.enter_async_context(client(**limits))
    await peer.initialises()
    return peer


async def follows(peer: Peer, query: str = SEQUENCES, *, operation_id: str = "1", **variables: Any) -> None:
    """Subscribe."""
    await peer.subscribes(operation_id, query, variables=variables)
    assert await peer.is_alive()


async def next_of(peer: Peer) -> dict[str, Any]:
    """The next message that is not a ping; pings are answered."""
    while True:
        said = await peer.hears()
        assert isinstance(said, dict), said
        if said["type"] != "ping":
            return said
        await peer.says({"type": "pong"})
