"""Believable orders of the past with all that happened to them, as if placed at their time: two thousand or a million.

The rows are those that the services, a dispatcher and the retention would have left: orders, lines, numbered events,
deliveries and audit records (:mod:`orders.demo.stencils`). They are written by a few large statements. No mail is sent
and no worker processes the orders: those deliveries are SKIPPED.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from audit.models import AuditLog
from audit.services import MOVE, locked_head
from events import log_reader
from events.dispatch.numbering import locked_streams
from events.models import Delivery, Event, Stream
from events.receivers import delivery_id
from events.retention import retention_ends
from orders.demo.stencils import EventStencil, Stencil, stencil_of
from orders.demo.stories import StoryMaker
from orders.models import Order, OrderLine
from orders.tables.order_counts import OrderCountPosition
from orders.tables.order_parts import OrderTag
from orders.values.naming import new_number, searchable
from tenants.context import acting_as, acting_for, current_tenant_id
from tenants.db import copying, sql
from tenants.values.identifiers import uuid7

MODELS: tuple[type[Model], ...] = (Order, OrderLine, OrderTag, Event, Delivery, AuditLog)
DAYS = 90
HOUR = timedelta(hours=1)
STENCILS = 500
"""The most lives that differ in more than ids, customers and times."""
CHUNK = 2000
"""Orders that are written together."""

Progress = Callable[[int, int], None]
"""Called with the number of orders that are written, and the number of all."""
Gaps = dict[str, object]
"""The values for the gaps of a stencil, by name."""


def silent(done: int, of: int) -> None:
    """Show no progress."""


def seed_first_run(orders: int) -> list[UUID]:
    """Place orders for a first look: a quarter of them in the past, the others in the last hour."""
    now, past = timezone.now(), orders // 4
    placed = seed(orders=past, until=now - HOUR) if past else []
    return placed + seed(orders=orders - past, days=HOUR / timedelta(days=1), until=now)


def seed(
    *,
    orders: int,
    seed: int | None = None,
    days: float = DAYS,
    until: datetime | None = None,
    progress: Progress = silent,
) -> list[UUID]:
    """Place orders in the current tenant and take them through their lives; return their ids.

    They are spread over ``days`` until ``until``, more of them recently. Their numbers and ids are new on each run,
    all other data follows from ``seed``. Without one it follows from how many orders there are, so that a second run
    places others. Events that retention would have removed are left out of an empty log. All is
    one transaction, in which the tenant's other events wait for their numbers, and SQLite's other writers for it.
    """
    run, now = uuid7().hex, until or timezone.now()
    seed = Order.objects.count() + 1 if seed is None else seed
    maker = StoryMaker(seed=seed, customers=orders // 3, days=min(days, max(2, orders / 5)))
    placed: list[UUID] = []
    with acting_as(acting_for(current_tenant_id(), actor="demo-data", request_id=run)):
        stencils = [stencil_of(maker.story()) for _ in range(min(orders, STENCILS))]
        with transaction.atomic():
            archive = Archive(now)
            for number, moment in enumerate(maker.moments(orders, now)):
                name, email = maker.customer()
                new = Placed(moment, f"PO-{run[-8:]}-{number:05d}".upper(), name, email)
                placed.append(archive.place(new, stencils[number % len(stencils)]))
                if (number + 1) % CHUNK == 0:
                    archive.record(until=moment)
                    progress(number + 1, orders)
            archive.record(until=datetime.max.replace(tzinfo=UTC))
            archive.close()
    progress(orders, orders)
    return placed


class Placed(NamedTuple):
    """The values that differ from order to order."""

    moment: datetime
    reference: str
    name: str
    email: str

    def gaps(self, stencil: Stencil, times: Iterable[datetime]) -> Gaps:
        """The values for the gaps of the order's rows."""
        number, reference = new_number(), self.reference if stencil.has_reference else ""
        searched = searchable("\n".join((number, reference, self.email, self.name)))
        gaps: Gaps = {f"time{at}": moment.isoformat() for at, moment in enumerate(times)}
        gaps |= {f"line{at}": str(uuid7(self.moment)) for at in range(len(stencil.order_lines))}
        return gaps | {
            "order": str(uuid7(self.moment)),
            "number": number,
            "reference": reference,
            "name": self.name,
            "email": self.email,
            "search": copying.escaped(searched),
        }


class Waiting(NamedTuple):
    """An event that is recorded when its time has come; the earliest first."""

    moment: datetime
    number: int
    stencil: EventStencil
    gaps: Gaps


class Archive:
    """Writes rows as the services, a dispatcher and the retention would have; it holds the tenant's locks meanwhile."""

    def __init__(self, now: datetime) -> None:
        self.tenant_id, self.now = current_tenant_id(), now
        self.by_copy = copying.may_copy()
        if self.by_copy:  # No triggers, which would compare each row, and no waiting for a chunk to be made.
            sql.change("SET LOCAL session_replication_role = replica")
            sql.change("SET LOCAL idle_in_transaction_session_timeout = 0")
        self.head = locked_streams([self.tenant_id], wait=True)[self.tenant_id].head
        self.floor = log_reader.position(self.tenant_id).floor
        self.audit, _ = locked_head(self.tenant_id, [{"action": "", "object_id": "", "metadata": {}}])
        self.kept_from = retention_ends() if self.floor == self.head else datetime.min.replace(tzinfo=UTC)
        self.waiting: list[Waiting] = []
        self.added = 0
        self.rows: dict[type[Model], list[str]] = {model: [] for model in MODELS}

    def place(self, new: Placed, stencil: Stencil) -> UUID:
        """Add an order as it is now, and have its events recorded in time; return its id."""
        begin = new.moment.replace(microsecond=new.moment.microsecond // 10 * 10 + 1)  # It has six decimals, always.
        happened = [event for event in stencil.events if begin + event.after < self.now] or [stencil.events[0]]
        gaps = new.gaps(stencil, [begin + event.after for event in happened])
        self.rows[Order].append(happened[-1].order % gaps)
        self.rows[OrderLine] += [line % gaps for line in stencil.order_lines]
        self.rows[OrderTag] += [tag % gaps for tag in stencil.tags]
        for event in happened:
            self.added += 1
            heappush(self.waiting, Waiting(begin + event.after, self.added, event, gaps))
        return UUID(cast("str", gaps["order"]))

    def record(self, *, until: datetime) -> None:
        """Number the events up to that time and write all rows; events that retention has removed are audited alone."""
        due: list[Waiting] = []
        kept: list[tuple[Waiting, Gaps]] = []
        while self.waiting and self.waiting[0].moment <= until:
            due.append(heappop(self.waiting))
        for one in due:
            self.head += 1
            one.gaps.update(event=str(uuid7(one.moment)), sequence=self.head)
            if one.moment < self.kept_from:
                self.floor = self.head
            else:
                self.rows[Event].append(one.stencil.event % one.gaps)
                kept.append((one, dict(one.gaps)))
            if one.stencil.audited:
                self.note(one.stencil, one.gaps)
        for model in MODELS[:3]:
            self.write(model)
        self.write(AuditLog)
        for (one, gaps), key in zip(kept, self.write(Event), strict=True):
            for receiver, delivery in zip(one.stencil.receivers, one.stencil.deliveries, strict=True):
                own = {"key": key, "delivery": delivery_id(UUID(str(gaps["event"])), receiver)}
                self.rows[Delivery].append(delivery % (gaps | own))
        self.write(Delivery)

    def write(self, model: type[Model]) -> list[int]:
        """Insert the model's rows, and forget them; return their automatic keys, if they have any."""
        keys = copying.write(model, self.rows[model], by_copy=self.by_copy)
        self.rows[model].clear()
        return keys

    def note(self, stencil: EventStencil, gaps: Gaps) -> None:
        """Add the audit record of an event, and move the chain's head to it."""
        self.audit.position += 1
        gaps |= {"position": self.audit.position, "previous": self.audit.hash}
        self.audit.hash = hashlib.sha256((stencil.audited % gaps).encode()).hexdigest()
        self.rows[AuditLog].append(stencil.record % {**gaps, "hash": self.audit.hash})

    def close(self) -> None:
        """Move the ends of the log and of the audit trail. Orders are counted again: old ones have no events."""
        Stream.objects.filter(tenant_id=self.tenant_id).update(head=self.head, floor=self.floor)
        sql.change(MOVE, self.audit.position, self.audit.hash, self.tenant_id)
        OrderCountPosition.objects.filter(tenant_id=self.tenant_id).delete()
