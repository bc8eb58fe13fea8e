"""Operators' actions: switch receivers, retry and replay deliveries, and let logs go on after a restore.

Those on deliveries act for the current tenant.

A delivery keeps its id, so a system outside recognises a repeat by that key. In our database an effect is not repeated,
because a receiver is idempotent by its event.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from events import log_reader, switches
from events.dispatch import ledger, notification, numbering
from events.errors import DeliveryNotFound, NotRetryable, UnknownReceiver
from events.models import Delivery, Event, Stream
from events.receivers import LEDGER_KINDS, RECEIVERS, Receiver, receiver_of
from tenants.context import current_tenant_id, in_its_tenant, tenant_context

Comparison = Literal["gt", "gte", "lt", "lte"]
RETRYABLE = (Delivery.Status.DEAD, Delivery.Status.RETRYING, Delivery.Status.SKIPPED)
_dispatches: ContextVar[bool] = ContextVar("dispatches", default=True)
SEQUENCES_A_SECOND: Final = 1_000_000
NOT_CAUGHT_UP = "Skipped: the receiver was switched on without catching up"


def receiver_named(name: str) -> Receiver:
    """The receiver of this name.

    Raises:
        UnknownReceiver: there is none.
    """
    if name not in RECEIVERS:
        raise UnknownReceiver(name)
    return RECEIVERS[name]


def receiver_with_deliveries(name: str) -> Receiver:
    """The receiver of this name, if its kind has deliveries.

    Raises:
        UnknownReceiver: there is none.
    """
    receiver = receiver_named(name)
    if receiver.kind not in LEDGER_KINDS:
        raise UnknownReceiver(name)
    return receiver


def switch_receiver(name: str, *, enabled: bool, catch_up: bool = True, tenant_id: UUID | None = None) -> int:
    """Switch a receiver for one tenant, or for all (an operator's right); every process notices within a second.

    Deliveries wait while the receiver is off. Switched on with ``catch_up`` they are done; without, they are SKIPPED.
    Returns how many deliveries were skipped.

    Raises:
        UnknownReceiver: there is no receiver of this name.
    """
    receiver_named(name)
    tenant_ids = [tenant_id] if tenant_id else list(Stream.objects.values_list("tenant_id", flat=True))
    skipped = 0
    if enabled and not catch_up:
        for one in tenant_ids:
            numbering.advance(one)  # Committed events without deliveries wait, too.
    with transaction.atomic():
        if enabled and not catch_up:
            skipped = sum(skip_waiting(one, name) for one in tenant_ids)
        switches.set_enabled(name, enabled=enabled, tenant_id=tenant_id)
    switches.forget()
    if enabled:
        notify(tenant_ids)
    return skipped


@in_its_tenant
def skip_waiting(tenant_id: UUID, name: str, *, reason: str = NOT_CAUGHT_UP) -> int:
    """Mark the deliveries that wait for the receiver as SKIPPED; return how many. Running ones go on."""
    waiting = Delivery.objects.filter(receiver=name, status__in=Delivery.WAITING)
    skipped: int = waiting.update(
        status=Delivery.Status.SKIPPED, finished_at=timezone.now(), attempt_token=None, last_error=reason
    )
    return skipped


def ask_for(name: str, *, wanted: bool = True) -> int:
    """Have the current tenant's events delivered to a receiver on request from now on, or no more.

    In the caller's transaction, under the lock of the stream: every event numbered after this commits counts, and none
    before. Returns the sequence of the last event before.

    Raises:
        UnknownReceiver: there is no receiver of this name.
    """
    receiver_named(name)
    tenant_id = current_tenant_id()
    with transaction.atomic():
        stream = numbering.locked_streams([tenant_id], wait=True)[tenant_id]
        names = stream.asked_for | {name} if wanted else stream.asked_for - {name}
        if names != stream.asked_for:
            Stream.objects.filter(tenant_id=tenant_id).update(asked_for=" ".join(sorted(names)))
    return stream.head


@contextmanager
def left_to_the_dispatcher() -> Iterator[None]:
    """Leave the deliveries of changes inside to a dispatcher, which polls: a command may have another broker."""
    token = _dispatches.set(False)
    try:
        yield
    finally:
        _dispatches.reset(token)


def notify(tenant_ids: Collection[UUID]) -> None:
    """Notify the dispatcher of these tenants after commit; otherwise a poll finds the work."""
    if settings.EVENTS_DRIVER == "signals" and _dispatches.get():
        for tenant_id in tenant_ids:
            notification.notify_after_commit(tenant_id)


def retry(delivery_id: UUID) -> Delivery:
    """Open a delivery that is DEAD, RETRYING or SKIPPED again: it is due now, with all its attempts.

    Raises:
        DeliveryNotFound: the current tenant has no delivery of this id.
        NotRetryable: it is done, running, or about to run.
    """
    rows = Delivery.objects.filter(pk=delivery_id)
    reopened = retry_rows(rows)
    found: Delivery | None = rows.select_related("event").first()
    if found is None:
        raise DeliveryNotFound
    if not reopened:
        raise NotRetryable
    return found


def retry_all(*, receiver: str | None = None, statuses: Collection[str] = (Delivery.Status.DEAD,)) -> int:
    """Like :func:`retry`, for all of the current tenant's deliveries with these statuses; return how many."""
    rows = Delivery.objects.filter(status__in=statuses)
    return retry_rows(rows if receiver is None else rows.filter(receiver=receiver))


def retry_rows(rows: QuerySet[Delivery]) -> int:
    """Like :func:`retry`, for those of these rows that can be retried; return how many."""
    return reopen(rows.filter(status__in=RETRYABLE))


def reopen(rows: QuerySet[Delivery]) -> int:
    """Make deliveries PENDING and due now, as if they were new; return how many."""
    now = timezone.now()
    fresh: dict[str, Any] = {"attempts": 0, "attempt_token": None, "started_at": None, "finished_at": None}
    reopened: int = rows.update(status=Delivery.Status.PENDING, due_at=now, created_at=now, last_error="", **fresh)
    if reopened:
        notify([current_tenant_id()])
    return reopened


@dataclass(frozen=True, slots=True)
class Replay:
    """Which events a receiver handles again: by sequence (``after`` and ``until``), order and time.

    ``wanted`` is needed for a receiver of a family, and says which events it takes.
    """

    receiver: str
    after: int | None = None
    until: int | None = None
    order_id: UUID | None = None
    occurred_at: Mapping[Comparison, datetime] = field(default_factory=dict)
    wanted: Callable[[Event], bool] | None = None

    @property
    def rules(self) -> Receiver:
        """The receiver.

        Raises:
            UnknownReceiver: there is no receiver of this name that has deliveries.
        """
        one = receiver_with_deliveries(self.receiver) if self.wanted is None else receiver_of(self.receiver)
        if one is None:
            raise UnknownReceiver(self.receiver)
        return one

    def events(self) -> QuerySet[Event]:
        """The current tenant's events that match, in order."""
        found: QuerySet[Event] = Event.objects.filter(type__in=self.rules.event_types, sequence__gt=self.after or 0)
        if self.until is not None:
            found = found.filter(sequence__lte=self.until)
        if self.order_id is not None:
            found = found.filter(order_id=self.order_id)
        when = {f"occurred_at__{comparison}": moment for comparison, moment in self.occurred_at.items()}
        return found.filter(**when).order_by("sequence")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of a replay, or of a dry run: numbers of events, deliveries reopened and opened; where it ended."""

    events: int
    reopened: int
    opened: int
    last: int
    more: bool


def keep_from_pruning(tenant_id: UUID) -> None:
    """Keep the tenant's events until the transaction ends: retention leaves a locked stream alone."""
    Stream.objects.select_for_update().filter(tenant_id=tenant_id).first()


def replay(asked: Replay, *, limit: int, dry_run: bool) -> Replayed:
    """Have the receiver handle finished events again, and events for which it has no delivery yet.

    At most ``limit`` events; ``more`` says that others follow ``last``. With ``dry_run`` nothing is changed. Unfinished
    deliveries are left alone. A delivery keeps its id.

    Raises:
        UnknownReceiver: there is no receiver of this name that has deliveries.
        CursorExpired: events after ``after`` have been removed, or ``after`` is ahead of the log.
    """
    with transaction.atomic():
        if not dry_run:
            keep_from_pruning(current_tenant_id())
        if asked.after is not None:
            log_reader.check(current_tenant_id(), asked.after)
        events = list(asked.events()[: limit + 1])
        more, events = len(events) > limit, events[:limit]
        last = (events[-1].sequence or 0) if events else asked.after or 0
        events = [event for event in events if asked.wanted is None or asked.wanted(event)]
        existing = Delivery.objects.filter(event_id__in=[event.pk for event in events], receiver=asked.receiver)
        known = set(existing.values_list("event_id", flat=True))
        new = [event for event in events if event.pk not in known]
        finished = existing.filter(status__in=Delivery.REPEATABLE)
        if dry_run:
            return Replayed(len(events), finished.count(), len(new), last, more)
        reopened = reopen(finished)
        if new:
            ledger.open_deliveries(new, [asked.rules])
            notify([current_tenant_id()])
    return Replayed(len(events), reopened, len(new), last, more)


def resume_logs() -> int:
    """Let every log go on above all sequences that were ever given; return how many logs there are.

    Called after the database was set back to an earlier state, while no process uses it. Without it, new events would
    get the sequences of lost ones, and a client that comes back late, with the cursor of a lost event, would miss them.
    The new sequences begin with the clock, like the epoch in the upper half of ZooKeeper's ``zxid``: the logs stay
    below it as long as they grow by less than ``SEQUENCES_A_SECOND``. JavaScript still represents it exactly.
    """
    begin = int(timezone.now().timestamp()) * SEQUENCES_A_SECOND
    tenant_ids = list(Stream.objects.values_list("tenant_id", flat=True))
    for tenant_id in tenant_ids:
        with tenant_context(tenant_id):
            Stream.objects.filter(tenant_id=tenant_id).update(resumed_at=begin)
    return len(tenant_ids)
