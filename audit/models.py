"""The audit trail: who did what, append-only, each tenant's records chained by hashes."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone

from events.errors import AppendOnly
from events.models import AppendOnlyManager
from tenants.models import Tenant, TenantOwned


class AuditHead(models.Model):
    """The end of a tenant's chain; its row lock makes appending one after the other."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+")
    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class AuditLog(TenantOwned):
    """One thing that was done: who, what, to which object, with what change. Append-only.

    ``hash`` is the SHA-256 of the record's canonical JSON, which holds the hash before it: a record that is changed,
    removed or moved breaks the chain at its place.
    """

    position = models.BigIntegerField(help_text="1, 2, 3 … in the order of appending.")
    action = models.CharField(max_length=50, help_text="What was done, such as ORDER_CREATED.")
    object_id = models.CharField(max_length=64)
    metadata = models.JSONField(default=dict)
    event_id = models.UUIDField(null=True, help_text="The event that this records; a repeat of it adds nothing.")
    actor = models.CharField(max_length=150)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects: ClassVar[Any] = AppendOnlyManager()

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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the record; one that exists is refused.

        Raises:
            AppendOnly: the row is there already.
        """
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse.

        Raises:
            AppendOnly: always.
        """
        raise AppendOnly
