"""Keep counts of orders by time, so that statistics of a year read few rows. Dispatchers do it, by the event log.

Nothing depends on it: :func:`orders.stats.counting.count_orders` gives the same numbers if counts are old or missing.
On SQLite none are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import Gauge

from events import log
from events.dispatch.backoff import backoff
from events.dispatch.periodic.scheduler import every
from events.errors import CursorExpired
from events.models import Event, Stream
from orders.event_types import CHANGED_OUT_OF_BAND
from orders.models import Bypass
from orders.order_parts import OrderCount, OrderCountPosition
from orders.stats.counting import counted
from orders.stats.coverage import FINEST, LENGTHS
from orders.stats.tally import StatsPeriod, Tally, Total
from tenants.context import across_tenants, current_tenant_id, in_its_tenant
from tenants.db import sql
from tenants.db.bulk_insert import insert

SECONDS: Final = 2.0
EVENTS: Final = 500
"""How many events a transaction adds."""
RECOUNT_AFTER: Final = timedelta(minutes=10)
"""How long counts that became wrong are left unused at least, so that orders are not counted all the time."""
BEGIN: Final = "to_timestamp(floor(date_part('epoch', {moment}))::bigint / {seconds} * {seconds})"
ALL: Final = StatsPeriod(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), FINEST)
BEHIND = Gauge(
    "orders_counts_behind_events",
    "Events of all tenants that their kept counts do not include yet. PostgreSQL only; dispatchers count them.",
    multiprocess_mode="mostrecent",
)
# All parts of a statement see the same state of the database. The policies of the tables apply, too.
COUNT: Final = f"""
    WITH counted AS (
        INSERT INTO orders_ordercount (tenant_id, seconds, begin, currency, status, orders, total)
        SELECT tenant_id, {FINEST}, {BEGIN.format(moment="created_at", seconds=FINEST)}, currency, status,
            count(*), sum(total)
        FROM orders_order WHERE tenant_id = %s GROUP BY 1, 3, 4, 5
    )
    SELECT coalesce((SELECT head FROM events_stream WHERE tenant_id = %s), 0),
        (SELECT count(*) FROM orders_bypass WHERE tenant_id = %s),
        ARRAY(SELECT insertion_id FROM events_event WHERE tenant_id = %s AND sequence IS NULL)
"""  # noqa: S608  # made of constants
ADD_UP: Final = f"""
    INSERT INTO orders_ordercount (tenant_id, seconds, begin, currency, status, orders, total)
    SELECT tenant_id, %s, {BEGIN.format(moment="begin", seconds="%s")}, currency, status, sum(orders), sum(total)
    FROM orders_ordercount WHERE tenant_id = %s AND seconds = {FINEST} GROUP BY 1, 3, 4, 5
"""  # noqa: S608  # made of constants
Key = tuple[int, datetime, str, str]
"""Length and begin of an interval, currency and status."""
Sums = Mapping[Key, Total]


@every(SECONDS, name="orders_counts")
def keep_all() -> None:
    """Add the new events of every tenant to its counts."""
    if connection.vendor == "postgresql":
        behind = tenants_behind()
        BEHIND.set(sum(behind.values()))
        for tenant_id in behind:
            backoff.attempt("orders_counts", tenant_id, partial(keep, tenant_id))


def tenants_behind() -> dict[UUID, int]:
    """The tenants with events that their counts do not include, and how many these are."""
    heads = dict(Stream.objects.filter(head__gt=0).values_list("tenant_id", "head"))
    with across_tenants():
        kept = dict(OrderCountPosition.objects.values_list("tenant_id", "sequence"))
    return {one: head - max(kept.get(one, 0), 0) for one, head in heads.items() if head > kept.get(one, -1)}


@in_its_tenant
def keep(tenant_id: UUID) -> None:
    """Add the tenant's new events to its counts; count its orders if there are no counts, or wrong ones.

    While another process does it, nothing happens.
    """
    insert([OrderCountPosition(tenant_id=tenant_id)], skip_conflicts=True)
    while add_events(tenant_id):
        pass


def add_events(tenant_id: UUID) -> bool:
    """Add some events, in one transaction; returns whether there are more."""
    with transaction.atomic():
        position = OrderCountPosition.objects.select_for_update(skip_locked=True).filter(tenant_id=tenant_id).first()
        if position is None:
            return False
        events = new_events(position)
        if events is None or not store(sums_of(events)):
            count_again(position)
            return False
        if events:
            position.sequence = events[-1].sequence or 0
            position.save(update_fields=["sequence"])
        return len(events) == EVENTS


def new_events(position: OrderCountPosition) -> list[Event] | None:
    """The next events; None if they are no reason for what the orders are: some changed past the services."""
    if position.sequence < 0 or position.bypasses != Bypass.objects.count():
        return None
    try:
        events = log.read_after(position.tenant_id, position.sequence, limit=EVENTS)
    except CursorExpired:
        return None
    return None if any(event.type == CHANGED_OUT_OF_BAND for event in events) else events


def sums_of(events: Iterable[Event], sign: int = 1) -> Sums:
    """What the events change in the counts; with ``-1`` what it takes to undo that."""
    tally = Tally(ALL)
    for event in events:
        tally.change(event, sign)
    return by_length(tally)


def by_length(tally: Tally) -> Sums:
    """The numbers of a tally in the shortest intervals, for intervals of each length."""
    sums: defaultdict[Key, Total] = defaultdict(Total)
    for (interval, currency, status), one in tally.sums.items():
        for seconds in LENGTHS:
            begin = datetime.fromtimestamp(interval * FINEST // seconds * seconds, UTC)
            sums[seconds, begin, currency, status].add(one)
    return sums


def store(changes: Sums) -> bool:
    """Add these numbers to the current tenant's counts; False, and nothing is changed, if they do not fit."""
    begins = {begin for _, begin, _, _ in changes}
    kept = [row for row in OrderCount.objects.filter(seconds__in=LENGTHS, begin__in=begins) if key_of(row) in changes]
    sums = {key: Total(change.orders, change.total) for key, change in changes.items()}
    for row in kept:
        sums[key_of(row)].add(Total(row.orders, row.total))
    if any(one.orders < 0 or one.total < 0 or (one.total and not one.orders) for one in sums.values()):
        return False
    OrderCount.objects.filter(pk__in=[row.pk for row in kept]).delete()
    insert([count_of(key, one) for key, one in sums.items() if one.orders])
    return True


def key_of(row: OrderCount) -> Key:
    """The interval, currency and status of a count."""
    return row.seconds, row.begin, row.currency, row.status


def count_of(key: Key, found: Total) -> OrderCount:
    """The row of a number."""
    seconds, begin, currency, status = key
    return OrderCount(
        seconds=seconds, begin=begin, currency=currency, status=status, orders=found.orders, total=found.total
    )


def count_again(position: OrderCountPosition) -> None:
    """Count the orders, if they were not counted just now; until then there are no counts."""
    now = timezone.now()
    position.sequence = -1
    if position.counted_at is None or now - position.counted_at > RECOUNT_AFTER:
        OrderCount.objects.all().delete()
        [(head, bypasses, waiting)] = sql.rows(COUNT, *[position.tenant_id] * 4)
        for seconds in LENGTHS[:-1]:
            sql.change(ADD_UP, seconds, seconds, seconds, position.tenant_id)
        store(sums_of(Event.objects.filter(insertion_id__in=waiting), -1))
        position.sequence, position.bypasses, position.counted_at = head, bypasses, now
    position.save()


# --- By command -------------------------------------------------------------------------------------------------------


def wrong_counts() -> int:
    """How many of the current tenant's counts are not what its orders are; none if the counts are not in use."""
    if connection.vendor != "postgresql":
        return 0
    with transaction.atomic():
        sql.change("SET LOCAL idle_in_transaction_session_timeout = 0")  # Many rows are compared here.
        position = OrderCountPosition.objects.select_for_update().filter(tenant_id=current_tenant_id()).first()
        found = counted(ALL, timezone.now())
        if position is None or position.sequence < 0 or position.bypasses != found.bypasses:
            return 0
        later = Event.objects.filter(sequence__gt=position.sequence, sequence__lte=found.tally.position)
        for event in later:
            found.tally.change(event, -1)
        right = {key: (one.orders, one.total) for key, one in by_length(found.tally).items() if one.orders}
        kept = {key_of(row): (row.orders, row.total) for row in OrderCount.objects.all()}
        return sum(right.get(key) != kept.get(key) for key in right.keys() | kept.keys())


def recount() -> None:
    """Count the current tenant's orders now, and keep these counts."""
    if connection.vendor != "postgresql":
        return
    tenant_id = current_tenant_id()
    OrderCountPosition.objects.filter(tenant_id=tenant_id).delete()
    keep(tenant_id)
