"""A thread that serves tenants when it is woken; without threads it serves them at once."""

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
from events.dispatch.numbering import PASS_EVENTS
from events.models import Delivery

log = structlog.get_logger(__name__)

MOST_ASSIGNED = 2000
"""How many deliveries are assigned to a thread at most; it finds further ones in the ledger."""


class DispatchThread:
    """Calls ``work`` for each tenant for which it is woken, on a thread; without threads, ``work_inline`` at once.

    The thread waits ``linger_seconds`` before it begins and ``pause_seconds`` after. Tenants that wake it meanwhile are
    served together: under load one pass serves many orders, and with no linger a single order does not wait.

    Deliveries that are assigned to it come first, by ``work_assigned``. They are in memory alone: if the process ends,
    the relay finds them in the ledger.
    """

    def __init__(
        self,
        work: Callable[[UUID], int],
        *,
        work_inline: Callable[[UUID], int] | None = None,
        work_assigned: Callable[[UUID, Sequence[Delivery]], int] | None = None,
        name: str = "dispatcher",
        linger_seconds: float = 0.0,
        pause_seconds: float = 0.0,
    ) -> None:
        self.work = work
        self.work_inline = work_inline or work
        self.work_assigned = work_assigned
        self.name = name
        self.linger_seconds = linger_seconds
        self.pause_seconds = pause_seconds
        self.lock = threading.Lock()
        self.woken = threading.Event()
        self.waiting: set[UUID] = set()
        self.assigned: dict[UUID, list[Delivery]] = {}
        self.thread: threading.Thread | None = None
        self.stopping = False
        self.inline = threading.local()

    def wake(self, tenant_id: UUID) -> None:
        """Serve this tenant soon. Never raises and, on a thread, never waits."""
        with self.lock:
            self.waiting.add(tenant_id)
        self.begin()

    def assign(self, tenant_id: UUID, deliveries: Sequence[Delivery]) -> None:
        """Do these deliveries of the tenant soon."""
        with self.lock:
            self.assigned.setdefault(tenant_id, []).extend(deliveries)
        self.begin()

    def has_room(self) -> bool:
        """Whether so few deliveries are assigned that more may be."""
        with self.lock:
            return sum(map(len, self.assigned.values())) < MOST_ASSIGNED

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
        """Close the thread's database connection, which may be broken; without threads the caller's is left open."""
        if threading.current_thread() is self.thread:
            connection.close()

    def run_inline(self) -> None:
        """Drain now, unless this thread is draining already: events that a receiver causes are served afterwards."""
        if getattr(self.inline, "running", False):
            return
        self.inline.running = True
        try:
            self.drain()
        finally:
            self.inline.running = False

    def drain(self) -> None:
        """Serve every tenant that has assigned deliveries or has woken the thread."""
        while tenant_id := self.next_tenant():
            with bound_contextvars(tenant_id=str(tenant_id)):
                try:
                    self.serve(tenant_id)
                except Exception:  # The database is away, or (inline) in a broken transaction.
                    log.exception("turn_failed", dispatcher=self.name)
                    self.forget_connection()

    def serve(self, tenant_id: UUID) -> None:
        """Do the tenant's assigned deliveries, then its other work; repeat after a full pass. Failures back off."""
        with self.lock:
            assigned, is_asked = self.assigned.pop(tenant_id, []), tenant_id in self.waiting
            self.waiting.discard(tenant_id)
        if assigned and self.work_assigned:
            backoff.attempt(f"{self.name}:handed", tenant_id, partial(self.work_assigned, tenant_id, assigned))
        if is_asked:
            work = self.work_inline if settings.EVENTS_DISPATCH == "inline" else self.work
            while backoff.attempt(self.name, tenant_id, partial(work, tenant_id)) >= PASS_EVENTS and not self.stopping:
                continue

    def next_tenant(self) -> UUID | None:
        """A tenant to serve; None if there is none."""
        with self.lock:
            return next(chain(self.assigned, self.waiting), None)

    def stop(self, *, timeout_seconds: float = 5.0) -> None:
        """Finish what has begun and what is assigned, and end the thread; the relay finds the rest."""
        self.stopping = True
        self.woken.set()
        if self.thread is not None:
            self.thread.join(timeout_seconds)
