"""Remove attempts that are past ``WEBHOOKS_ATTEMPTS_DAYS``."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from events.dispatch.backoff import backoff
from events.dispatch.periodic.scheduler import every
from tenants.context import across_tenants, in_its_tenant
from webhooks.models import Attempt

log = structlog.get_logger(__name__)

BATCH = 500
SECONDS = 3600


@in_its_tenant
def prune(tenant_id: UUID, *, before: datetime) -> int:
    """Remove a batch of the tenant's attempts that began before that time; return how many, 0 at the end."""
    old = Attempt.objects.filter(tenant_id=tenant_id, started_at__lt=before).values_list("pk", flat=True)[:BATCH]
    removed: int = Attempt.objects.filter(pk__in=list(old)).delete()[0]
    return removed


@every(SECONDS, name="webhook_attempts_retention")
def keep_retention() -> None:
    """Remove old attempts of all tenants, batch by batch."""
    before, removed = timezone.now() - timedelta(days=settings.WEBHOOKS_ATTEMPTS_DAYS), 0
    with across_tenants():
        old = Attempt.objects.all_tenants().filter(started_at__lt=before)
        tenant_ids = list(old.values_list("tenant_id", flat=True).distinct().order_by())
    for tenant_id in tenant_ids:
        while batch := backoff.attempt("webhook retention", tenant_id, partial(prune, tenant_id, before=before)):
            removed += batch
    if removed:
        log.info("webhook_attempts_pruned", attempts=removed)
