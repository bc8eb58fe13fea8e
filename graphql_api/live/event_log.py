"""The event log as the source of live events: read from the database, notified through the tenant's Channels group."""

import asyncio
from collections.abc import AsyncGenerator
from copy import copy
from typing import Any
from uuid import UUID

import structlog
from channels.layers import get_channel_layer

from events import cursors, log_reader
from events.channel_layer.broadcast import APPENDED, group_name
from events.dispatch import numbering
from events.errors import CursorAhead, CursorExpired, InvalidCursor
from events.models import Event
from graphql_api.live.topics import facets
from graphql_api.loading.batch import as_batch
from graphql_server.ports.event_source import Ahead, BadCursor, Expired, Notification
from orders.search.facets import Facet

logger = structlog.get_logger(__name__)

JOIN_SECONDS = 2.0
"""Seconds that joining or leaving a group may take."""


class EventLog:
    """The events of all tenants; implements :class:`graphql_server.ports.event_source.EventSource`."""

    def head(self, tenant_id: UUID) -> int:
        """The sequence of the tenant's last numbered event, 0 before its first."""
        return log_reader.head(tenant_id)

    def settle(self, tenant_id: UUID) -> int:
        """Number every event that was committed before the call, and return the sequence of the last one."""
        return numbering.advance(tenant_id)

    def read(self, tenant_id: UUID, after: int, *, limit: int, most_bytes: int) -> list[Event]:
        """Numbered events after a sequence: at most ``limit``, and about ``most_bytes`` of memory.

        Raises:
            Expired: events after ``after`` have been pruned.
            Ahead: ``after`` is ahead of the log.
        """
        try:
            return log_reader.read_after(tenant_id, after, limit=limit, most_bytes=most_bytes)
        except CursorAhead as error:
            raise Ahead(error.oldest) from None
        except CursorExpired as error:
            raise Expired(error.oldest) from None

    async def notifications(self, tenant_id: UUID) -> AsyncGenerator[Notification | None, None]:
        """Yield None when the tenant's group is joined, then each message. Raises when the channel layer fails."""
        layer, group = get_channel_layer(), group_name(tenant_id)
        channel = await layer.new_channel()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await layer.group_add(group, channel)
            yield None
            while True:
                message = await layer.receive(channel)
                if message["type"] != APPENDED:  # of a later version
                    continue
                events = [Event.from_wire(tenant_id, one) for one in message["events"]]
                yield Notification(message["head"], events)
        finally:
            await leave(layer, group, channel)

    def encode(self, tenant_id: UUID, sequence: int) -> str:
        """The cursor after an event."""
        return cursors.encode(tenant_id, sequence)

    def decode(self, tenant_id: UUID, cursor: str) -> int:
        """The sequence of a cursor.

        Raises:
            BadCursor: the cursor was not made here for this tenant.
        """
        try:
            return cursors.decode(tenant_id, cursor)
        except InvalidCursor as error:
            raise BadCursor(str(error)) from None

    def size(self, event: Event) -> int:
        """About how many bytes of memory the event takes."""
        return log_reader.bytes_of(event)

    def facets(self, event: Event) -> set[Facet]:
        """The facets of the event's order; :class:`graphql_api.live.topics.Topic` requires some."""
        return facets(event)

    def isolated(self, event: Event) -> Event:
        """A copy for executions in one thread, which share what is loaded with the event.

        The event itself keeps nothing.
        """
        alone: Event
        [alone] = as_batch([copy(event)])
        return alone


async def leave(layer: Any, group: str, channel: str) -> None:
    """Leave a group. If the channel layer is unreachable, the membership expires by itself."""
    try:
        async with asyncio.timeout(JOIN_SECONDS):
            await layer.group_discard(group, channel)
    except Exception as error:
        logger.info("group_not_left", group=group, error=type(error).__name__)
