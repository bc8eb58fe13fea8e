"""The relay: it finds every event and delivery that the fast path missed. Alone, it does everything."""

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from events import switches
from events.dispatch import broker_outage
from events.dispatch.backoff import backoff
from events.dispatch.dispatcher import dispatch_now, number_and_assign, wake_receivers
from events.models import Delivery, Event
from events.receivers import RECEIVERS, Kind, receivers_of
from events.scheduler import Scheduler
from tenants.context import across_tenants

log = structlog.get_logger(__name__)


ROUND_TENANTS = 1000


def tenants_with_work(*, after: UUID | None = None, limit: int = ROUND_TENANTS) -> list[UUID]:
    """The tenants with unnumbered events or due deliveries, ordered by id, after the id ``after``: one statement.

    Receivers that are switched off or unknown to this process do not count, nor do tasks while the broker is away.
    """
    unnumbered = Event.unguarded.filter(sequence=None)
    due = Delivery.objects.all_tenants().filter(
        ~on_hold(), receiver__in=list(RECEIVERS), status__in=Delivery.UNFINISHED, due_at__lte=timezone.now()
    )
    with across_tenants():
        ids = [after_tenant(rows, after).values_list("tenant_id", flat=True) for rows in (unnumbered, due)]
        return list(ids[0].union(ids[1]).order_by("tenant_id")[:limit])


def after_tenant(rows: QuerySet[Any], tenant_id: UUID | None) -> QuerySet[Any]:
    """The rows of tenants with an id after this one."""
    return rows if tenant_id is None else rows.filter(tenant_id__gt=tenant_id)


class Rotation:
    """Visits the tenants that have work in turn, at most ``ROUND_TENANTS`` at a time.

    Work that can't be done now (it waits for another event of its order, or fails) is found again each time. So each
    search begins where the last one ended, and no tenant waits behind another's.
    """

    def __init__(self) -> None:
        self.last: UUID | None = None

    def next(self) -> list[UUID]:
        """The next tenants; if fewer than ``ROUND_TENANTS``, all have been visited and the next call starts over."""
        found = tenants_with_work(after=self.last, limit=ROUND_TENANTS)
        self.last = found[-1] if len(found) == ROUND_TENANTS else None
        return found

    def all(self) -> Iterator[UUID]:
        """Every tenant that has work, once."""
        while True:
            yield from self.next()
            if self.last is None:
                return


def on_hold() -> Q:
    """Deliveries that wait even when they are due."""
    waiting = set(switches.switched_off())
    if broker_outage.broker.is_away():
        waiting |= {receiver.name for receiver in receivers_of([Kind.QUEUED])}
    found = Q(receiver__in=waiting)
    for receiver, tenant_ids in switches.switched_off_for_some().items():
        found |= Q(receiver=receiver, tenant_id__in=tenant_ids)
    return found


def settle(*, rounds: int = 100) -> int:
    """Dispatch until nothing is due; return the number of events and deliveries. For tests, commands and the shell.

    Raises:
        RuntimeError: there was still work after ``rounds`` rounds.
    """
    done = 0
    for _ in range(rounds):
        handled = sum(dispatch_now(tenant_id) for tenant_id in Rotation().all())
        if not handled:
            return done
        done += handled
    raise RuntimeError(f"There is still work after {rounds} rounds.")


class Relay:
    """The loop; any number may run at once, in any processes."""

    def __init__(self, *, poll_seconds: float = 0.2) -> None:
        self.poll_seconds = poll_seconds
        self.scheduler = Scheduler()
        self.rotation = Rotation()

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop`` is set. While the database is away, keep trying."""
        while not stop.is_set():
            self.scheduler.run_due()
            if not self.round():
                stop.wait(self.poll_seconds)

    def round(self) -> int:
        """Find work and do it; return how much was done. A tenant whose work fails does not stop the others."""
        try:
            return sum(self.dispatch(tenant_id) for tenant_id in self.rotation.next())
        except Exception:  # The database is away; no tenant is to blame.
            log.exception("relay_round_failed")
            connection.close()  # It may be broken; the next round opens another.
            return 0

    @staticmethod
    def dispatch(tenant_id: UUID) -> int:
        """Number and deliver for one tenant. With threads, they deliver, and a stream that is locked is left alone."""
        if settings.EVENTS_DISPATCH == "inline":
            return backoff.attempt("turn", tenant_id, partial(dispatch_now, tenant_id))
        numbered = backoff.attempt("numbering", tenant_id, partial(number_and_assign, tenant_id, wait=False))
        wake_receivers(tenant_id)  # The tenant may have been found for deliveries that are due.
        return numbered
