"""The results kept under idempotency keys."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from orders import validation
from tenants.models import TenantOwned
from tenants.values.identifiers import uuid7


def a_day_later() -> datetime:
    """When a record of an idempotency key expires."""
    return timezone.now() + timedelta(hours=24)


class IdempotencyRecord(TenantOwned):
    """The result under an idempotency key, written first in the same transaction. Only successes are kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=validation.MAX_KEY)
    operation = models.CharField(max_length=50)
    input_hash = models.CharField(max_length=64)
    result = models.JSONField(help_text="What the operation answers a repeat with: ids, and for a batch its errors.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=a_day_later)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]
