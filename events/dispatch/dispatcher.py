"""The dispatcher: everything that follows a commit, for many orders of many tenants at a time.

One thread numbers the committed events and notifies live receivers; it never waits for a delivery. Two more do the
deliveries, since a slow database and a broker that does not answer must not wait for each other. It is a thread of
``./dev up``, and a separate process in production (``manage.py dispatcher``). Any number may run, without a leader:
each skips what another has locked or reserved.
"""

import threading
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Protocol
from uuid import UUID

import structlog
from django.db import connection

from events import switches
from events.channel_layer import dispatcher_messages
from events.dispatch import notification
from events.dispatch.deliverer import Deliverer
from events.dispatch.numbering import PASS_EVENTS, number_and_notify
from events.dispatch.periodic.dispatcher_heartbeat import Heartbeat
from events.dispatch.periodic.scheduler import Scheduler
from events.dispatch.rotation import Rotation
from events.receivers import LEDGER_KINDS

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.2
PAUSE_SECONDS = 0.02
"""Seconds between two passes: under load, the next pass then numbers the events of many orders together."""
PASS_TENANTS = 100


class Companion(Protocol):
    """A part of another package that runs beside each dispatcher, on a thread."""

    thread: threading.Thread

    def stop(self) -> None:
        """End soon."""


COMPANIONS: list[Callable[[], Companion]] = []
"""Factories of the threads that every dispatcher runs beside its own."""


class Dispatcher:
    """Numbers events and does deliveries until it is stopped. While the database is unreachable, it keeps trying."""

    def __init__(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        self.poll_seconds = poll_seconds
        self.polls_at = float("-inf")
        self.lock = threading.Lock()
        self.notified: dict[UUID, None] = {}
        self.woken = threading.Event()
        self.stopping = threading.Event()
        self.deliverers = [Deliverer(kind) for kind in LEDGER_KINDS]
        self.others: list[Companion] = [*self.deliverers, *(make() for make in COMPANIONS)]
        self.rotation, self.scheduler, self.heartbeat = Rotation(), Scheduler(), Heartbeat()
        self.thread = threading.Thread(target=self.run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Start the threads, and take this process's and other processes' notifications."""
        notification.here.append(self)
        self.listening = dispatcher_messages.listen(self.notify_all)
        for thread in (self.thread, *(other.thread for other in self.others)):
            thread.start()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Finish the assigned work, for at most ``seconds``; another dispatcher, or the next one, does the rest."""
        deadline = time.monotonic() + seconds
        notification.here.remove(self)
        self.listening.cancel()
        self.stopping.set()
        self.woken.set()
        self.thread.join(max(deadline - time.monotonic(), 0.0))
        for other in self.others:
            other.stop()
        for other in self.others:
            other.thread.join(max(deadline - time.monotonic(), 0.0))

    def notify(self, tenant_id: UUID) -> None:
        """Number this tenant's events soon."""
        self.notify_all([tenant_id])

    def notify_all(self, tenant_ids: Iterable[UUID]) -> None:
        """Number these tenants' events soon."""
        with self.lock:
            self.notified |= dict.fromkeys(tenant_ids)
        self.woken.set()

    def run(self) -> None:
        """Take turns until :meth:`stop`: immediately when notified, otherwise when it is time to poll."""
        while not self.stopping.is_set():
            if self.turn():
                self.stopping.wait(PAUSE_SECONDS)
            self.woken.wait(max(self.polls_at - time.monotonic(), 0.0))
        self.heartbeat.end()
        connection.close()

    def turn(self) -> int:
        """Poll if it is time, and run one numbering pass; return how many events it numbered."""
        try:
            if time.monotonic() >= self.polls_at:
                self.poll()
            return self.run_pass()
        except Exception:  # The database is unreachable; no tenant is to blame.
            log.exception("dispatcher_turn_failed")
            connection.close()  # It may be broken; the next turn opens another.
            return 0

    def poll(self) -> None:
        """Find tenants with work, notified or not; start periodic jobs that are due."""
        self.polls_at = time.monotonic() + self.poll_seconds
        self.scheduler.run_due()
        self.heartbeat.write()
        switches.renew()
        found = self.rotation.next()
        for deliverer in self.deliverers:
            for work in found:
                if deliverer.kind in work.due:
                    deliverer.look_for(work.tenant_id)
        if unnumbered := [work.tenant_id for work in found if work.has_events]:
            self.notify_all(unnumbered)

    def run_pass(self) -> int:
        """Number the events of the tenants that were notified or found, and assign their deliveries."""
        tenant_ids = self.next_tenants()
        if not tenant_ids:
            return 0
        passed = number_and_notify(tenant_ids, reserved_for=self.reserved_for)
        for numbered in passed:
            for deliverer in self.deliverers:
                deliverer.take(numbered.tenant_id, numbered.opened)
        events = sum(len(numbered.events) for numbered in passed)
        if events >= PASS_EVENTS:  # The pass may have left some out.
            done = {numbered.tenant_id for numbered in passed if not numbered.is_full}
            self.notify_all(tenant_id for tenant_id in tenant_ids if tenant_id not in done)
        return events

    def next_tenants(self) -> list[UUID]:
        """Up to ``PASS_TENANTS`` tenants whose events are to be numbered, those that have waited longest first."""
        with self.lock:
            tenant_ids = list(islice(self.notified, PASS_TENANTS))
            for tenant_id in tenant_ids:
                del self.notified[tenant_id]
            if not self.notified:
                self.woken.clear()
        return tenant_ids

    def reserved_for(self, tenant_id: UUID) -> set[str]:
        """The receivers whose new deliveries this dispatcher does immediately; those of others wait in the ledger."""
        return {name for deliverer in self.deliverers for name in deliverer.work.ready_names(tenant_id)}
