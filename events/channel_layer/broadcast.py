"""Notifications over Channels: of live subscribers, by the dispatcher, and of dispatchers, by other processes.

A notification arrives at most once. A subscriber that misses one reads the log, a dispatcher that misses one polls.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from events.metrics import metrics
from events.models import Event

log = structlog.get_logger(__name__)

APPENDED, NOTIFIED = "events.appended", "dispatchers.notified"
"""The types of the messages. Readers ignore other types and unknown fields: the sender may be of a later version."""
SEND_SECONDS = 1.0
SHORTCUT_EVENTS = 20
MAX_UNSENT = 1000
REST_SECONDS = 0.01
"""How long a process waits between two notifications of dispatchers; tenants that come meanwhile go into the next."""
LISTEN_AGAIN_SECONDS = 1.0


def dispatchers_group() -> str:
    """The name of the group of all dispatchers."""
    return f"{settings.CHANNEL_PREFIX}.dispatchers"


def group_name(tenant_id: UUID) -> str:
    """The name of the tenant's group. Only this function makes one, so the tenant is always in it."""
    return f"{settings.CHANNEL_PREFIX}.events.{tenant_id.hex}"


def message(events: Sequence[Event]) -> dict[str, Any]:
    """The notification of ``events``, at least one and in order; it carries the events if they are few."""
    shortcut = [event.to_wire() for event in events] if len(events) <= SHORTCUT_EVENTS else []
    return {"type": APPENDED, "head": events[-1].sequence, "events": shortcut}


class Publisher:
    """One event loop per process to send from: with a new loop for each message, each would need a new Redis pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.unsent = 0
        self.notified: set[UUID] = set()
        self.is_notifying = False

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
        asyncio.run_coroutine_threadsafe(self.send_counted(group, content), self.running_loop())

    async def send_counted(self, group: str, content: dict[str, Any]) -> None:
        try:
            await self.send(group, content)
        finally:
            self.unsent -= 1

    async def send(self, group: str, content: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().group_send(group, content)
        except Exception as error:  # the channel layer is unreachable; readers look in the database
            metrics.PUBLISH_FAILURES.inc()
            log.warning("publish_failed", group=group, error=type(error).__name__)

    def notify_dispatchers(self, tenant_id: UUID) -> None:
        """Notify soon, without waiting: by a message of its own, or by the next one if one is under way."""
        with self.lock:
            self.notified.add(tenant_id)
            if self.is_notifying:
                return
            self.is_notifying = True
        asyncio.run_coroutine_threadsafe(self.send_notified(), self.running_loop())

    async def send_notified(self) -> None:
        while tenant_ids := self.next_notified():
            content = {"type": NOTIFIED, "tenants": [tenant_id.hex for tenant_id in tenant_ids]}
            await self.send(dispatchers_group(), content)
            await asyncio.sleep(REST_SECONDS)

    def next_notified(self) -> set[UUID]:
        with self.lock:
            tenant_ids, self.notified = self.notified, set()
            self.is_notifying = bool(tenant_ids)
            return tenant_ids


_publisher = Publisher()
notify_dispatchers = _publisher.notify_dispatchers


def publish(events: Sequence[Event]) -> None:
    """Notify their tenant's live subscribers that ``events``, at least one and in order, are in the log.

    Never waits, and never raises because the channel layer is unreachable.
    """
    _publisher.publish(group_name(cast(UUID, events[0].tenant_id)), message(events))


def listen(notified: Callable[[Iterable[UUID]], None]) -> "Future[None]":
    """Call ``notified``, on the publisher's thread, with the tenants of each notification, until this is cancelled."""
    return asyncio.run_coroutine_threadsafe(keep_listening(notified), _publisher.running_loop())


async def keep_listening(notified: Callable[[Iterable[UUID]], None]) -> None:
    while True:
        try:
            await receive_notifications(notified)
        except Exception as error:  # the channel layer is away
            log.info("notifications_not_received", error=type(error).__name__)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)


async def receive_notifications(notified: Callable[[Iterable[UUID]], None]) -> None:
    layer, group = get_channel_layer(), dispatchers_group()
    channel = await layer.new_channel()
    try:
        await layer.group_add(group, channel)
        while True:
            message = await layer.receive(channel)
            if message["type"] == NOTIFIED:  # Others are of a later version.
                notified([UUID(tenant_id) for tenant_id in message["tenants"]])
    finally:
        with suppress(Exception):  # a membership that is left behind expires
            async with asyncio.timeout(SEND_SECONDS):
                await layer.group_discard(group, channel)
