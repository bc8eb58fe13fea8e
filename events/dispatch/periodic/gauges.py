"""Gauges that dispatchers read from the database, for all tenants together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from events.dispatch.periodic.scheduler import every
from events.metrics import metrics
from events.models import Delivery, Event
from events.receivers import FAMILIES, LEDGER_KINDS, receivers_of
from events.selectors import ReceiverStates
from tenants.context import across_tenants
from tenants.values.identifiers import made_at

SECONDS = 5.0
STATEMENT_MILLISECONDS = 2000


@every(SECONDS, name="events_gauges")
def measure() -> None:
    """Set the gauges, by four indexed statements; on PostgreSQL each gives up after two seconds."""
    with bounded():
        states = ReceiverStates(None)
        for name in (*(receiver.name for receiver in receivers_of(LEDGER_KINDS)), *FAMILIES):
            metrics.LAG_SECONDS.labels(name).set(states.lag_seconds(name))
            for status in (*Delivery.UNFINISHED, Delivery.Status.DEAD):
                metrics.DELIVERIES.labels(name, status.value).set(states.count(name, status))
        unnumbered = Event.unguarded.filter(sequence=None)
        with across_tenants():
            metrics.UNNUMBERED.set(unnumbered.count())
            oldest = unnumbered.order_by("insertion_id").values_list("id", flat=True).first()
        metrics.UNNUMBERED_SECONDS.set(0 if oldest is None else max(time.time() - made_at(oldest).timestamp(), 0))


@contextmanager
def bounded() -> Iterator[None]:
    """Limit the time of each statement inside (PostgreSQL)."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_MILLISECONDS)])
        yield
