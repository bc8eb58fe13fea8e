"""The relay: finds what the fast path missed. With it alone, everything still happens."""

import threading
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from events import outage, switches
from events.chores import Rota
from events.dispatch import lead, look, turn
from events.models import Delivery, Event
from events.receivers import RECEIVERS, Kind, receivers_of
from tenants.context import across_tenants

log = structlog.get_logger(__name__)


def tenants_with_work(*, limit: int = 1000) -> list[UUID]:
    """Tenants that have unnumbered events or deliveries that are due: one indexed statement.

    Left out are receivers that are switched off, or unknown here, and tasks while the broker is away.
    """
    unnumbered = Event.unguarded.filter(sequence=None).values_list("tenant_id", flat=True)
    due = Delivery.objects.all_tenants().filter(
        ~idle(), receiver__in=list(RECEIVERS), status__in=Delivery.UNFINISHED, due_at__lte=timezone.now()
    )
    with across_tenants():
        return list(unnumbered.union(due.values_list("tenant_id", flat=True))[:limit])


def idle() -> Q:
    """Deliveries that may be due and still have to wait."""
    waiting = set(switches.switched_off())
    if outage.broker.is_away():
        waiting |= {receiver.name for receiver in receivers_of([Kind.QUEUED])}
    found = Q(receiver__in=waiting)
    for receiver, tenant_ids in switches.switched_off_for_some().items():
        found |= Q(receiver=receiver, tenant_id__in=tenant_ids)
    return found


def settle(*, rounds: int = 100) -> int:
    """Take turns until nothing is due and return how much was done; for tests, commands and the shell.

    Raises:
        RuntimeError: there was still work after ``rounds`` rounds.
    """
    done = 0
    for _ in range(rounds):
        handled = sum(turn(tenant_id) for tenant_id in tenants_with_work())
        if not handled:
            return done
        done += handled
    raise RuntimeError(f"Still busy after {rounds} rounds.")


class Relay:
    """The loop; any number may run at once, in any processes."""

    def __init__(self, *, poll_seconds: float = 0.2) -> None:
        self.poll_seconds = poll_seconds
        self.rota = Rota()

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop`` is set. A database that is away is waited for, not died of."""
        while not stop.is_set():
            self.rota.do()
            if not self.round():
                stop.wait(self.poll_seconds)

    def round(self) -> int:
        """One look for work, and the work; how much was done."""
        try:
            return sum(self.take(tenant_id) for tenant_id in tenants_with_work())
        except Exception:
            log.exception("relay_round_failed")
            connection.close()  # It may be broken; the next round opens another.
            return 0

    @staticmethod
    def take(tenant_id: UUID) -> int:
        """A turn; where there are threads the deliveries are theirs, and a stream in other hands is left to them."""
        if settings.EVENTS_DISPATCH == "inline":
            return turn(tenant_id)
        numbered = lead(tenant_id, wait=False)
        look(tenant_id)  # Why it was found may be another than what has just been numbered.
        return numbered
