"""A dispatcher's turn, and what starts one: the fast path after commit.

``turn`` may be run by anybody at any time, twice or at once: the relay does it for what was missed.
"""

import atexit
import threading
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from events import ledger, metrics, switches
from events.log import events_recorded, head
from events.models import Delivery, Event, Stream
from events.receivers import RECEIVERS, Kind, of_types, receivers_of

log = structlog.get_logger(__name__)

TURN_EVENTS = 500


def number(tenant_id: UUID) -> list[Event]:
    """Give the tenant's committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the lock of the tenant's stream. The lock is one statement and the read is the next, so that
    (READ COMMITTED) the read sees all that had committed when the lock was got: no event can appear later with a
    place before one that is numbered here.
    """
    with transaction.atomic():
        Stream.objects.get_or_create(tenant_id=tenant_id)
        stream = Stream.objects.select_for_update().get(tenant_id=tenant_id)
        waiting = Event.unguarded.filter(tenant_id=tenant_id, sequence=None).order_by("insertion_id")
        events = list(waiting[:TURN_EVENTS])
        if not events:
            return []
        for event in events:
            stream.head += 1
            event.sequence = stream.head
        Event.unguarded.bulk_update(events, ["sequence"])
        stream.save(update_fields=["head"])
        ledger.open_deliveries(events)
    metrics.EVENTS_NUMBERED.inc(len(events))
    return events


def advance(tenant_id: UUID) -> int:
    """Number all that is committed, ring the live subscribers, and return the head that this leads to."""
    while events := number(tenant_id):
        ring(tenant_id, events)
        if len(events) < TURN_EVENTS:
            return events[-1].sequence or 0
    return head(tenant_id)


def turn(tenant_id: UUID) -> int:
    """Number what is committed, ring the live subscribers, run what is due. Returns how much there was to do."""
    events = number(tenant_id)
    if events:
        ring(tenant_id, events)
    return len(events) + work_off(tenant_id)


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


def work_off(tenant_id: UUID) -> int:
    """Run the direct deliveries that are due, then send the tasks of the queued ones. Returns how many were handled."""
    deliveries = ledger.due(tenant_id)
    direct = [one for one in deliveries if RECEIVERS[one.receiver].kind is Kind.DIRECT]
    handled = sum(ledger.run_direct(delivery, RECEIVERS[delivery.receiver]) for delivery in direct)
    return handled + sum(map(send, (one for one in deliveries if RECEIVERS[one.receiver].kind is Kind.QUEUED)))


def send(delivery: Delivery) -> bool:
    """Send the task of a queued delivery; one that can't be sent now is sent by the relay when it is due again."""
    if not ledger.mark_sent(delivery):
        return False
    try:
        RECEIVERS[delivery.receiver].handler(delivery.event)
    except Exception:
        log.exception("task_not_sent", receiver=delivery.receiver, delivery_id=str(delivery.pk))
        return False
    return True


class Dispatcher:
    """The process's own dispatcher: takes a turn for each tenant it is woken for, on a thread or right away."""

    def __init__(self) -> None:
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
                self.thread = threading.Thread(target=self.run, name="dispatcher", daemon=True)
                self.thread.start()

    def run(self) -> None:
        while not self.stopping:
            self.woken.wait()
            self.woken.clear()
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
        """Take the turns that were asked for; a tenant with a full turn gets another."""
        while tenant_id := self.next():
            try:
                while turn(tenant_id) >= TURN_EVENTS:
                    continue
            except Exception:
                log.exception("turn_failed", tenant_id=str(tenant_id))
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


dispatcher = Dispatcher()
atexit.register(dispatcher.stop)


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
