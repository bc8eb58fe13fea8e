"""A thread that does the deliveries of one kind: direct ones wait for our database, queued ones for the broker."""

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

import structlog
from django.db import connection
from structlog.contextvars import bound_contextvars

from events import switches
from events.dispatch import direct, queued, reservations
from events.dispatch.backoff import backoff
from events.dispatch.work import Batch, Work
from events.models import Delivery
from events.receivers import Kind
from tenants.context import tenant_context

log = structlog.get_logger(__name__)

LINGER_SECONDS = 0.03
"""Seconds that a deliverer waits before it begins: live subscribers come first, and several passes are one batch."""
DO: dict[Kind, Callable[[Batch], int]] = {Kind.DIRECT: direct.run, Kind.QUEUED: queued.send}


def deliver(batch: Batch) -> int:
    """Do a batch as its tenant; return how many of its deliveries were done, or sent."""
    with tenant_context(batch.tenant_id), bound_contextvars(tenant_id=str(batch.tenant_id)):
        return backoff.attempt(batch.receiver.name, batch.tenant_id, partial(do_or_release, batch)) or 0


def do_or_release(batch: Batch) -> int:
    """Do a batch, unless its receiver has been switched off in the meantime."""
    if batch.receiver.name in switches.switched_off(batch.tenant_id):
        reservations.release(batch.deliveries)
        return 0
    return DO[batch.receiver.kind](batch)


class Deliverer:
    """Does deliveries one batch after another, taking turns between the receivers of all tenants."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.work = Work([kind])
        self.name = f"{kind.value}-deliverer"
        self.woken = threading.Event()
        self.stopping = False
        self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)

    def take(self, tenant_id: UUID, opened: Iterable[Delivery]) -> None:
        """Do those of these new deliveries that are reserved soon; for others look in the ledger, as they may wait."""
        if self.work.take(tenant_id, opened):
            self.woken.set()

    def look_for(self, tenant_id: UUID) -> None:
        """Look in the ledger soon for deliveries of this tenant."""
        self.work.look_for(tenant_id)
        self.woken.set()

    def run(self) -> None:
        """Do deliveries until :meth:`stop`, and then the assigned ones."""
        while not self.stopping:
            self.woken.wait()
            if not self.stopping:
                time.sleep(LINGER_SECONDS)
            self.woken.clear()
            self.drain()
        self.drain()
        connection.close()

    def drain(self) -> int:
        """Do all assigned deliveries and those in the ledger; return how many deliveries were done, or sent."""
        try:
            return sum(map(deliver, self.work.batches()))
        except Exception:  # The database is unreachable: the ledger has all assigned deliveries.
            log.exception("deliveries_failed", deliverer=self.name)
            self.work.drop()
            connection.close()
            return 0

    def stop(self) -> None:
        """Do not look in the ledger any more, do the assigned deliveries, and end."""
        self.stopping = True
        self.work.close()
        self.woken.set()
