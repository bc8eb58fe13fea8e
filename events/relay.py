"""The relay: finds what the fast path missed. With it alone, everything still happens."""

import threading
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from events import switches
from events.dispatch import turn
from events.models import Delivery, Event

log = structlog.get_logger(__name__)


def tenants_with_work(*, limit: int = 100) -> list[UUID]:
    """Tenants that have unnumbered events or deliveries that are due: one indexed statement."""
    unnumbered = Event.unguarded.filter(sequence=None).values_list("tenant_id", flat=True)
    due = Delivery.objects.all_tenants().filter(
        ~Q(receiver__in=switches.switched_off()), status__in=Delivery.UNFINISHED, due_at__lte=timezone.now()
    )
    return list(unnumbered.union(due.values_list("tenant_id", flat=True))[:limit])


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

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop`` is set. A database that is away is waited for, not died of."""
        while not stop.is_set():
            if not self.round():
                stop.wait(self.poll_seconds)

    def round(self) -> int:
        """One look for work, and the work; how much was done."""
        try:
            return sum(turn(tenant_id) for tenant_id in tenants_with_work())
        except Exception:
            log.exception("relay_round_failed")
            connection.close()  # It may be broken; the next round opens another.
            return 0
