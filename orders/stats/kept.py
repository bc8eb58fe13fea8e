"""Keep counts of orders by time, so that statistics of a year read few rows. Dispatchers write them from the event log.

The numbers do not depend on them: if counts are old or missing, :func:`orders.stats.counting.count_orders` counts the
orders. On SQLite no counts are kept.
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

from events.dispatch.backoff import backoff
from events.dispatch.periodic.scheduler import every
from events.models import Event, Stream
from orders.models import Bypass
from orders.stats.counting import counted, events_of, next_events
from orders.stats.coverage import FINEST, KEPT_LENGTHS
from orders.stats.tally import StatsPeriod, Tally, Total
from orders.tables.order_counts import OrderCount, OrderCountPosition
from tenants.context import across_tenants, current_tenant_id, in_its_tenant
from tenants.db import sql
from tenants.db.bulk_insert import insert

EVERY_SECONDS: Final = 2.0
EVENTS_AT_A_TIME: Final = 500
"""The most events that one transaction adds."""
RECOUNT_AFTER: Final = timedelta(minutes=10)
"""The least time between two counts of all orders of a tenant. Until then, wrong counts are not used."""
BEGIN: Final = "to_timestamp(floor(date_part('epoch', {moment}))::bigint / {seconds} * {seconds})"
ALL_TIME: Final = StatsPeriod(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), FINEST)
BEHIND = Gauge(
    "orders_counts_behind_events",
    "Events of all tenants that their kept counts do not include yet. PostgreSQL only; dispatchers count them.",
    multiprocess_mode="mostrecent",
)
# All parts of the statement see the same state of the database, and the tables' policies apply to it.
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


@every(EVERY_SECONDS, name="orders_counts")
def keep_all() -> None:
    """Add the new events of every tenant to its counts."""
    if connection.vendor == "postgresql":
        behind = tenants_behind()
        BEHIND.set(sum(behind.values()))
        for tenant_id in behind:
            backoff.attempt("orders_counts", tenant_id, partial(keep, tenant_id))


def tenants_behind() -> dict[UUID, int]:
    """For each tenant whose counts lack events: how many."""
    heads = dict(Stream.objects.filter(head__gt=0).values_list("tenant_id", "head"))
    with across_tenants():
        kept = dict(OrderCountPosition.objects.values_list("tenant_id", "sequence"))
    return {one: head - max(kept.get(one, 0), 0) for one, head in heads.items() if head > kept.get(one, -1)}


@in_its_tenant
def keep(tenant_id: UUID) -> None:
    """Add the tenant's new events to its counts. If there are no counts, or they are wrong, count its orders.

    Does nothing while another process does it.
    """
    insert([OrderCountPosition(tenant_id=tenant_id)], skip_conflicts=True)
    while add_events(tenant_id):
        pass


def add_events(tenant_id: UUID) -> bool:
    """Add some events, in one transaction; return whether there may be more."""
    with transaction.atomic():
        position = OrderCountPosition.objects.select_for_update(skip_locked=True).filter(tenant_id=tenant_id).first()
        if position is None:
            return False
        events = None if is_outdated(position) else next_events(position.sequence, EVENTS_AT_A_TIME)
        if events is None or not store(sums_of(events)):
            count_again(position)
            return False
        if events:
            position.sequence = events[-1].sequence or 0
            position.save(update_fields=["sequence"])
        return len(events) == EVENTS_AT_A_TIME


def is_outdated(position: OrderCountPosition) -> bool:
    """Whether there are no counts, or an order has changed past the services since they were made."""
    return position.sequence < 0 or position.bypasses != Bypass.objects.count()


def sums_of(events: Iterable[Event], sign: int = 1) -> Sums:
    """The changes of the counts by the events; with ``-1``, the changes that undo them."""
    tally = Tally(ALL_TIME)
    for event in events:
        tally.change(event, sign)
    return by_length(tally)


def by_length(tally: Tally) -> Sums:
    """The numbers of a tally whose intervals are :data:`FINEST`, for intervals of each length."""
    sums: defaultdict[Key, Total] = defaultdict(Total)
    for (interval, currency, status), one in tally.sums.items():
        for seconds in KEPT_LENGTHS:
            begin = datetime.fromtimestamp(interval * FINEST // seconds * seconds, UTC)
            sums[seconds, begin, currency, status].add(one)
    return sums


def store(changes: Sums) -> bool:
    """Add these numbers to the current tenant's counts; False, and nothing changes, if a count would be below zero."""
    begins = {begin for _, begin, _, _ in changes}
    kept = [
        row for row in OrderCount.objects.filter(seconds__in=KEPT_LENGTHS, begin__in=begins) if key_of(row) in changes
    ]
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
    """Count the tenant's orders. Drop the counts instead if the orders were counted in the last ``RECOUNT_AFTER``."""
    now = timezone.now()
    position.sequence = -1
    if position.counted_at is None or now - position.counted_at > RECOUNT_AFTER:
        OrderCount.objects.all().delete()
        [(head, bypasses, waiting)] = sql.rows(COUNT, *[position.tenant_id] * 4)
        for seconds in KEPT_LENGTHS[:-1]:
            sql.change(ADD_UP, seconds, seconds, seconds, position.tenant_id)
        # Orders show the effects of events that have no sequence yet, and come after the position.
        if store(sums_of(events_of(waiting), -1)):
            position.sequence = head
        position.bypasses, position.counted_at = bypasses, now
    position.save()


# --- By command -------------------------------------------------------------------------------------------------------


def wrong_counts() -> int:
    """The number of the current tenant's counts that differ from its orders; 0 if the counts are not in use."""
    if connection.vendor != "postgresql":
        return 0
    with transaction.atomic():
        sql.change("SET LOCAL idle_in_transaction_session_timeout = 0")  # Many rows are compared here.
        position = OrderCountPosition.objects.select_for_update().filter(tenant_id=current_tenant_id()).first()
        found = counted(ALL_TIME, timezone.now())
        if position is None or is_outdated(position):
            return 0
        for event in next_events(position.sequence, found.tally.position - position.sequence) or ():
            found.tally.change(event, -1)
        right = {key: (one.orders, one.total) for key, one in by_length(found.tally).items() if one.orders}
        kept = {key_of(row): (row.orders, row.total) for row in OrderCount.objects.all()}
        return sum(right.get(key) != kept.get(key) for key in right.keys() | kept.keys())


def recount() -> None:
    """Replace the current tenant's counts: count its orders now."""
    if connection.vendor != "postgresql":
        return
    tenant_id = current_tenant_id()
    OrderCountPosition.objects.filter(tenant_id=tenant_id).delete()
    keep(tenant_id)
