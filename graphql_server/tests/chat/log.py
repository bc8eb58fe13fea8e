"""The messages of all rooms, in memory: the event source of the chat."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from copy import copy
from dataclasses import dataclass
from itertools import count
from threading import Lock

from graphql_server.ports.event_source import LEAST_EVENTS, Ahead, BadCursor, Expired, Notification


@dataclass(frozen=True)
class Message:
    """One event: a text that a person said in a room. The first message of a room has the sequence 1."""

    id: str
    sequence: int
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class LiveMember:
    """A queue of notifications, and the event loop that reads from the queue."""

    loop: asyncio.AbstractEventLoop
    queue: "asyncio.Queue[Notification]"

    def notify(self, notification: Notification) -> None:
        """Add a notification, from any thread."""
        self.loop.call_soon_threadsafe(self.queue.put_nowait, notification)


class MessageLog:
    """Implements :class:`graphql_server.ports.event_source.EventSource`. A room is a tenant. Safe for threads."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Message]] = defaultdict(list)
        self._pruned: dict[str, int] = defaultdict(int)
        self._resumed_at: dict[str, int] = defaultdict(int)
        self._listeners: dict[str, list[LiveMember]] = defaultdict(list)
        self._ids = count(1)
        self._lock = Lock()

    def say(self, room: str, author: str, text: str) -> Message:
        """Add a message to the end of a room's log, then notify the listeners."""
        message = self.add(room, author, text)
        self.notify(room, message)
        return message

    def add(self, room: str, author: str, text: str) -> Message:
        """Add a message, and notify no listener, as if the notification were lost."""
        with self._lock:
            sequence = max(self._head(room), self._resumed_at[room]) + 1
            # Two messages of one sequence, before and after a log was set back, differ in their ids.
            message = Message(str(next(self._ids)), sequence, author, text)
            self._messages[room].append(message)
        return message

    def notify(self, room: str, *messages: Message) -> None:
        """Notify the listeners of a room that its log has grown by these messages."""
        self._notify(room, Notification(messages[-1].sequence, messages))

    def notify_head(self, room: str, head: int) -> None:
        """The same without the messages, as if they were too large for a notification."""
        self._notify(room, Notification(head))

    def _notify(self, room: str, notification: Notification) -> None:
        for listener in list(self._listeners[room]):
            listener.notify(notification)

    def listeners(self, room: str) -> int:
        """How many listen to a room."""
        return len(self._listeners[room])

    def prune(self, room: str, to: int) -> None:
        """Delete the messages of a room up to a sequence."""
        with self._lock:
            self._messages[room] = [one for one in self._messages[room] if one.sequence > to]
            self._pruned[room] = to

    def set_back(self, room: str, to: int) -> None:
        """Lose the messages of a room after a sequence, as a restored backup does."""
        with self._lock:
            self._messages[room] = [one for one in self._messages[room] if one.sequence <= to]

    def resume(self, room: str, at: int) -> None:
        """Give later messages greater sequences than ``at``, so that none is a lost message's."""
        self._resumed_at[room] = at

    def head(self, tenant_id: str) -> int:
        """The sequence of the room's last message; 0 for an empty room."""
        with self._lock:
            return self._head(tenant_id)

    def _head(self, room: str) -> int:
        messages = self._messages[room]
        return messages[-1].sequence if messages else self._pruned[room]

    def settle(self, tenant_id: str) -> int:
        """The same: a message has its sequence from the start."""
        return self.head(tenant_id)

    def read(self, tenant_id: str, after: int, *, limit: int, most_bytes: int) -> list[Message]:
        """The messages after a sequence: at most ``limit``, and about ``most_bytes`` of memory.

        Raises:
            Expired: messages after ``after`` are pruned.
            Ahead: the log ends before ``after``.
        """
        with self._lock:
            if after > self._head(tenant_id):
                raise Ahead(self._head(tenant_id))
            if after < self._pruned[tenant_id]:
                raise Expired(self._pruned[tenant_id])
            sequences = {message.sequence for message in self._messages[tenant_id]}
            if self._pruned[tenant_id] < after < self._resumed_at[tenant_id] and after not in sequences:
                raise Ahead(self._resumed_at[tenant_id])
            found: list[Message] = []
            for message in self._messages[tenant_id]:
                if message.sequence <= after:
                    continue
                most_bytes -= self.size(message)
                if len(found) == limit or (len(found) >= LEAST_EVENTS and most_bytes < 0):
                    break
                found.append(message)
            return found

    async def notifications(self, tenant_id: str) -> AsyncGenerator[Notification | None, None]:
        """None once it listens, then each notification of the room."""
        listener = LiveMember(asyncio.get_running_loop(), asyncio.Queue())
        self._listeners[tenant_id].append(listener)
        try:
            yield None
            while True:
                yield await listener.queue.get()
        finally:
            self._listeners[tenant_id].remove(listener)

    def encode(self, tenant_id: str, sequence: int) -> str:
        """The cursor after a message: ``lobby:3``."""
        return f"{tenant_id}:{sequence}"

    def decode(self, tenant_id: str, cursor: str) -> int:
        """The sequence of a cursor.

        Raises:
            BadCursor: the text is no cursor of this room.
        """
        room, _, sequence = cursor.rpartition(":")
        if room != tenant_id or not sequence.isdigit():
            raise BadCursor("This is not a cursor of this room.")
        return int(sequence)

    def size(self, event: Message) -> int:
        """About how many bytes of memory a message takes."""
        return 300 + 4 * len(event.text)

    def facets(self, event: Message) -> tuple[()]:
        """No topic requires anything."""
        return ()

    def isolated(self, event: Message) -> Message:
        """A copy: nothing else is loaded with a message."""
        return copy(event)
