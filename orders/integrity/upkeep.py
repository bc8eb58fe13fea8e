"""Periodic cleanup by the dispatchers: remove expired idempotency records."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from events.dispatch.backoff import backoff
from events.dispatch.periodic.scheduler import every
from orders.models import IdempotencyRecord
from tenants.context import across_tenants, in_its_tenant

BATCH = 1000
SECONDS = 3600


@every(SECONDS, name="idempotency_records")
def forget_expired_keys() -> int:
    """Remove the expired idempotency records in batches; returns their number."""
    expired = IdempotencyRecord.objects.all_tenants().filter(expires_at__lt=timezone.now())
    forgotten, failing = 0, set[UUID]()
    while batch := first_of(expired.exclude(tenant_id__in=failing)):
        for tenant_id, records in batch.items():
            forget = partial(forget_records, tenant_id, records)
            if gone := backoff.attempt("idempotency_records", tenant_id, forget):
                forgotten += gone
            else:
                failing.add(tenant_id)
    return forgotten


@in_its_tenant
def forget_records(tenant_id: UUID, records: Sequence[UUID]) -> int:
    """Remove these records of the tenant; returns their number."""
    gone: int = IdempotencyRecord.objects.filter(tenant_id=tenant_id, pk__in=records).delete()[0]
    return gone


def first_of(records: QuerySet[IdempotencyRecord]) -> dict[UUID, list[UUID]]:
    """The first few of these records, by tenant."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    with across_tenants():
        for tenant_id, record in records.values_list("tenant_id", "pk")[:BATCH]:
            found[tenant_id].append(record)
    return found
