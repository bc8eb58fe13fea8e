"""Webhook endpoints and the log of attempts to reach them. The deliveries themselves are in the ledger of events."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from events.receivers import name_in
from tenants.models import TenantOwned
from tenants.values.identifiers import uuid7

FAMILY = "webhook"
"""The first part of an endpoint's name in the ledger."""


class Endpoint(TenantOwned):
    """An address of a tenant's, to which its events are sent.

    It is a receiver of its own in the ledger, under the name :attr:`receiver`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.CharField(max_length=2000, verbose_name="URL")
    description = models.CharField(max_length=200, blank=True)
    event_types = models.JSONField(default=list, blank=True, help_text="The types of events to send. Empty: all.")
    where = models.JSONField(null=True, blank=True, help_text="A filter of orders, as the API has it (OrderWhere).")
    document = models.TextField(
        blank=True, help_text="A GraphQL subscription that shapes the body. Empty: a CloudEvent with the whole order."
    )
    secret = models.TextField(editable=False, help_text="Encrypted.")
    previous_secret = models.TextField(editable=False, blank=True, help_text="Encrypted; signs as well for a while.")
    previous_until = models.DateTimeField(editable=False, null=True, help_text="The end of the previous secret.")
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, editable=False, blank=True)
    since = models.BigIntegerField(
        editable=False, default=0, help_text="Events after this sequence are sent: it moves when it is enabled."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "id"], name="endpoint_of_tenant")]

    def __str__(self) -> str:
        return self.url

    @property
    def receiver(self) -> str:
        """The endpoint's name in the ledger."""
        return name_in(FAMILY, self.pk)


class Outcome(models.TextChoices):
    """The outcome of an attempt."""

    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    GONE = "GONE"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    FORBIDDEN_ADDRESS = "FORBIDDEN_ADDRESS"
    FAILED = "FAILED"


class Attempt(TenantOwned):
    """A request to an endpoint, and the beginning of its answer. Kept for ``WEBHOOKS_ATTEMPTS_DAYS``.

    It refers to endpoint, delivery and event by their ids alone: the log outlives them. ``delivery_id`` is None for a
    test.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint_id = models.UUIDField()
    delivery_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(default=timezone.now)
    duration_seconds = models.FloatField()
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.TextField(blank=True)
    answer = models.TextField(blank=True, help_text="The first 2 KiB of the answer's body.")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["tenant", "endpoint_id", "id"], name="attempt_of_endpoint"),
            models.Index(fields=["tenant", "started_at"], name="attempt_in_time"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.status_code or ''}".strip()
