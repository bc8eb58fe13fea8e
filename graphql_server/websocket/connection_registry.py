"""The connection registry: counts the sockets that are open in this process, and ends those whose rights have ended.

At most once a second, and only while a caller with credentials is connected, the application is asked about the
credentials of all connected callers together. No event asks.
"""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import structlog
from asgiref.sync import sync_to_async

from graphql_server.limits import SocketCounts
from graphql_server.metrics import SOCKETS
from graphql_server.ports.callers import Caller, Ended, Rights, RightsOf
from graphql_server.websocket.closing import CloseCode, Closing

logger = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 1.0
LONGEST_TIMER_SECONDS: Final = 86_400.0
EXPIRED: Final = Ended("the token has expired")


class WatchedSocket(Protocol):
    """A socket as the registry sees it. Its methods are called on its event loop."""

    def end(self, closing: Closing) -> None:
        """Close the socket."""

    def renew(self, caller: Any) -> None:
        """Let the client act with other rights from now on."""


@dataclass(slots=True)
class Entry:
    """A socket whose caller is known."""

    socket: WatchedSocket
    caller: Caller
    credentials: Hashable
    expiry: asyncio.TimerHandle | None = None

    def set_expiry(self) -> None:
        """Close the socket at the moment when its credentials expire, without asking for rights."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None
        if self.caller.expires_at is not None:
            left = (self.caller.expires_at - datetime.now(UTC)).total_seconds()
            later = self.set_expiry if left > LONGEST_TIMER_SECONDS else self.expire
            self.expiry = asyncio.get_running_loop().call_later(min(max(left, 0), LONGEST_TIMER_SECONDS), later)

    def expire(self) -> None:
        """The credentials have expired."""
        self.apply(EXPIRED)

    def apply(self, now: Rights | Ended) -> None:
        """Close the socket, or let it go on with changed rights. Equal rights change nothing."""
        if isinstance(now, Ended):
            self.socket.end(Closing(CloseCode.FORBIDDEN, f"Forbidden: {now.reason}"))
        elif (now.scopes, now.expires_at) != (self.caller.scopes, self.caller.expires_at):
            self.caller = self.caller.renewed(scopes=now.scopes, expires_at=now.expires_at)
            self.set_expiry()
            self.socket.renew(self.caller)


@dataclass(slots=True)
class CallerSockets:
    """The sockets of one token or person."""

    entries: dict[WatchedSocket, Entry] = field(default_factory=dict)
    applied: Rights | Ended | None = None
    """The rights that were applied to all of the sockets; None if some may differ."""

    def add(self, entry: Entry) -> None:
        """Add a socket. Its rights may be a second old, so they are applied again."""
        self.entries[entry.socket] = entry
        self.applied = None

    def apply(self, now: Rights | Ended) -> None:
        """Apply rights to all sockets. If one fails, the others go on, and it is tried again in a second."""
        if now != self.applied:
            self.applied = now
            for entry in list(self.entries.values()):
                try:
                    entry.apply(now)
                except Exception:
                    logger.exception("rights_not_applied")
                    self.applied = None


class ConnectionRegistry:
    """The open sockets of a process. Used on the event loop only.

    Args:
        limits: how many sockets may be open.
        rights: answers what connected callers may do now; without it rights last as long as the socket.
    """

    def __init__(self, limits: SocketCounts | None = None, rights: RightsOf | None = None) -> None:
        self.limits = SocketCounts() if limits is None else limits
        self.rights = rights
        self.open: Counter[Hashable] = Counter()
        self.callers: dict[Hashable, CallerSockets] = {}
        self.watch: asyncio.Task[None] | None = None

    @contextmanager
    def arrived(self, address: str | None) -> Iterator[None]:
        """Count a socket of which only the address is known, until it ends.

        Raises:
            Closing: 1013, too many sockets are open from this address.
        """
        with self.counted(f"address {address}", self.limits.address, "this address"), SOCKETS.track_inprogress():
            yield

    @contextmanager
    def joined(self, socket: WatchedSocket, caller: Caller) -> Iterator[None]:
        """Count a socket whose caller is known, and watch the caller's rights, until the socket ends.

        Raises:
            Closing: 1013, the caller or the tenant has too many.
        """
        credentials = None if self.rights is None else self.rights.credentials_of(caller)
        who = f"demo {caller.tenant_id}" if credentials is None else credentials
        with (
            self.counted(who, self.limits.caller, "these credentials"),
            self.counted(caller.tenant_id, self.limits.tenant, "this tenant"),
        ):
            if credentials is None:
                yield
                return
            entry = Entry(socket, caller, credentials)
            self.add(entry)
            try:
                yield
            finally:
                self.remove(entry)

    @contextmanager
    def counted(self, key: Hashable, most: int, whose: str) -> Iterator[None]:
        """Count one more socket under this key."""
        if most and self.open[key] >= most:
            logger.warning("too_many_sockets", of=whose, most=most)
            raise Closing(CloseCode.TRY_AGAIN_LATER, f"Too many sockets of {whose}: at most {most:,} are allowed")
        self.open[key] += 1
        try:
            yield
        finally:
            self.open[key] -= 1
            if not self.open[key]:
                del self.open[key]

    def add(self, entry: Entry) -> None:
        """Watch the rights of an entry."""
        self.callers.setdefault(entry.credentials, CallerSockets()).add(entry)
        entry.set_expiry()
        if self.watch is None or self.watch.done():
            self.watch = asyncio.get_running_loop().create_task(self.watch_rights())

    def remove(self, entry: Entry) -> None:
        """Stop watch_rights an entry. The last one ends the watch."""
        if entry.expiry is not None:
            entry.expiry.cancel()
        alike = self.callers[entry.credentials].entries
        alike.pop(entry.socket, None)
        if not alike:
            del self.callers[entry.credentials]
        if not self.callers and self.watch is not None:
            self.watch.cancel()
            self.watch = None

    async def watch_rights(self) -> None:
        """Ask once a second. While there is no answer, all sockets stay as they are until they expire."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                found = await sync_to_async(self.current, thread_sensitive=False)(set(self.callers))
            except Exception as error:  # whatever it is, the next second may be better
                logger.warning("rights_unknown", error=type(error).__name__)
                continue
            for credentials, now in found.items():
                if credentials in self.callers:
                    self.callers[credentials].apply(now)

    def current(self, known: set[Hashable]) -> Mapping[Any, Rights | Ended]:
        """The rights of callers with these credentials now. Blocks."""
        return {} if self.rights is None else self.rights.current(known)
