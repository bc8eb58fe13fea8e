"""Notify the dispatcher once a transaction that recorded events has committed.

A notification may be lost: a dispatcher polls, and finds the events a fifth of a second later.
"""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from events.channel_layer import dispatcher_messages
from events.dispatch import inline
from events.log import events_recorded

log = structlog.get_logger(__name__)


class Notified(Protocol):
    """A dispatcher of this process."""

    def notify(self, tenant_id: UUID) -> None:
        """Record that this tenant has new events."""


here: list[Notified] = []
"""The dispatchers that run in this process; each adds and removes itself."""


@dataclass(frozen=True, slots=True)
class Notify:
    """The ``on_commit`` callback, one per transaction and tenant."""

    tenant_id: UUID

    def __call__(self) -> None:
        """Notify; never raises into the caller, whose transaction has committed."""
        try:
            notify(self.tenant_id)
        except Exception:
            log.exception("notification_failed", tenant_id=str(self.tenant_id))


def notify(tenant_id: UUID) -> None:
    """Notify the dispatcher that the tenant has work, without waiting; with ``EVENTS_DISPATCH=inline`` do it now."""
    if settings.EVENTS_DISPATCH == "inline":
        inline.dispatch(tenant_id)
    elif here:
        for dispatcher in here:
            dispatcher.notify(tenant_id)
    else:
        dispatcher_messages.notify_dispatchers(tenant_id)


def notify_after_commit(tenant_id: UUID) -> None:
    """Notify the dispatcher when the current transaction commits; immediately without a transaction."""
    callback = Notify(tenant_id)
    if all(planned != callback for _, planned, *_ in connection.run_on_commit):
        transaction.on_commit(callback)


def on_events_recorded(*, tenant_id: UUID, **_: Any) -> None:
    """The receiver of ``events_recorded``."""
    notify_after_commit(tenant_id)


def connect() -> None:
    """Connect the signal, unless dispatchers only poll (``EVENTS_DRIVER=relay``)."""
    if settings.EVENTS_DRIVER == "signals":
        events_recorded.connect(on_events_recorded, dispatch_uid="events.dispatch")
