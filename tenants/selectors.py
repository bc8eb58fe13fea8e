"""Reads of tenants."""

import time
from uuid import UUID

from django.db.models import QuerySet

from tenants.models import Tenant

REMEMBER_SECONDS = 5.0
_currencies: dict[UUID, tuple[str, float]] = {}


def default_currency(tenant_id: UUID) -> str:
    """The currency of the tenant's orders that name none, at most five seconds old."""
    known = _currencies.get(tenant_id)
    if known and time.monotonic() - known[1] < REMEMBER_SECONDS:
        return known[0]
    currency = Tenant.objects.values_list("default_currency", flat=True).get(pk=tenant_id)
    _currencies[tenant_id] = currency, time.monotonic()
    return currency


def tenants_of(user_id: int | None) -> QuerySet[Tenant]:
    """The active tenants that a person belongs to, by name."""
    return Tenant.objects.filter(is_active=True, memberships__user=user_id).order_by("name", "pk")
