"""A dispatcher's turn, and what starts one: the fast path after commit.

``turn`` may be run by anybody at any time, twice or at once: the relay does it for what was missed. Where there are
threads, one numbers and rings, one runs the direct receivers and one sends the tasks: nobody waits for a slower one.
"""

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from structlog.contextvars import bound_contextvars

from events import switches
from events.dispatch import broker_outage
from events.dispatch.backoff import backoff
from events.dispatch.direct import run_direct, run_handed
from events.dispatch.numbering import TURN_EVENTS, Turn, number, take_turn
from events.dispatch.queued import send_handed, send_tasks
from events.log import events_recorded, head
from events.models import Delivery, Event
from events.receivers import Kind, of_types, receivers_of
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)

MOST_IN_HAND = 2000
"""How many deliveries a thread has in memory at most; further ones it finds in the ledger."""


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
    numbered = number_and_ring(tenant_id)
    for kind, do in ((Kind.DIRECT, run_handed), (Kind.QUEUED, send_handed)):
        do(tenant_id, numbered.handed(kind))
    return len(numbered.events) + run_direct(tenant_id) + send_tasks(tenant_id)


@in_its_tenant
def lead(tenant_id: UUID, *, wait: bool = True) -> int:
    """Number and ring, and leave the receivers to the threads whose work it is. Returns how many events were numbered.

    So a live event waits neither for the receivers of those before it nor for a broker. The threads get what has just
    been opened in hand; in the ledger they look for the rest of it, and if there was nothing to number.
    """
    numbered = number_and_ring(tenant_id, wait=wait)
    for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)):
        if handed := numbered.handed(kind):
            thread.hand(tenant_id, handed)
        if not numbered.events or numbered.has_left(kind):
            thread.wake(tenant_id)
    return len(numbered.events)


def look(tenant_id: UUID) -> None:
    """Have the threads look in the ledger for what is due."""
    for thread in (runner, sender):
        thread.wake(tenant_id)


def number_and_ring(tenant_id: UUID, *, wait: bool = True) -> Turn:
    """Number what is committed, and tell the live subscribers."""
    numbered = take_turn(tenant_id, wait=wait, handed=takers(tenant_id))
    if numbered.events:
        ring(tenant_id, numbered.events)
    return numbered


def takers(tenant_id: UUID) -> set[str]:
    """The receivers whose deliveries are handed to this process's threads; those of the others wait in the ledger."""
    ready = [kind for kind, thread in ((Kind.DIRECT, runner), (Kind.QUEUED, sender)) if thread.has_room()]
    if broker_outage.broker.is_away() and Kind.QUEUED in ready:
        ready.remove(Kind.QUEUED)
    return {receiver.name for receiver in receivers_of(ready)} - switches.switched_off(tenant_id)


def ring(tenant_id: UUID, events: list[Event]) -> None:
    """Tell the live receivers; a failure is logged and costs nothing, since they read the log."""
    off = switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.LIVE]):
        wanted = [] if receiver.name in off else of_types(events, receiver)
        try:
            if wanted:
                receiver.handle(wanted)
        except Exception:
            log.exception("live_receiver_failed", receiver=receiver.name, tenant_id=str(tenant_id))


class Dispatcher:
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
        do: Callable[[UUID, Sequence[Delivery]], int] | None = None,
        name: str = "dispatcher",
        linger_seconds: float = 0.0,
        pause_seconds: float = 0.0,
    ) -> None:
        self.take = take
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
            take = turn if settings.EVENTS_DISPATCH == "inline" else self.take
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


dispatcher = Dispatcher(lead, pause_seconds=0.02)
runner = Dispatcher(run_direct, do=run_handed, name="runner", linger_seconds=0.03)
sender = Dispatcher(send_tasks, do=send_handed, name="sender", linger_seconds=0.03)


def stop_threads(*, seconds: float = 5.0) -> None:
    """Finish what is under way, for so long, and end the process's threads; what is left, the relay finds."""
    deadline = time.monotonic() + seconds
    for thread in (dispatcher, runner, sender):  # The first may wake the others.
        thread.stop(timeout_seconds=max(deadline - time.monotonic(), 0.0))


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
