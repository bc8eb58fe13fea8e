"""WakeDispatcher the dispatcher once a transaction that recorded events has committed."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from events.dispatch.dispatcher import dispatcher
from events.log import events_recorded


class WakeDispatcher:
    """The on_commit callback, one per transaction and tenant."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id

    def __call__(self) -> None:
        dispatcher.wake(self.tenant_id)


def wake_after_commit(tenant_id: UUID) -> None:
    """Wake the dispatcher for this tenant when the current transaction commits; at once without a transaction."""
    planned = (callback for _, callback, *_ in connection.run_on_commit)
    if not any(isinstance(one, WakeDispatcher) and one.tenant_id == tenant_id for one in planned):
        transaction.on_commit(WakeDispatcher(tenant_id))


def on_events_recorded(*, tenant_id: UUID, **_: Any) -> None:
    """The receiver of ``events_recorded``: start the fast path. If it is lost, the relay finds the events later."""
    wake_after_commit(tenant_id)


def connect() -> None:
    """Connect the signal, unless the relay is the only driver."""
    if settings.EVENTS_DRIVER == "signals":
        events_recorded.connect(on_events_recorded, dispatch_uid="events.dispatch")
