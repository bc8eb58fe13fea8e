"""A thread that works for the tenants that need it, or does so at once where there are no threads."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from structlog.contextvars import bound_contextvars

from events.dispatch.backoff import backoff
from events.dispatch.numbering import TURN_EVENTS
from events.models import Delivery

log = structlog.get_logger(__name__)

MOST_IN_HAND = 2000
"""How many deliveries a thread has in memory at most; further ones it finds in the ledger."""


class DispatchThread:
    """Does something for each tenant it is woken for: ``take`` on a thread of its own, or a whole turn right away.

    The thread waits ``linger_seconds`` before it begins, and ``pause_seconds`` after; what it is woken for meanwhile is
    done together. So under load a turn serves many, and with no linger an order alone does not wait.

    What it is handed it does by ``do``, before it looks for anything. It is in memory alone: if the process ends, it is
    found in the ledger.
    """

    def __init__(
        self,
        take: Callable[[UUID], int],
        *,
        at_once: Callable[[UUID], int] | None = None,
        do: Callable[[UUID, Sequence[Delivery]], int] | None = None,
        name: str = "dispatcher",
        linger_seconds: float = 0.0,
        pause_seconds: float = 0.0,
    ) -> None:
        self.take = take
        self.at_once = at_once or take
        self.do = do
        self.name = name
        self.linger_seconds = linger_seconds
        self.pause_seconds = pause_seconds
        self.lock = threading.Lock()
        self.woken = threading.Event()
        self.waiting: set[UUID] = set()
        self.handed: dict[UUID, list[Delivery]] = {}
        self.thread: threading.Thread | None = None
        self.stopping = False
        self.inline = threading.local()

    def wake(self, tenant_id: UUID) -> None:
        """Take a turn for this tenant soon; it never raises and, on a thread, never waits."""
        with self.lock:
            self.waiting.add(tenant_id)
        self.begin()

    def hand(self, tenant_id: UUID, deliveries: Sequence[Delivery]) -> None:
        """Do these of this tenant soon."""
        with self.lock:
            self.handed.setdefault(tenant_id, []).extend(deliveries)
        self.begin()

    def has_room(self) -> bool:
        """Whether it has so little in hand that it may be given more."""
        with self.lock:
            return sum(map(len, self.handed.values())) < MOST_IN_HAND

    def begin(self) -> None:
        if settings.EVENTS_DISPATCH == "inline":
            self.run_inline()
            return
        if self.thread is None or not self.thread.is_alive():
            self.start()
        self.woken.set()

    def start(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.stopping = False
                self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)
                self.thread.start()

    def run(self) -> None:
        while not self.stopping:
            self.woken.wait()
            if not self.stopping:
                time.sleep(self.linger_seconds)
            self.woken.clear()
            self.drain()
            if not self.stopping:
                time.sleep(self.pause_seconds)
        self.drain()
        connection.close()

    def forget_connection(self) -> None:
        """Have the next turn open another database connection; this one may be broken. The caller's own is left."""
        if threading.current_thread() is self.thread:
            connection.close()

    def run_inline(self) -> None:
        """Drain now, unless this thread is doing so already: what a receiver causes waits its turn."""
        if getattr(self.inline, "running", False):
            return
        self.inline.running = True
        try:
            self.drain()
        finally:
            self.inline.running = False

    def drain(self) -> None:
        """Do what was handed over and take the turns that were asked for."""
        while tenant_id := self.next():
            with bound_contextvars(tenant_id=str(tenant_id)):
                try:
                    self.serve(tenant_id)
                except Exception:  # The database is away, or (inline) in a broken transaction.
                    log.exception("turn_failed", dispatcher=self.name)
                    self.forget_connection()

    def serve(self, tenant_id: UUID) -> None:
        """Do what this tenant needs; one with a full turn gets another. What fails is left alone for a while."""
        with self.lock:
            handed, is_asked = self.handed.pop(tenant_id, []), tenant_id in self.waiting
            self.waiting.discard(tenant_id)
        if handed and self.do:
            backoff.attempt(f"{self.name}:handed", tenant_id, partial(self.do, tenant_id, handed))
        if is_asked:
            take = self.at_once if settings.EVENTS_DISPATCH == "inline" else self.take
            while backoff.attempt(self.name, tenant_id, partial(take, tenant_id)) >= TURN_EVENTS and not self.stopping:
                continue

    def next(self) -> UUID | None:
        """A tenant that needs something."""
        with self.lock:
            return next(chain(self.handed, self.waiting), None)

    def stop(self, *, timeout_seconds: float = 5.0) -> None:
        """Finish what is under way and in hand, and end the thread; what is left, the relay finds."""
        self.stopping = True
        self.woken.set()
        if self.thread is not None:
            self.thread.join(timeout_seconds)
