"""Notifications of dispatchers over Channels, by other processes: these tenants have new events.

A notification arrives at most once. A dispatcher that misses one polls.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from events.channel_layer.broadcast import SEND_SECONDS, publisher

log = structlog.get_logger(__name__)

NOTIFIED = "dispatchers.notified"
"""The messages' type. Readers ignore other types and unknown fields: the sender may be of a later version."""
REST_SECONDS = 0.01
"""Seconds between two notifications of a process; the next names all tenants that have had events meanwhile."""
LISTEN_AGAIN_SECONDS = 1.0


def dispatchers_group() -> str:
    """The name of the group of all dispatchers."""
    return f"{settings.CHANNEL_PREFIX}.dispatchers"


class Notifier:
    """Sends the tenants that have new events, those of many transactions in one message."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.notified: set[UUID] = set()
        self.is_sending = False

    def notify(self, tenant_id: UUID) -> None:
        """Notify soon, without waiting: by a message of its own, or by the next one if one is under way."""
        with self.lock:
            self.notified.add(tenant_id)
            if self.is_sending:
                return
            self.is_sending = True
        publisher.run(self.send())

    async def send(self) -> None:
        while tenant_ids := self.next_notified():
            content = {"type": NOTIFIED, "tenants": [tenant_id.hex for tenant_id in tenant_ids]}
            await publisher.send(dispatchers_group(), content)
            await asyncio.sleep(REST_SECONDS)

    def next_notified(self) -> set[UUID]:
        with self.lock:
            tenant_ids, self.notified = self.notified, set()
            self.is_sending = bool(tenant_ids)
            return tenant_ids


notify_dispatchers = Notifier().notify


def listen(notified: Callable[[Iterable[UUID]], None]) -> "Future[None]":
    """Call ``notified``, on the publisher's thread, with the tenants of each notification, until this is cancelled."""
    return publisher.run(keep_listening(notified))


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
