"""A dispatcher's turn, and what starts one: the fast path after commit.

``turn`` may be run by anybody at any time, twice or at once: the relay does it for what was missed. Where there are
threads, one numbers and rings, one runs the direct receivers and one sends the tasks: nobody waits for a slower one.
"""

import atexit
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from structlog.contextvars import bound_contextvars

from events import switches
from events.direct import run_direct
from events.log import events_recorded, head
from events.models import Event
from events.numbering import TURN_EVENTS, number
from events.receivers import Kind, of_types, receivers_of
from events.sending import send_tasks
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)


@in_its_tenant
def advance(tenant_id: UUID) -> int:
    """Number all that is committed, ring the live subscribers, and return the head that this leads to."""
    while events := number(tenant_id):
        ring(tenant_id, events)
        if len(events) < TURN_EVENTS:
            return events[-1].sequence or 0
    return head(tenant_id)


@in_its_tenant
def turn(tenant_id: UUID) -> int:
    """Number what is committed, ring the live subscribers, run what is due. Returns how much there was to do."""
    return len(number_and_ring(tenant_id)) + run_direct(tenant_id) + send_tasks(tenant_id)


@in_its_tenant
def lead(tenant_id: UUID, *, wait: bool = True) -> int:
    """Number and ring, and leave what is due to the threads whose it is. Returns how many events were numbered.

    So a live event waits neither for the receivers of those before it nor for a broker.
    """
    events = number_and_ring(tenant_id, wait=wait)
    for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)):
        if not events or any(of_types(events, receiver) for receiver in receivers_of([kind])):
            thread.wake(tenant_id)
    return len(events)


def number_and_ring(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """Number what is committed, and tell the live subscribers."""
    events = number(tenant_id, wait=wait)
    if events:
        ring(tenant_id, events)
    return events


def ring(tenant_id: UUID, events: list[Event]) -> None:
    """Tell the live receivers; a failure is logged and costs nothing, since they read the log."""
    off = switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.LIVE]):
        wanted = [] if receiver.name in off else of_types(events, receiver)
        try:
            if wanted:
                receiver.handler(tenant_id, wanted)
        except Exception:
            log.exception("live_receiver_failed", receiver=receiver.name, tenant_id=str(tenant_id))


class Dispatcher:
    """Does something for each tenant it is woken for: ``take`` on a thread of its own, or a whole turn right away.

    Woken from rest, the thread does it at once; what it is woken for within ``pause_seconds`` of that waits for the end
    of the pause, and is done together. So an order alone does not wait, and under load a turn serves many.
    """

    def __init__(self, take: Callable[[UUID], int], *, name: str = "dispatcher", pause_seconds: float = 0.02) -> None:
        self.take = take
        self.name = name
        self.pause_seconds = pause_seconds
        self.lock = threading.Lock()
        self.woken = threading.Event()
        self.waiting: set[UUID] = set()
        self.thread: threading.Thread | None = None
        self.stopping = False
        self.inline = threading.local()

    def wake(self, tenant_id: UUID) -> None:
        """Take a turn for this tenant soon; it never raises and, on a thread, never waits."""
        with self.lock:
            self.waiting.add(tenant_id)
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
            self.woken.clear()
            self.drain()
            if not self.stopping:
                time.sleep(self.pause_seconds)
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
        """Take the turns that were asked for; a tenant with a full turn gets another."""
        take = turn if settings.EVENTS_DISPATCH == "inline" else self.take
        while tenant_id := self.next():
            with bound_contextvars(tenant_id=str(tenant_id)):
                try:
                    while take(tenant_id) >= TURN_EVENTS:
                        continue
                except Exception:
                    log.exception("turn_failed", dispatcher=self.name)
                    self.forget_connection()

    def next(self) -> UUID | None:
        with self.lock:
            return self.waiting.pop() if self.waiting else None

    def stop(self, *, timeout_seconds: float = 5.0) -> None:
        """Finish the turn under way and end the thread; what is left, the relay finds."""
        self.stopping = True
        self.woken.set()
        if self.thread is not None:
            self.thread.join(timeout_seconds)


dispatcher = Dispatcher(lead)
runner = Dispatcher(run_direct, name="runner", pause_seconds=0.05)
sender = Dispatcher(send_tasks, name="sender", pause_seconds=0.05)


def stop_threads() -> None:
    """Finish what is under way and end the process's threads; what is left, the relay finds."""
    for thread in (dispatcher, runner, sender):  # The first may wake the others.
        thread.stop()


atexit.register(stop_threads)


class Wake:
    """The on_commit callback: one per transaction and tenant."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id

    def __call__(self) -> None:
        dispatcher.wake(self.tenant_id)


def schedule(tenant_id: UUID) -> None:
    """Take a turn for this tenant once the current transaction has committed; at once if there is none."""
    planned = (callback for _, callback, *_ in connection.run_on_commit)
    if not any(isinstance(one, Wake) and one.tenant_id == tenant_id for one in planned):
        transaction.on_commit(Wake(tenant_id))


def on_events_recorded(*, tenant_id: UUID, **_: Any) -> None:
    """The one receiver of the one signal: plan the fast path. Whoever loses it loses a second, nothing else."""
    schedule(tenant_id)


def connect() -> None:
    """Connect the signal, unless the relay is to be the only driver."""
    if settings.EVENTS_DRIVER == "signals":
        events_recorded.connect(on_events_recorded, dispatch_uid="events.dispatch")
