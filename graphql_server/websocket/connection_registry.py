"""The sockets that are open in this process: how many there may be, and what becomes of them when rights change.

Once a second at most, and only while somebody with credentials is connected, one statement asks about the credentials
of all of them. Nothing is asked per event.
"""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from graphql_server.executor import healthy_connections
from graphql_server.websocket.backend import Handle
from graphql_server.websocket.closing import CloseCode, Closing
from tenants import rights
from tenants.context import Caller
from tenants.rights import Credentials, Ended, Rights, credentials_of

logger = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 1.0
LONGEST_TIMER_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class SocketCounts:
    """How many sockets may be open at a time in one process; 0 is no limit."""

    address: int = 10_000
    caller: int = 10_000
    """For each token and each person, and for the open demo as a whole."""
    tenant: int = 20_000


@dataclass(slots=True)
class Entry:
    """A socket whose caller is known."""

    socket: Handle[Caller]
    caller: Caller
    credentials: Credentials
    expiry: asyncio.TimerHandle | None = None

    def set_expiry(self) -> None:
        """Have it end when its credentials do, to the moment, and without asking."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None
        if self.caller.expires_at is not None:
            left = (self.caller.expires_at - timezone.now()).total_seconds()
            later = self.set_expiry if left > LONGEST_TIMER_SECONDS else self.expire
            self.expiry = asyncio.get_running_loop().call_later(min(max(left, 0), LONGEST_TIMER_SECONDS), later)

    def expire(self) -> None:
        """The time has come."""
        self.judge(rights.EXPIRED)

    def judge(self, now: Rights | Ended) -> None:
        """End the socket, or have it go on under other rights; those that have not changed change nothing."""
        if isinstance(now, Ended):
            self.socket.end(Closing(CloseCode.FORBIDDEN, f"Forbidden: {now.reason}"))
        elif (now.scopes, now.expires_at) != (self.caller.scopes, self.caller.expires_at):
            self.caller = replace(self.caller, scopes=now.scopes, expires_at=now.expires_at)
            self.set_expiry()
            self.socket.renew(self.caller)


@dataclass(slots=True)
class Bearers:
    """The sockets of one token or person."""

    entries: dict[Handle[Caller], Entry] = field(default_factory=dict)
    agreed: Rights | Ended | None = None
    """What all of them are known to act by: as long as that is what is found, there is nothing to look at."""

    def add(self, entry: Entry) -> None:
        """One more, who may have been let in by what was true a second ago."""
        self.entries[entry.socket] = entry
        self.agreed = None

    def judge(self, now: Rights | Ended) -> None:
        """Have all act by this. A socket that fails at it does not keep the others as they are; it is tried again."""
        if now != self.agreed:
            self.agreed = now
            for entry in list(self.entries.values()):
                try:
                    entry.judge(now)
                except Exception:
                    logger.exception("rights_not_applied")
                    self.agreed = None


@dataclass(slots=True)
class OpenSockets:
    """The register of a process. All of it happens on the event loop."""

    counts: SocketCounts = field(default_factory=SocketCounts)
    open: Counter[Hashable] = field(default_factory=Counter)
    bearers: dict[Credentials, Bearers] = field(default_factory=dict)
    watch: asyncio.Task[None] | None = None

    @contextmanager
    def arrived(self, address: str | None) -> Iterator[None]:
        """Count a socket of which only the address is known, until it ends.

        Raises:
            Closing: 1013, there are too many from there.
        """
        with self.counted(f"address {address}", self.counts.address, "this address"):
            yield

    @contextmanager
    def joined(self, socket: Handle[Caller], caller: Caller) -> Iterator[None]:
        """Count a socket whose caller is known, and keep an eye on their rights, until it ends.

        Raises:
            Closing: 1013, the caller or the tenant has too many.
        """
        credentials = credentials_of(caller)
        who = credentials or f"demo {caller.tenant_id}"
        with (
            self.counted(who, self.counts.caller, "these credentials"),
            self.counted(caller.tenant_id, self.counts.tenant, "this tenant"),
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
        """One more of them."""
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
        """Keep an eye on it."""
        self.bearers.setdefault(entry.credentials, Bearers()).add(entry)
        entry.set_expiry()
        if self.watch is None or self.watch.done():
            self.watch = asyncio.get_running_loop().create_task(self.watching())

    def remove(self, entry: Entry) -> None:
        """Let go of it; nothing is asked for nobody."""
        if entry.expiry is not None:
            entry.expiry.cancel()
        alike = self.bearers[entry.credentials].entries
        alike.pop(entry.socket, None)
        if not alike:
            del self.bearers[entry.credentials]
        if not self.bearers and self.watch is not None:
            self.watch.cancel()
            self.watch = None

    async def watching(self) -> None:
        """Ask again and again. While the database does not answer, everybody stays: only time goes on."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                found = await sync_to_async(asked, thread_sensitive=False)(set(self.bearers))
            except Exception as error:  # whatever it is, the next second may be better
                logger.warning("rights_unknown", error=type(error).__name__)
                continue
            for credentials, now in found.items():
                if credentials in self.bearers:
                    self.bearers[credentials].judge(now)


def asked(known: set[Credentials]) -> dict[Credentials, Rights | Ended]:
    """What they may do now, asked in a thread."""
    with healthy_connections():
        return rights.current(known)


open_sockets = OpenSockets(SocketCounts(**settings.SOCKETS_OPEN))
