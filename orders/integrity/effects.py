"""Whether each order has had each of its effects once, counted from the effects themselves.

An effect is *done* if it exists. A missing one is *waiting* while the ledger still has it to do, *dead* or *skipped* if
the ledger says so, and *lost* if no part of the system knows of it any more: an event without its delivery, or a
succeeded delivery without its effect. Each effect is in one of these states, so together they are what is expected.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from audit.models import AuditLog
from events import log_reader
from events.models import Delivery, Event
from events.receivers import RECEIVERS
from orders.event_types import CREATED, PROCESSING
from orders.invoices.order_documents import MAILS, mails_are_kept
from orders.models import Order
from orders.states import ProcessingStatus
from tenants.context import current_tenant_id

MOST_EVENTS = 5_000
DONE = {"processing_status": ProcessingStatus.DONE}
Status = Delivery.Status


class Kind(Enum):
    """The kinds of effect."""

    EVENT = "event"
    PLACE = "place"
    AUDIT_RECORD = "audit"
    PROCESSING = "processing"
    MAIL = MAILS


@dataclass(frozen=True, slots=True)
class Effect:
    """The number of effects of a kind that should exist, and their states."""

    kind: Kind
    expected: int
    done: int
    waiting: int = 0
    dead: int = 0
    skipped: int = 0
    lost: int = 0
    doubled: int = 0


class Effects:
    """The state of the effects of the current tenant's events after a sequence; of the newest 5,000 at most.

    None before the last restore are among them. The end of the range is read first: later events are not counted, so
    an effect that is still due never seems lost.
    """

    def __init__(self, after: int = 0) -> None:
        self.head, floor, resumed_at = log_reader.position(current_tenant_id())
        self.after = max(min(after, self.head), floor, min(resumed_at, self.head), self.head - MOST_EVENTS)
        within = {"sequence__gt": self.after, "sequence__lte": self.head}
        self.events: QuerySet[Event] = Event.objects.filter(**within)
        self.deliveries: QuerySet[Delivery] = Delivery.objects.filter(**within)

    def all(self) -> list[Effect]:
        """Each kind once, in the order in which they come about."""
        found = [self.recorded(), self.placed(), self.audited(), self.processed()]
        return [*found, self.mailed()] if mails_are_kept() else found

    def recorded(self) -> Effect:
        """Every order has one event for its creation."""
        created = self.events.filter(type=CREATED)
        recorded, rows = created.aggregate(Count("order_id", distinct=True), Count("pk")).values()
        since = self.events.aggregate(Min("occurred_at"))["occurred_at__min"]
        its_event = Event.objects.filter(order_id=OuterRef("pk"), type=CREATED)
        lost = Order.objects.filter(~Exists(its_event), created_at__gte=since).count() if since else 0
        return Effect(Kind.EVENT, expected=recorded + lost, done=recorded, lost=lost, doubled=rows - recorded)

    def placed(self) -> Effect:
        """Every place of the stream is held by one event; those without one yet wait."""
        expected, rows = self.head - self.after, sum(self.of_type.values())
        distinct = self.events.aggregate(Count("sequence", distinct=True))["sequence__count"]
        waiting = Event.objects.filter(sequence=None).count()
        return Effect(
            Kind.PLACE,
            expected=expected + waiting,
            done=distinct,
            waiting=waiting,
            lost=expected - distinct,
            doubled=rows - distinct,
        )

    def audited(self) -> Effect:
        """Every event that is audited has one record."""
        records = AuditLog.objects.filter(event_id__in=self.events.values("id"))
        rows, events = records.aggregate(rows=Count("pk"), events=Count("event_id", distinct=True)).values()
        its_record = AuditLog.objects.filter(event_id=OuterRef("event__id"))
        return self.of_receiver(Kind.AUDIT_RECORD, Exists(its_record), doubled=rows - events)

    def processed(self) -> Effect:
        """Every order was processed to the end, once."""
        finished = Order.objects.filter(pk=OuterRef("order_id"), **DONE)
        ends = self.events.filter(type=PROCESSING, payload__changes__processing_status__1=ProcessingStatus.DONE)
        twice = ends.order_by().values("order_id").annotate(ends=Count("pk")).filter(ends__gt=1)
        return self.of_receiver(Kind.PROCESSING, Exists(finished), doubled=twice.count())

    def mailed(self) -> Effect:
        """Each event with a mail to the customer has exactly one mail. Mails are recognised by their Message-ID."""
        had_address = ~Q(event__payload__order__customer_email="")
        rows = self.deliveries.filter(had_address, receiver=MAILS).values_list("pk", "status")
        status_of = {str(pk): status for pk, status in rows}
        files = Counter(name for name in kept_mails() if name in status_of)
        missing = Counter(status for pk, status in status_of.items() if pk not in files)
        return divided(Kind.MAIL, len(status_of), len(files), missing, doubled=files.total() - len(files))

    @cached_property
    def of_type(self) -> dict[str, int]:
        """By type: the number of events."""
        return dict(self.events.order_by().values_list("type").annotate(Count("pk")))

    def of_receiver(self, kind: Kind, there: Exists, *, doubled: int) -> Effect:
        """The effect of a receiver, by its deliveries; ``there`` is whether a delivery's effect exists.

        One statement counts effects and states, so that a delivery which ends meanwhile is not counted twice.
        """
        of_kind = self.deliveries.filter(receiver=kind.value).annotate(there=there)
        rows = of_kind.order_by().values_list("there", "status").annotate(Count("pk"))
        counted = {(is_there, status): count for is_there, status, count in rows}
        done = sum(count for (is_there, _), count in counted.items() if is_there)
        missing = Counter({status: count for (is_there, status), count in counted.items() if not is_there})
        expected = sum(self.of_type.get(one, 0) for one in RECEIVERS[kind.value].event_types)
        return divided(kind, expected, done, missing, doubled=doubled)


def divided(kind: Kind, expected: int, done: int, missing: Counter[str], *, doubled: int) -> Effect:
    """The effects of a kind, each in one state: together they are what is expected.

    One that exists is done, even if its delivery is open again for a retry or a replay. Of the missing ones, the states
    of their deliveries are given; the rest has none, and is lost.
    """
    waiting = sum(missing[status] for status in Delivery.UNFINISHED)
    dead, skipped = missing[Status.DEAD], missing[Status.SKIPPED]
    lost = expected - done - waiting - dead - skipped
    return Effect(kind, expected, done, waiting=waiting, dead=dead, skipped=skipped, lost=lost, doubled=doubled)


def kept_mails() -> Iterable[str]:
    """The mails in the embedded default's folder, by the first part of their Message-IDs: their deliveries' ids."""
    try:
        names = os.listdir(settings.EMAIL_FILE_PATH)
    except FileNotFoundError:
        return []
    return [name.partition("@")[0] for name in names if name.endswith(".eml")]
