"""Queries of the ledger. Those of deliveries see the current tenant's rows only."""

import math
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from events import switches
from events.models import Delivery
from events.receivers import FAMILIES, LEDGER_KINDS, RECEIVERS, Receiver, family_of, receivers_of
from tenants.context import across_tenants, tenant_context

RATE_MINUTES = 60
SAMPLES = 1000
Status = Delivery.Status


def deliveries(
    *, statuses: Collection[str] | None = None, receiver: str | None = None, order_ids: Collection[UUID] | None = None
) -> QuerySet[Delivery]:
    """The deliveries, with their events; filtered by statuses, receiver and orders where these are given."""
    found: QuerySet[Delivery] = Delivery.objects.select_related("event")
    if statuses is not None:
        found = found.filter(status__in=list(statuses))
    if receiver is not None:
        found = found.filter(receiver=receiver)
    return found if order_ids is None else found.filter(order_id__in=list(order_ids))


def deliveries_by_id(ids: Iterable[UUID]) -> dict[UUID, Delivery]:
    """The deliveries with these ids that exist."""
    return deliveries().in_bulk(list(ids))


@dataclass(frozen=True, slots=True)
class Backlog:
    """The number of deliveries of a status, unfinished or dead, and when the oldest was opened."""

    count: int = 0
    oldest: datetime | None = None

    def with_more(self, count: int, oldest: datetime) -> "Backlog":
        """These and so many more, of which the oldest was opened then."""
        return Backlog(self.count + count, min(self.oldest or oldest, oldest))


NOTHING = Backlog()


class ReceiverStates:
    """Figures of the receivers, for one tenant or for all. Each figure is read when it is first used, by one statement.

    The backlogs take two. :meth:`p95_seconds` takes one for each receiver.
    """

    def __init__(self, tenant_id: UUID | None) -> None:
        self.tenant_id = tenant_id
        self.read_at = timezone.now()

    def _reach(self) -> AbstractContextManager[None]:
        return across_tenants() if self.tenant_id is None else tenant_context(self.tenant_id)

    @property
    def rows(self) -> QuerySet[Delivery]:
        """The deliveries to receivers that this process knows."""
        known = Q(receiver__in=[receiver.name for receiver in receivers_of(LEDGER_KINDS)])
        for family in FAMILIES:
            after = (
                f"{family[:-1]}{chr(ord(family[-1]) + 1)}"  # By the bounds an index finds them, by LIKE it does not.
            )
            known |= Q(receiver__gte=family, receiver__lt=after, receiver__startswith=f"{family}:")
        rows: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(known)
        return rows if self.tenant_id is None else rows.filter(tenant_id=self.tenant_id)

    @cached_property
    def backlogs(self) -> dict[tuple[str, str], Backlog]:
        """The unfinished and dead deliveries, by receiver and status; the receivers of a family are one."""
        found: dict[tuple[str, str], Backlog] = {}
        for statuses in ([*Delivery.UNFINISHED], [Status.DEAD]):  # Each has its own partial index.
            grouped = self.rows.filter(status__in=statuses).values_list("receiver", "status")
            with self._reach():
                numbered = list(grouped.annotate(Count("pk"), Min("created_at")).order_by())
            for receiver, status, count, oldest in numbered:
                key = family_of(receiver), status
                found[key] = found.get(key, NOTHING).with_more(count, oldest)
        return found

    @cached_property
    def rates(self) -> dict[str, float]:
        """By receiver: the deliveries that succeeded in the last hour, per minute."""
        return {receiver: count / RATE_MINUTES for receiver, count in self._counted(RATE_MINUTES).items()}

    @cached_property
    def last_minute(self) -> dict[str, int]:
        """By receiver: the number of deliveries that succeeded within the last minute."""
        return self._counted(1)

    def _counted(self, minutes: int) -> dict[str, int]:
        counted = self._recent(minutes).values_list("receiver").annotate(Count("pk")).order_by()
        with self._reach():
            return dict(counted)

    def _recent(self, minutes: int) -> QuerySet[Delivery]:
        begin = self.read_at - timedelta(minutes=minutes)
        return self.rows.filter(status=Status.SUCCEEDED, finished_at__gte=begin)

    @cached_property
    def off(self) -> frozenset[str]:
        """The receivers that are switched off for this tenant or for all."""
        return switches.switched_off(self.tenant_id)

    @cached_property
    def off_for_all(self) -> frozenset[str]:
        """The receivers that are switched off for all tenants."""
        return switches.switched_off()

    def count(self, receiver: str, *statuses: str) -> int:
        """The number of deliveries to the receiver with one of these statuses."""
        return sum(self.backlogs.get((receiver, status), NOTHING).count for status in statuses)

    def lag_seconds(self, receiver: str) -> float:
        """The seconds for which the receiver's oldest unfinished delivery has been open; 0 if there is none."""
        times = (self.backlogs.get((receiver, status), NOTHING).oldest for status in Delivery.UNFINISHED)
        oldest = min((one for one in times if one), default=self.read_at)
        return max((self.read_at - oldest).total_seconds(), 0.0)

    def p95_seconds(self, receiver: str) -> float | None:
        """The 95th percentile of the duration of attempts that succeeded in the last hour; None if there are none.

        At most the newest thousand count.
        """
        recent = self._recent(RATE_MINUTES).filter(receiver=receiver, started_at__isnull=False).order_by("-finished_at")
        with self._reach():
            times = list(recent.values_list("started_at", "finished_at")[:SAMPLES])
        durations = sorted((finished - started).total_seconds() for started, finished in times if started and finished)
        return durations[math.ceil(0.95 * len(durations)) - 1] if durations else None


@dataclass(frozen=True, slots=True)
class ReceiverState:
    """A receiver and its numbers."""

    receiver: Receiver
    states: ReceiverStates = field(repr=False)


def receiver_states(tenant_id: UUID | None) -> list[ReceiverState]:
    """Every receiver with its figures, sorted by name, for one tenant or for all."""
    states = ReceiverStates(tenant_id)
    return [ReceiverState(RECEIVERS[name], states) for name in sorted(RECEIVERS)]
