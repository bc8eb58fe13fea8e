"""Notify live subscribers by one message to the tenant's Channels group.

A notification arrives at most once. It may carry the events as a shortcut; a subscriber that misses it reads the log.
"""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from events.metrics import metrics
from events.models import Event

log = structlog.get_logger(__name__)

SEND_SECONDS = 1.0
SHORTCUT_EVENTS = 20
MAX_UNSENT = 1000


def group_name(tenant_id: UUID) -> str:
    """The name of the tenant's group. Only this function makes one, so the tenant is always in it."""
    return f"{settings.CHANNEL_PREFIX}.events.{tenant_id.hex}"


def message(events: Sequence[Event]) -> dict[str, Any]:
    """The notification of ``events``, at least one and in order; it carries the events if they are few."""
    shortcut = [event.to_wire() for event in events] if len(events) <= SHORTCUT_EVENTS else []
    return {"type": "events.appended", "head": events[-1].sequence, "events": shortcut}


class Publisher:
    """One event loop per process to send from: with a new loop for each message, each would need a new Redis pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.unsent = 0

    def running_loop(self) -> asyncio.AbstractEventLoop:
        with self.lock:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                threading.Thread(target=self.loop.run_forever, name="publisher", daemon=True).start()
            return self.loop

    def publish(self, group: str, content: dict[str, Any]) -> None:
        """Send soon, without waiting; while too many messages are unsent, drop the message and count it."""
        if self.unsent >= MAX_UNSENT:
            metrics.PUBLISH_FAILURES.inc()
            return
        self.unsent += 1
        asyncio.run_coroutine_threadsafe(self.send(group, content), self.running_loop())

    async def send(self, group: str, content: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().group_send(group, content)
        except Exception as error:  # the channel layer is away; subscribers read the log
            metrics.PUBLISH_FAILURES.inc()
            log.warning("publish_failed", group=group, error=type(error).__name__)
        finally:
            self.unsent -= 1


_publisher = Publisher()


def publish(events: Sequence[Event]) -> None:
    """Notify their tenant's live subscribers that ``events``, at least one and in order, are in the log.

    Never waits, and never raises because the channel layer is away.
    """
    _publisher.publish(group_name(cast(UUID, events[0].tenant_id)), message(events))
