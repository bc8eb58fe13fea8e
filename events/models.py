"""The event log, which is also the outbox, and the ledger of deliveries of each event to each receiver."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from events import upcasters
from events.errors import AppendOnly, kind_of_failure
from tenants.db.json_fields import JSONField
from tenants.models import Tenant, TenantManager, TenantOwned
from tenants.values.identifiers import uuid7


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses to change or remove rows."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise AppendOnly

    update = delete = bulk_update = update_or_create = _refuse


class AppendOnlyManager(TenantManager.from_queryset(AppendOnlyQuerySet)):  # type: ignore[misc]  # made at run time
    """The current tenant's rows; they can be read, and rows can be added."""


class AppendOnlyRow(TenantOwned):
    """A row that is added and then never changed or removed."""

    objects: ClassVar[Any] = AppendOnlyManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; refuse to save an existing one.

        Raises:
            AppendOnly: the row is there already.
        """
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to delete the row.

        Raises:
            AppendOnly: always; retention removes events another way.
        """
        raise AppendOnly


class Stream(models.Model):
    """How far a tenant's events are numbered (``head``) and pruned (``floor``); where a restored log goes on."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+")
    head = models.BigIntegerField(default=0, help_text="The last sequence given; it survives pruning.")
    floor = models.BigIntegerField(default=0, help_text="The last sequence pruned; a cursor before it has expired.")
    resumed_at = models.BigIntegerField(
        default=0, db_default=0, help_text="New sequences are greater: since the last restore, 0 if there was none."
    )
    asked_for = models.TextField(
        default="",
        db_default="",
        blank=True,
        help_text="The receivers on request that the tenant has asked for, with spaces between.",
    )


class Event(AppendOnlyRow):
    """Something that happened to an order, written in the transaction that made it happen. Append-only.

    ``sequence`` is the event's place in the tenant's stream, 1, 2, 3 … without a gap; a restore alone leaves one
    (:func:`events.operations.resume_logs`). It is empty until the event is committed and a numbering pass has numbered
    it. On PostgreSQL the system's login has no right to change the event's other columns (``LOGIN_MAY``); retention
    removes old events.
    """

    LOGIN_MAY: ClassVar = ("SELECT", "INSERT", "DELETE", "UPDATE (sequence, numbered_at)")

    insertion_id = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(null=True, editable=False)
    type = models.CharField(max_length=50)
    schema_version = models.PositiveSmallIntegerField(default=1)
    order_id = models.UUIDField()
    order_version = models.PositiveIntegerField()
    payload = JSONField(help_text='{"order": full snapshot, "changes": {field: [old, new]}}')
    actor = models.CharField(max_length=150)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    traceparent = models.CharField(max_length=55, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    numbered_at = models.DateTimeField(
        null=True, editable=False, help_text="When a turn found it committed and gave it its place."
    )

    unguarded: ClassVar[models.Manager["Event"]] = models.Manager()

    class Meta:
        default_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "sequence"], condition=Q(sequence__isnull=False), name="event_sequence_once"
            ),
            models.UniqueConstraint(fields=["tenant", "insertion_id"], name="event_of_tenant"),
        ]
        indexes = [
            models.Index(fields=["tenant", "insertion_id"], condition=Q(sequence=None), name="event_unnumbered"),
            models.Index(fields=["tenant", "order_id", "sequence"], name="event_of_order"),
            models.Index(
                fields=["tenant", "type", "sequence"], condition=Q(sequence__isnull=False), name="event_of_type"
            ),
        ]

    WIRE = ("type", "schema_version", "order_version", "payload", "actor", "sequence")
    NOT_SENT: ClassVar[dict[str, Any]] = {"insertion_id": None, "ip": None, "request_id": "", "traceparent": ""}

    def __str__(self) -> str:
        return f"{self.type} #{self.sequence}"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """An event as it was read, its payload in the present version of its type."""
        event = super().from_db(db, field_names, values, **options)
        if upcasters.UPCASTERS and "payload" in event.__dict__:
            event.schema_version, event.payload = upcasters.upcast(event.type, event.schema_version, event.payload)
        return event

    def to_wire(self) -> dict[str, Any]:
        """The event for a notification, in types that JSON and msgpack have."""
        wire = {name: getattr(self, name) for name in self.WIRE}
        return wire | {
            "id": str(self.id),
            "order_id": str(self.order_id),
            "occurred_at": self.occurred_at.isoformat(),
            "numbered_at": self.numbered_at and self.numbered_at.isoformat(),
            "request_id": self.request_id,
            "traceparent": self.traceparent,
        }

    @classmethod
    def from_wire(cls, tenant_id: uuid.UUID, wire: dict[str, Any]) -> Self:
        """The event of :meth:`to_wire`, not to be saved. What is not sent is empty."""
        # A process of an earlier version leaves these fields out.
        numbered_at = wire.get("numbered_at")
        row = cls.NOT_SENT | {name: wire[name] for name in cls.WIRE}
        row["tenant_id"] = tenant_id
        row["id"], row["order_id"] = uuid.UUID(wire["id"]), uuid.UUID(wire["order_id"])
        row["occurred_at"] = datetime.fromisoformat(wire["occurred_at"])
        row["request_id"], row["traceparent"] = wire.get("request_id", ""), wire.get("traceparent", "")
        row["numbered_at"] = datetime.fromisoformat(numbered_at) if numbered_at else None
        return cls.from_db(None, row.keys(), row.values())


class Delivery(TenantOwned):
    """The delivery of one event to one receiver; the ledger of these makes each effect happen once.

    ``due_at`` is the time to look at it next: of the next attempt, or of the end of the running attempt's lease. Only
    the holder of ``attempt_token`` may record an outcome. ``id`` follows from (event, receiver); systems outside can
    use it to recognise a repeat.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        RUNNING = "RUNNING"
        SUCCEEDED = "SUCCEEDED"
        RETRYING = "RETRYING"
        DEAD = "DEAD"
        SKIPPED = "SKIPPED"

    UNFINISHED = (Status.PENDING, Status.RUNNING, Status.RETRYING)
    WAITING = (Status.PENDING, Status.RETRYING)
    REPEATABLE = (Status.SUCCEEDED, Status.DEAD, Status.SKIPPED)

    id = models.UUIDField(primary_key=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    receiver = models.CharField(max_length=50)
    order_id = models.UUIDField()
    sequence = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    attempt_token = models.UUIDField(null=True)
    last_error = models.TextField(blank=True, help_text="For operators; clients see that it failed, not why.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, help_text="When it was opened, or opened again.")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "receiver"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                condition=Q(status__in=["PENDING", "RUNNING", "RETRYING"]),
                name="delivery_due",
            ),
            models.Index(
                fields=["tenant", "receiver", "due_at"],
                condition=Q(status__in=["PENDING", "RUNNING", "RETRYING"], receiver__contains=":"),
                name="delivery_due_in_family",
            ),
            models.Index(fields=["tenant", "order_id", "receiver", "sequence"], name="delivery_of_order"),
            models.Index(
                fields=["tenant", "receiver", "finished_at"], condition=Q(status="SUCCEEDED"), name="delivery_succeeded"
            ),
            models.Index(fields=["tenant", "sequence", "id"], condition=Q(status="DEAD"), name="delivery_dead"),
            models.Index(fields=["tenant", "sequence"], name="delivery_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.status}"

    @property
    def is_reserved(self) -> bool:
        """Whether a new delivery is reserved by a process, or its task was sent."""
        return self.due_at > self.created_at

    @property
    def duration_seconds(self) -> float | None:
        """The duration of the last attempt, once it has ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def failure(self) -> str | None:
        """The kind of the last failure, for readers who may not see ``last_error``; None if there was none."""
        if not self.last_error or self.status in {self.Status.SUCCEEDED, self.Status.SKIPPED}:
            return None
        return kind_of_failure(self.last_error)


class ReceiverSwitch(models.Model):
    """A receiver switched on or off, for one tenant or for all; while it is off, its deliveries wait."""

    receiver = models.CharField(max_length=50)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "receiver switches"
        constraints = [
            models.UniqueConstraint(fields=["receiver", "tenant"], name="switch_once_per_tenant"),
            models.UniqueConstraint(fields=["receiver"], condition=Q(tenant=None), name="switch_once_for_all"),
        ]

    def __str__(self) -> str:
        return f"{self.receiver}: {'on' if self.enabled else 'off'}"


class DispatcherHeartbeat(models.Model):
    """A running dispatcher, which updates ``seen_at`` every second or two and removes the row when it ends."""

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=100)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} {self.id}"
