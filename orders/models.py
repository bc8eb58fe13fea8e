"""An order, its lines, the results kept under idempotency keys, and changes that bypassed the services."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NoReturn, Self, cast

from django.db import models
from django.db.models import BigIntegerField, F, Q
from django.db.models.functions import Cast, Round
from django.utils import timezone

from events.log import NewEvent
from orders import event_types, validation
from orders.errors import UseOrderService
from orders.managers import OrderManager, insert_orders
from orders.order_parts import OrderLine, OrderTag, Refund
from orders.states import TRANSITIONS, ProcessingStatus, RefundStatus, Status, refund_status
from orders.validation import Errors, NewLine
from orders.values.naming import new_number, searchable
from tenants.db.json_fields import JSONField
from tenants.models import TenantOwned
from tenants.selectors import default_currency
from tenants.values.identifiers import uuid7

__all__ = ["Bypass", "IdempotencyRecord", "Order", "OrderLine"]


class Order(TenantOwned):
    """A customer's order. Only :mod:`orders.services` changes it, each time with an event."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=11, default=new_number, editable=False)
    external_reference = models.CharField(  # noqa: DJ001  # NULL, so that many may have none
        max_length=validation.MAX_REFERENCE, null=True, blank=True
    )
    customer_email = models.CharField(max_length=validation.MAX_EMAIL, blank=True)
    customer_name = models.CharField(max_length=validation.MAX_NAME, blank=True)
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217.")
    total = models.DecimalField(max_digits=10, decimal_places=2)
    total_cents = models.GeneratedField(  # What totals are compared by: docs/decisions/0057.
        expression=Cast(Round(F("total") * 100), BigIntegerField()), output_field=BigIntegerField(), db_persist=True
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    processing_status = models.CharField(
        max_length=10, choices=ProcessingStatus.choices, default=ProcessingStatus.PENDING, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts business changes.")
    metadata = JSONField(default=dict, blank=True)
    notes = models.TextField(
        max_length=validation.MAX_NOTES, default="", db_default="", blank=True, help_text="Internal: no mail has them."
    )
    tags = JSONField(default=list, db_default=[], blank=True, help_text="Sorted, each once.")
    refunded_total = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal(0), db_default=Decimal(0), editable=False
    )
    search_text = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True, editable=False)
    shipped_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = OrderManager()
    unguarded: ClassVar[models.Manager["Order"]] = models.Manager()

    class Meta:
        default_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="order_of_tenant"),
            models.UniqueConstraint(fields=["tenant", "number"], name="order_number_once"),
            models.UniqueConstraint(fields=["tenant", "external_reference"], name="order_reference_once"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=Q(refunded_total__gte=0, refunded_total__lte=F("total")), name="order_refunds_within_total"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="order_version_positive"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(processing_status__in=ProcessingStatus.values), name="order_processing_known"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="order_currency_code"),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="order_by_creation"),
            models.Index(fields=["tenant", "updated_at", "id"], name="order_by_update"),
            models.Index(fields=["tenant", "total_cents", "id"], name="order_by_cents"),
            models.Index(fields=["tenant", "status", "created_at", "id"], name="order_by_status"),
            models.Index(fields=["tenant", "customer_email", "created_at"], name="order_by_email"),
            models.Index(fields=["tenant", "currency", "created_at", "id"], name="order_by_currency"),
            models.Index(
                fields=["tenant", "processing_status", "created_at", "id"],
                condition=~Q(processing_status=ProcessingStatus.DONE),
                name="order_by_processing",
            ),
        ]

    PLAIN = (
        *("number", "external_reference", "customer_email", "customer_name", "currency", "status"),
        *("processing_status", "version", "metadata", "notes", "tags"),
    )
    AMOUNTS = ("total", "refunded_total")
    TIMES = ("created_at", "updated_at", "paid_at", "shipped_at", "delivered_at", "cancelled_at")

    def __str__(self) -> str:
        return self.number

    @property
    def available_transitions(self) -> tuple[Status, ...]:
        """The statuses that the order may take next."""
        return TRANSITIONS[Status(self.status)]

    @property
    def paid_total(self) -> Decimal:
        """What the customer has paid: the total, once the order is paid."""
        return self.total if self.paid_at else Decimal(0)

    @property
    def refund_status(self) -> RefundStatus:
        """How much of the payment was refunded."""
        return refund_status(self.paid_total, self.refunded_total)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert a new order with its event.

        Raises:
            InvalidOrder: a field breaks a rule; ``errors`` names each.
            UseOrderService: the order exists already.
        """
        if not self._state.adding:
            raise UseOrderService(UseOrderService.__doc__)
        insert_orders([(self, self.completed(()))])

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: orders are cancelled, not removed.

        Raises:
            UseOrderService: always.
        """
        raise UseOrderService(UseOrderService.__doc__)

    def completed(self, lines: Sequence[NewLine]) -> list["OrderLine"]:
        """Check every field of this new order by the one set of rules, fill in what follows, and return its line rows.

        Raises:
            InvalidOrder: a field breaks a rule; ``errors`` names each.
        """
        errors = Errors()
        self.currency = self.currency or default_currency(cast("uuid.UUID", self.tenant_id))
        self.currency = validation.check_currency(self.currency, ("currency",), errors)
        for name, (path, rule) in validation.WRITTEN.items():
            setattr(self, name, rule(getattr(self, name), (path,), errors))
        if self.refunded_total:
            errors.add(("refundedTotal",), "A new order has no refunds.")
        if self.status != Status.NEW:
            errors.add(("status",), "The status of a new order must be NEW.")
        rows = self._completed_lines(lines, errors)
        errors.raise_if_any()
        self.version, self.processing_status = 1, ProcessingStatus.PENDING
        self.search_text = self.searched_text()
        self.remember_lines(rows)
        return rows

    def searched_text(self) -> str:
        """The text in which words are searched."""
        searched = (self.number, self.external_reference or "", self.customer_email, self.customer_name)
        return searchable("\n".join(searched))

    def tag_rows(self) -> list[OrderTag]:
        """The entries of the index of tags for this order."""
        return [OrderTag(tenant_id=self.tenant_id, order_id=self.id, tag=tag) for tag in self.tags]

    def _completed_lines(self, lines: Sequence[NewLine], errors: Errors) -> list["OrderLine"]:
        if not lines:
            if cast("Decimal | None", self.total) is None:
                errors.add(("total",), "An order must have either lines or a total.", "REQUIRED")
            else:
                self.total = validation.check_amount(self.total, ("total",), errors, currency=self.currency)
            return []
        if self.total is not None:
            errors.add(("total",), "The total of an order with lines is their sum. Omit the total.")
        checked = validation.check_lines(lines, ("lines",), errors, currency=self.currency)
        self.total = sum((line.quantity * line.unit_price for line in checked), Decimal(0))
        if self.total > validation.MAX_AMOUNT:
            errors.add(("lines",), f"The total must be at most {validation.MAX_AMOUNT}.", "LIMIT_EXCEEDED")
        return [OrderLine.of(self, line, position) for position, line in enumerate(checked, 1)]

    def remember_lines(self, rows: list["OrderLine"]) -> None:
        """Have ``lines.all()`` give these rows without a query, as ``prefetch_related`` would."""
        known = OrderLine.objects.all_tenants()
        known._deferred_filter = (False, (), {"order": self.pk})  # Like Django's own prefetch: built only when used.
        known._result_cache, known._prefetch_done = rows, True
        self._prefetched_objects_cache = {"lines": known, "refunds": []}

    @property
    def known_refunds(self) -> list[Refund]:
        """The order's refunds, oldest first; no statement runs if there are none, or if they were read."""
        if not self.refunded_total:
            return []
        known: dict[str, Any] = self.__dict__.setdefault("_prefetched_objects_cache", {})
        if "refunds" not in known:
            self.remember_refunds(list(Refund.objects.filter(order_id=self.pk)))
        refunds: list[Refund] = known["refunds"]
        return refunds

    def remember_refunds(self, refunds: list[Refund]) -> None:
        """Have :attr:`known_refunds` give these rows without a query."""
        for refund in refunds:
            refund.currency = self.currency
        self.__dict__.setdefault("_prefetched_objects_cache", {})["refunds"] = refunds

    def event(self, event_type: str, payload: dict[str, Any]) -> NewEvent:
        """The event of this type for the order as it is now, to be appended in the same transaction."""
        return NewEvent(event_type, self.id, self.version, payload, event_types.VERSIONS[event_type])

    def created_event(self) -> NewEvent:
        """The ``order.created`` event of this new order."""
        return self.event(event_types.CREATED, event_types.payload(self.snapshot()))

    def changed(self, event_type: str, changes: dict[str, Any], **details: Any) -> NewEvent:
        """Change these fields of this object, and return the event about the change; nothing is written."""
        before = self.snapshot()
        for name, value in changes.items():
            setattr(self, name, value)
        after = self.snapshot()
        differences = {name: (before[name], after[name]) for name in changes if before[name] != after[name]}
        return self.event(event_type, event_types.payload(after, differences, **details))

    def snapshot(self) -> dict[str, Any]:
        """The whole order with its lines, in JSON's types: amounts as decimal strings, times in ISO 8601."""
        plain = {name: getattr(self, name) for name in self.PLAIN}
        times = {name: moment.isoformat() if (moment := getattr(self, name)) else None for name in self.TIMES}
        amounts = {name: f"{getattr(self, name):.2f}" for name in self.AMOUNTS}
        lines = [line.snapshot() for line in self.lines.all()]
        refunds = [refund.snapshot() for refund in self.known_refunds]
        return {"id": str(self.id), **amounts, **plain, **times, "lines": lines, "refunds": refunds}

    @classmethod
    def from_snapshot(cls, tenant_id: uuid.UUID, snapshot: dict[str, Any]) -> Self:
        """The order as :meth:`snapshot` saw it, with its ``lines.all()``, without a query and not to be saved.

        The snapshot may be of an earlier version, which lacks :data:`orders.event_types.ADDED`.
        """
        snapshot = {**event_types.ADDED, **snapshot}
        times = {name: datetime.fromisoformat(moment) if (moment := snapshot[name]) else None for name in cls.TIMES}
        plain = {name: snapshot[name] for name in cls.PLAIN}
        known = {"id": uuid.UUID(snapshot["id"]), "tenant_id": tenant_id, "search_text": ""}
        amounts = {name: Decimal(snapshot[name]) for name in cls.AMOUNTS}
        row = {**known, **amounts, **plain, **times}
        order = cls.from_db(None, row.keys(), row.values())
        lines = [OrderLine.from_snapshot(order, line, position) for position, line in enumerate(snapshot["lines"], 1)]
        refunds = [Refund.from_snapshot(order, refund) for refund in snapshot["refunds"]]
        order._prefetched_objects_cache = {"lines": lines, "refunds": refunds}
        return order


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


class Bypass(TenantOwned):
    """A change of an order's rows that bypassed the services. A trigger of PostgreSQL notices it at the commit.

    The trigger compares the order, as the transaction leaves it, with what its newest event says. On SQLite there is no
    such trigger, and this table stays empty; ``manage.py orders bypass --compare`` works on both. The system's login
    may mark rows as recorded, and neither add nor remove any (``LOGIN_MAY``): the triggers' functions run as the owner.
    """

    LOGIN_MAY: ClassVar = ("SELECT", "UPDATE (recorded_at)")

    order_id = models.UUIDField()
    operation = models.CharField(max_length=20, help_text="INSERT, UPDATE or DELETE of the order, or of its lines.")
    columns = models.JSONField(default=list, help_text="The columns that an UPDATE changed.")
    database_user = models.CharField(max_length=63, help_text="Who was connected to the database.")
    application = models.CharField(
        max_length=64, blank=True, help_text="What the connection said it was, such as psql."
    )
    transaction_id = models.BigIntegerField(help_text="PostgreSQL's, as in its log.")
    noticed_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(
        null=True, help_text="When an order.changed_out_of_band event recorded it, if one did."
    )

    class Meta:
        db_table = "orders_bypass"
        verbose_name_plural = "bypasses"
        indexes = [
            models.Index(fields=["tenant", "order_id"], condition=Q(recorded_at=None), name="bypass_unrecorded"),
            models.Index(fields=["tenant", "noticed_at"], name="bypass_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.order_id}"
