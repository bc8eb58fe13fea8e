"""Which receivers are switched off; every process notices a change within a second."""

import threading
import time
from uuid import UUID

from events.models import ReceiverSwitch
from tenants.db import sql
from tenants.models import Tenant

REFRESH_SECONDS = 0.5
OFF = "SELECT receiver, tenant_id FROM events_receiverswitch WHERE enabled = %s"


class _Switches:
    """The pairs (receiver, tenant or None for all) that are off, read again after ``REFRESH_SECONDS``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.off: frozenset[tuple[str, UUID | None]] = frozenset()
        self.read_at = float("-inf")

    def current(self, *, share: float = 1.0) -> frozenset[tuple[str, UUID | None]]:
        with self.lock:
            if time.monotonic() - self.read_at > share * REFRESH_SECONDS:
                rows = sql.rows(OFF, False)  # a value of the statement
                self.off = frozenset((receiver, tenant and sql.as_uuid(tenant)) for receiver, tenant in rows)
                self.read_at = time.monotonic()
            return self.off

    def renew(self) -> None:
        self.current(share=0.5)

    def forget(self) -> None:
        self.read_at = float("-inf")


_switches = _Switches()
forget = _switches.forget
renew = _switches.renew
"""Read the switches early, if half of ``REFRESH_SECONDS`` is over: for a loop, between other work."""


def switched_off(tenant_id: UUID | None = None) -> frozenset[str]:
    """The receivers that are off for this tenant; without a tenant, those that are off for all."""
    return frozenset(name for name, tenant in _switches.current() if tenant is None or tenant == tenant_id)


def switched_off_for_some() -> dict[str, list[UUID]]:
    """The tenants for which each receiver is off; receivers that are off for all are not included."""
    off: dict[str, list[UUID]] = {}
    for name, tenant in _switches.current():
        if tenant is not None:
            off.setdefault(name, []).append(tenant)
    return off


def set_enabled(receiver: str, *, enabled: bool, tenant_id: UUID | None = None) -> None:
    """Switch a receiver on or off, for one tenant or for all; its deliveries wait while it is off."""
    row, _ = ReceiverSwitch.objects.get_or_create(receiver=receiver, tenant=tenant_id and Tenant(pk=tenant_id))
    row.enabled = enabled
    row.save()
    forget()
