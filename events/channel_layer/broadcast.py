"""Notifications of live subscribers over Channels, by the dispatcher.

A notification arrives at most once. A subscriber that misses one reads the log.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, cast
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from events.metrics import metrics
from events.models import Event

log = structlog.get_logger(__name__)

APPENDED = "events.appended"
"""The messages' type. Readers ignore other types and unknown fields: the sender may be of a later version."""
SEND_SECONDS = 1.0
SHORTCUT_EVENTS = 20
MAX_UNSENT = 1000


def group_name(tenant_id: UUID) -> str:
    """The name of the tenant's group. Only this function makes one, so the tenant is always in it."""
    return f"{settings.CHANNEL_PREFIX}.events.{tenant_id.hex}"


def message(events: Sequence[Event]) -> dict[str, Any]:
    """The notification of ``events``, at least one and in order; it carries the events if they are few."""
    shortcut = [event.to_wire() for event in events] if len(events) <= SHORTCUT_EVENTS else []
    return {"type": APPENDED, "head": events[-1].sequence, "events": shortcut}


class Publisher:
    """The event loop of this process that sends. A new loop for each message would need a new Redis pool each time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.unsent = 0

    def run(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        """Run this on the publisher's thread, without waiting."""
        with self.lock:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                threading.Thread(target=self.loop.run_forever, name="publisher", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def publish(self, group: str, content: dict[str, Any]) -> None:
        """Send soon, without waiting; while too many messages are unsent, drop the message and count it."""
        if self.unsent >= MAX_UNSENT:
            metrics.PUBLISH_FAILURES.inc()
            return
        self.unsent += 1
        self.run(self.send_counted(group, content))

    async def send_counted(self, group: str, content: dict[str, Any]) -> None:
        try:
            await self.send(group, content)
        finally:
            self.unsent -= 1

    async def send(self, group: str, content: dict[str, Any]) -> None:
        """Send on the publisher's thread. A failure is counted and does no harm."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().group_send(group, content)
        except Exception as error:  # the channel layer is unreachable; readers look in the database
            metrics.PUBLISH_FAILURES.inc()
            log.warning("publish_failed", group=group, error=type(error).__name__)


publisher = Publisher()


def publish(events: Sequence[Event]) -> None:
    """Notify their tenant's live subscribers that ``events``, at least one and in order, are in the log.

    Never waits, and never raises because the channel layer is unreachable.
    """
    publisher.publish(group_name(cast(UUID, events[0].tenant_id)), message(events))
