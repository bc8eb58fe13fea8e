"""The embedded default's channel layer: in memory, for several threads of one process.

``channels.layers.InMemoryChannelLayer`` is for one thread: a send from another to an idle loop arrives seconds late.
Here each channel belongs to the loop that receives from it, and a sender puts its messages there.
"""

import asyncio
import secrets
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from channels.layers import BaseChannelLayer

Message = dict[str, Any]


@dataclass(slots=True)
class Mailbox:
    """A channel's messages and the loop on which they are read."""

    loop: asyncio.AbstractEventLoop
    messages: asyncio.Queue[Message]

    def put(self, message: Message) -> None:
        """Add a message, on the mailbox's own loop; at capacity it is dropped, as every layer does."""
        if not self.messages.full():
            self.messages.put_nowait(message)


class ThreadSafeInMemoryLayer(BaseChannelLayer):  # type: ignore[misc]  # channels has no types
    """At most once, like every channel layer; a channel is received from by the loop that made it."""

    extensions = ["groups", "flush"]

    def __init__(self, expiry: int = 60, capacity: int = 1000, **_: Any) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.lock = threading.Lock()
        self.mailboxes: dict[str, Mailbox] = {}
        self.groups: dict[str, set[str]] = defaultdict(set)

    async def new_channel(self, prefix: str = "specific") -> str:
        """A new channel, read on the running loop."""
        channel = f"{prefix}.inmemory!{secrets.token_hex(8)}"
        self._mailbox(channel)
        return channel

    def _mailbox(self, channel: str) -> Mailbox:
        with self.lock:
            if channel not in self.mailboxes:
                self.mailboxes[channel] = Mailbox(asyncio.get_running_loop(), asyncio.Queue(self.capacity))
            return self.mailboxes[channel]

    async def send(self, channel: str, message: Message) -> None:
        """Put a message into a channel; a message to a channel without a reader is lost."""
        self._deliver(channel, message)

    def _deliver(self, channel: str, message: Message) -> None:
        mailbox = self.mailboxes.get(channel)
        if mailbox is not None and not mailbox.loop.is_closed():
            mailbox.loop.call_soon_threadsafe(mailbox.put, dict(message))

    async def receive(self, channel: str) -> Message:
        """Wait for the channel's next message."""
        return await self._mailbox(channel).messages.get()

    async def group_add(self, group: str, channel: str) -> None:
        """Add the channel to the group."""
        self._mailbox(channel)
        with self.lock:
            self.groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take the channel out of the group, and forget it if it is in no other group."""
        with self.lock:
            self.groups[group].discard(channel)
            if not self.groups[group]:
                del self.groups[group]
            if not any(channel in members for members in self.groups.values()):
                self.mailboxes.pop(channel, None)

    async def group_send(self, group: str, message: Message) -> None:
        """Send to every channel of the group, on whatever thread it is read."""
        with self.lock:
            members = list(self.groups.get(group, ()))
        for channel in members:
            self._deliver(channel, message)

    async def flush(self) -> None:
        """Remove all channels and groups."""
        with self.lock:
            self.mailboxes.clear()
            self.groups.clear()
