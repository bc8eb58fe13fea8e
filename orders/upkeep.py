"""What every relay does for the orders now and then."""

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from events.chores import every
from orders.models import IdempotencyRecord
from tenants.context import across_tenants, tenant_context

BATCH = 1000
SECONDS = 3600


@every(SECONDS, name="idempotency_records", aside=True)
def forget_expired_keys() -> int:
    """Remove what was kept under idempotency keys that have expired, in batches; how many."""
    expired = IdempotencyRecord.objects.all_tenants().filter(expires_at__lt=timezone.now())
    forgotten = 0
    while batch := first_of(expired):
        for tenant_id, records in batch.items():
            with tenant_context(tenant_id):
                forgotten += IdempotencyRecord.objects.filter(pk__in=records).delete()[0]
    return forgotten


def first_of(records: QuerySet[IdempotencyRecord]) -> dict[UUID, list[UUID]]:
    """The first few of these records, by tenant."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    with across_tenants():
        for tenant_id, record in records.values_list("tenant_id", "pk")[:BATCH]:
            found[tenant_id].append(record)
    return found
