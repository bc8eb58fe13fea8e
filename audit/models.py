"""The audit trail: who did what, append-only, each tenant's records chained by hashes."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from audit.chain import GENESIS
from events.models import AppendOnlyRow
from tenants.db.json_fields import JSONField
from tenants.models import Tenant


class AuditHead(models.Model):
    """Both ends of a tenant's chain; its row lock serialises appends.

    ``floor`` is the checkpoint that pruning keeps: the last position removed, and its hash, on which the first record
    left is chained. On PostgreSQL the system's login moves the end only (``LOGIN_MAY``); pruning, as the owner, moves
    the checkpoint.
    """

    LOGIN_MAY: ClassVar = ("SELECT", "INSERT (tenant_id, position, hash)", "UPDATE (position, hash)")

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+")
    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    floor = models.BigIntegerField(default=0, db_default=0)
    floor_hash = models.CharField(max_length=64, default=GENESIS, db_default=GENESIS)


class AuditLog(AppendOnlyRow):
    """An action: who did what to which object, with which change. Append-only.

    ``hash`` is the SHA-256 of the record's canonical JSON, which holds the hash before it: a record that is changed,
    removed or moved breaks the chain at its place. The database refuses to change or remove one (``audit.lock``); on
    PostgreSQL the system's login has no right to (``LOGIN_MAY``).
    """

    LOGIN_MAY: ClassVar = ("SELECT", "INSERT")

    position = models.BigIntegerField(help_text="1, 2, 3 … in the order of appending.")
    action = models.CharField(max_length=50, help_text="What was done, such as ORDER_CREATED.")
    object_id = models.CharField(max_length=64)
    metadata = JSONField(default=dict)
    event_id = models.UUIDField(null=True, help_text="The event that this records; a repeat of it adds nothing.")
    actor = models.CharField(max_length=150)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "audit record"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "position"], name="audit_position_once"),
            models.UniqueConstraint(fields=["tenant", "event_id", "action"], name="audit_event_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "object_id", "position"], name="audit_of_object"),
            models.Index(fields=["tenant", "action", "position"], name="audit_of_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"
