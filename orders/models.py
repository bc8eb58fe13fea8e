"""Orders. Their lines, tags and refunds, and the other tables, are in :mod:`orders.tables`."""

import uuid
from collections.abc import Sequence
from datetime import datetime
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
from orders.states import TRANSITIONS, ProcessingStatus, RefundStatus, Status, refund_status
from orders.tables.bypass import Bypass
from orders.tables.idempotency_record import IdempotencyRecord
from orders.tables.order_counts import OrderCount, OrderCountPosition
from orders.tables.order_parts import OrderLine, Refund, WithParts
from orders.validation import Errors, NewLine
from orders.values.amounts import MAX_AMOUNT
from orders.values.naming import new_number, searchable
from tenants.db.json_fields import JSONField
from tenants.models import TenantOwned
from tenants.selectors import default_currency
from tenants.values.identifiers import uuid7

__all__ = ["Bypass", "IdempotencyRecord", "Order", "OrderCount", "OrderCountPosition", "OrderLine"]


class Order(WithParts, TenantOwned):
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
        """The amount that the customer has paid: the total, once the order is paid."""
        return self.total if self.paid_at else Decimal(0)

    @property
    def refund_status(self) -> RefundStatus:
        """The part of the payment that was refunded."""
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
        if self.total > MAX_AMOUNT:
            errors.add(("lines",), f"The total must be at most {MAX_AMOUNT}.", "LIMIT_EXCEEDED")
        return [OrderLine.of(self, line, position) for position, line in enumerate(checked, 1)]

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
