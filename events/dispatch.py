"""A dispatcher's turn, and what starts one: the fast path after commit.

``turn`` may be run by anybody at any time, twice or at once: the relay does it for what was missed. Where there are
threads, one numbers and rings, one runs the direct receivers and one sends the tasks: nobody waits for a slower one.
"""

import atexit
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from structlog.contextvars import bound_contextvars

from events import ledger, metrics, outage, switches
from events.log import events_recorded, head
from events.models import Delivery, Event, Stream
from events.receivers import RECEIVERS, Kind, of_types, receivers_of
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)

TURN_EVENTS = 500


@in_its_tenant
def number(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """Give the tenant's committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the lock of the tenant's stream. The lock is one statement and the read is the next, so that
    (READ COMMITTED) the read sees all that had committed when the lock was got: no event can appear later with a
    place before one that is numbered here. Without ``wait``, a stream that somebody else is numbering (PostgreSQL) is
    left to them.
    """
    with transaction.atomic():
        Stream.objects.get_or_create(tenant_id=tenant_id)
        stream = Stream.objects.select_for_update(skip_locked=not wait).filter(tenant_id=tenant_id).first()
        if stream is None:
            return []
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
    types = Counter(event.type for event in events)
    transaction.on_commit(lambda: metrics.count_numbered(types))  # Of a caller's transaction, if there is one.
    return events


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


@in_its_tenant
def run_direct(tenant_id: UUID) -> int:
    """Run the direct deliveries that are due. Returns how many were done."""
    due = ledger.due(tenant_id, [Kind.DIRECT])
    return sum(ledger.run_direct(delivery, RECEIVERS[delivery.receiver]) for delivery in due)


@in_its_tenant
def send_tasks(tenant_id: UUID) -> int:
    """Send the tasks of the queued deliveries that are due, until the broker is away. Returns how many were sent."""
    if outage.broker.is_away():
        return 0
    sent = 0
    for delivery in ledger.due(tenant_id, [Kind.QUEUED]):
        sent += send(delivery)
        if outage.broker.is_away():
            break
    return sent


def send(delivery: Delivery) -> bool:
    """Send the task of a queued delivery; one that can't be sent now is sent again when it is due.

    A delivery whose last attempt ended in silence, lease after lease, is given up.
    """
    receiver = RECEIVERS[delivery.receiver]
    if ledger.give_up(delivery, receiver) or not ledger.mark_sent(delivery):
        return False
    try:
        receiver.handler(delivery.event)
    except Exception as error:  # whatever it was, the ledger knows that it has to be sent
        not_sent(delivery, error)
        return False
    outage.broker.succeeded()
    return True


def not_sent(delivery: Delivery, error: Exception) -> None:
    """Note it; where the broker is away, the delivery is due again at once and all wait for a moment."""
    fields = ledger.named(delivery)
    if outage.is_outage(error):
        outage.broker.failed()
        ledger.unmark_sent(delivery)
        metrics.SEND_FAILURES.labels(delivery.receiver).inc()
        log.warning("broker_away", error=type(error).__name__, pause_seconds=outage.broker.pause_seconds, **fields)
    else:
        log.exception("task_not_sent", **fields)


class Dispatcher:
    """Does something for each tenant it is woken for: ``take`` on a thread of its own, or a whole turn right away."""

    def __init__(self, take: Callable[[UUID], int], *, name: str = "dispatcher") -> None:
        self.take = take
        self.name = name
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
runner = Dispatcher(run_direct, name="runner")
sender = Dispatcher(send_tasks, name="sender")


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
