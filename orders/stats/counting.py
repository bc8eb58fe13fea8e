"""Count a tenant's orders by interval, currency and status, in one statement."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, DateTimeField, DecimalField, F, Sum, Value
from django.db.models.functions import TruncDay, TruncHour, TruncMinute

from events import clock
from events.models import Event, Stream
from orders.models import Order
from orders.search.filters import EVERYTHING, Condition
from orders.stats.tally import StatsPeriod, StatsWindow, Tally
from tenants.context import current_tenant_id

COUNTED, HEAD, WAITING = "counted", "head", "waiting"
TRUNCATED = ((86400, TruncDay), (3600, TruncHour), (60, TruncMinute))


def count_orders(
    time: StatsWindow | StatsPeriod, now: datetime | None = None, condition: Condition | None = None
) -> Tally:
    """Count the current tenant's orders of a period, or of the window that ends ``now``, as of the last numbered event.

    With a condition only orders count that fulfil it.

    One statement reads one state of the database: the orders, the position, and the events that wait for their number.
    The effects of those events are subtracted, since they come after the position.
    """
    tally = Tally(time, condition.compiled() if condition else None)
    waiting: list[int] = []
    for kind, placed, currency, status, number, total in rows(time, now or clock.now(), condition):
        if kind == COUNTED:
            tally.count(time.interval_of(placed), currency, status, number, total)
        elif kind == HEAD:
            tally.position = tally.counted_at = number
        else:
            waiting.append(number)
    for event in Event.objects.filter(insertion_id__in=waiting):
        tally.change(event, -1)
    return tally


def rows(
    time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None
) -> Iterable[tuple[str, datetime, str, str, int, Decimal]]:
    """Counts, the position and the insertion ids of events without one: (kind, placed, currency, status, n, total)."""
    truncated = next(kind for seconds, kind in TRUNCATED if time.seconds % seconds == 0)
    nothing: dict[str, Any] = {
        "placed": Value(None, output_field=DateTimeField()),
        "money": Value("", output_field=CharField()),
        "state": Value("", output_field=CharField()),
        "amount": Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=2)),
    }
    names = ("kind", "placed", "money", "state", "n", "amount")
    counted = (
        Order.objects.filter(condition.to_q() if condition else EVERYTHING, **time.bounds(now))
        .order_by()
        .annotate(
            kind=Value(COUNTED, output_field=CharField()),
            placed=truncated("created_at", tzinfo=UTC),
            money=F("currency"),
            state=F("status"),
        )
        .values("kind", "placed", "money", "state")
        .annotate(
            n=Count("id", output_field=BigIntegerField()),
            amount=Sum("total", output_field=DecimalField(max_digits=20, decimal_places=2)),
        )
        .values_list(*names)
    )
    head = (
        Stream.objects.filter(tenant_id=current_tenant_id())
        .order_by()
        .annotate(kind=Value(HEAD, output_field=CharField()), n=F("head"), **nothing)
        .values_list(*names)
    )
    waiting = (
        Event.objects.filter(sequence=None)
        .order_by()
        .annotate(kind=Value(WAITING, output_field=CharField()), n=F("insertion_id"), **nothing)
        .values_list(*names)
    )
    found: Iterable[tuple[str, datetime, str, str, int, Decimal]] = counted.union(head, waiting, all=True)
    return found
