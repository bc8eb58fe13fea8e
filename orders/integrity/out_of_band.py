"""Orders that were changed past the services: find them, and write an event for each.

An order that the services wrote equals its newest event. On PostgreSQL a trigger records an order that differs when the
change commits (:class:`orders.models.Bypass`); a comparison finds it on every database, afterwards.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from events import log
from events.log import NewEvent
from events.models import Event
from orders import event_types
from orders.models import Bypass, Order
from orders.selectors import load_lines, load_refunds

BATCH = 500
Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An order that differs from its newest event: ``fields`` differ, or there is no event of it."""

    order_id: UUID
    fields: tuple[str, ...] = ()
    is_gone: bool = False


def silent(done: int, of: int) -> None:
    """Show no progress."""


def unrecorded() -> Iterable[Bypass]:
    """The current tenant's changes that the trigger recorded and that have no event yet, oldest first."""
    found: Iterable[Bypass] = Bypass.objects.filter(recorded_at=None).order_by("id")
    return found


# --- Comparing --------------------------------------------------------------------------------------------------------


def differences(*, progress: Progress = silent) -> Iterator[Difference]:
    """The current tenant's orders that differ from their newest event; each is checked again under its lock.

    An order whose events have all been pruned can't be compared, unless it is too young for that.
    """
    count, done = Order.objects.count(), 0
    for batch in batches():
        newest = newest_events(order.id for order in batch)
        suspects = [order.id for order in batch if difference_of(order, newest.get(order.id))]
        yield from filter(None, map(second_look, suspects))
        done += len(batch)
        progress(done, count)
    yield from (Difference(order_id, is_gone=True) for order_id in removed_orders())


def batches() -> Iterator[list[Order]]:
    """The current tenant's orders with their lines, in order of their ids."""
    after = None
    while True:
        rows = Order.objects.order_by("id").defer("search_text")
        batch: list[Order] = list((rows.filter(id__gt=after) if after else rows)[:BATCH])
        if not batch:
            return
        load_lines(batch)
        load_refunds(batch)
        yield batch
        after = batch[-1].id


def newest_events(order_ids: Iterable[UUID]) -> dict[UUID, Event]:
    """The newest event of each of these orders that has one."""
    of_orders = Event.objects.filter(order_id__in=list(order_ids))
    newest = of_orders.values("order_id").annotate(newest=Max("insertion_id")).values_list("newest", flat=True)
    return {event.order_id: event for event in Event.objects.filter(insertion_id__in=list(newest))}


def difference_of(order: Order, newest: Event | None) -> Difference | None:
    """The difference between the order and its newest event, if there is one."""
    if newest is None:
        kept_since = timezone.now() - timedelta(days=settings.EVENTS_RETENTION_DAYS)
        return Difference(order.id) if order.created_at > kept_since else None
    changed = changes_between(newest.payload["order"], order.snapshot())
    return Difference(order.id, tuple(changed)) if changed else None


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields of a snapshot that changed, with their old and new values.

    A snapshot that an earlier version wrote says nothing of the fields that are new since then.
    """
    return {name: (before[name], value) for name, value in after.items() if name in before and before[name] != value}


def second_look(order_id: UUID) -> Difference | None:
    """The difference, if it is one still: the order may have changed between the first look at it and at its event."""
    with transaction.atomic():
        order = locked(order_id)
        return difference_of(order, newest_events([order_id]).get(order_id)) if order else None


def locked(order_id: UUID) -> Order | None:
    """The order with its lines, locked until the transaction ends; None if it was removed."""
    order: Order | None = Order.objects.select_for_update().filter(pk=order_id).first()
    load_lines([order] if order else [])
    return order


def removed_orders() -> Iterator[UUID]:
    """Orders with events, the newest of which is not a removal, and without a row."""
    rows = Event.objects.filter(~Exists(Order.objects.filter(pk=OuterRef("order_id"))))
    order_ids = list(rows.order_by("order_id").values_list("order_id", flat=True).distinct())
    newest = newest_events(order_ids)
    return (order_id for order_id in order_ids if not newest[order_id].payload["details"].get("removed"))


# --- Telling ----------------------------------------------------------------------------------------------------------


def record(order_id: UUID) -> bool:
    """Write the ``order.changed_out_of_band`` event of an order, and mark its bypasses as recorded.

    The event has the order as it is now; its ``changes`` are those since its newest event, unknown if there is none.
    For a removed order it has the last known state. Returns False if there was nothing to record: for a repeat, or
    after a later event.
    """
    with transaction.atomic():
        order, newest = locked(order_id), newest_events([order_id]).get(order_id)
        happened = what_happened(order_id, order, newest)
        if happened:
            log.append(happened)
        Bypass.objects.filter(order_id=order_id, recorded_at=None).update(recorded_at=timezone.now())
        return happened is not None


def what_happened(order_id: UUID, order: Order | None, newest: Event | None) -> NewEvent | None:
    """The event to be written, if there is a difference."""
    if order is None:
        return None if newest is None or newest.payload["details"].get("removed") else removal(newest)
    snapshot = order.snapshot()
    changes = changes_between(newest.payload["order"], snapshot) if newest else {}
    if newest and not changes:
        return None
    noticed = Bypass.objects.filter(order_id=order_id, recorded_at=None).values_list("operation", flat=True)
    payload = event_types.payload(snapshot, changes, operations=sorted(set(noticed)))
    return order.event(event_types.CHANGED_OUT_OF_BAND, payload)


def removal(newest: Event) -> NewEvent:
    """The event of a removed order."""
    payload = event_types.payload(newest.payload["order"], removed=True)
    version = event_types.VERSIONS[event_types.CHANGED_OUT_OF_BAND]
    return NewEvent(event_types.CHANGED_OUT_OF_BAND, newest.order_id, newest.order_version, payload, version)
