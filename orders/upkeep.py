"""What every relay does for the orders now and then."""

from django.utils import timezone

from events.chores import every
from orders.models import IdempotencyRecord

BATCH = 1000
SECONDS = 3600


@every(SECONDS, name="idempotency_records", aside=True)
def forget_expired_keys() -> int:
    """Remove what was kept under idempotency keys that have expired, in batches; how many."""
    expired = IdempotencyRecord.objects.all_tenants().filter(expires_at__lt=timezone.now())
    forgotten = 0
    while batch := list(expired.values_list("pk", flat=True)[:BATCH]):
        forgotten += IdempotencyRecord.objects.all_tenants().filter(pk__in=batch).delete()[0]
    return forgotten
