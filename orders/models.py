"""An order, its lines, the results kept under idempotency keys, and changes that bypassed the services."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NoReturn, Self, cast

from django.db import models
from django.db.models import Q
from django.utils import timezone

from events.log import NewEvent
from orders import event_types, validation
from orders.errors import UseOrderService
from orders.insertion import insert_orders
from orders.managers import LineManager, OrderManager
from orders.states import TRANSITIONS, ProcessingStatus, Status
from orders.validation import Errors, NewLine
from orders.values.naming import new_number, searchable
from tenants.db.json_fields import JSONField
from tenants.models import TenantOwned
from tenants.selectors import default_currency
from tenants.values.identifiers import uuid7


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
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    processing_status = models.CharField(
        max_length=10, choices=ProcessingStatus.choices, default=ProcessingStatus.PENDING, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts business changes.")
    metadata = JSONField(default=dict, blank=True)
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
            models.Index(fields=["tenant", "total", "id"], name="order_by_total"),
            models.Index(fields=["tenant", "status", "created_at", "id"], name="order_by_status"),
            models.Index(fields=["tenant", "customer_email", "created_at"], name="order_by_email"),
        ]

    PLAIN = (
        *("number", "external_reference", "customer_email", "customer_name", "currency", "status"),
        *("processing_status", "version", "metadata"),
    )
    TIMES = ("created_at", "updated_at", "paid_at", "shipped_at", "delivered_at", "cancelled_at")

    def __str__(self) -> str:
        return self.number

    @property
    def available_transitions(self) -> tuple[Status, ...]:
        """The statuses that the order may take next."""
        return TRANSITIONS[Status(self.status)]

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
        self.customer_email = validation.check_email(self.customer_email, ("customerEmail",), errors)
        self.customer_name = validation.check_text(
            self.customer_name, ("customerName",), errors, longest=validation.MAX_NAME
        )
        if self.external_reference is not None:
            self.external_reference = validation.check_text(
                self.external_reference, ("externalReference",), errors, longest=validation.MAX_REFERENCE, required=True
            )
        self.metadata = validation.check_metadata(self.metadata, ("metadata",), errors)
        if self.status != Status.NEW:
            errors.add(("status",), "The status of a new order must be NEW.")
        rows = self._completed_lines(lines, errors)
        errors.raise_if_any()
        self.version, self.processing_status = 1, ProcessingStatus.PENDING
        searched = (self.number, self.external_reference or "", self.customer_email, self.customer_name)
        self.search_text = searchable("\n".join(searched))
        self.remember_lines(rows)
        return rows

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
        known._defer_next_filter = True  # As Django's own prefetch does: the filter is built only when it is used.
        known = known.filter(order=self)
        known._result_cache, known._prefetch_done = rows, True
        self._prefetched_objects_cache = {"lines": known}

    def event(self, event_type: str, payload: dict[str, Any]) -> NewEvent:
        """The event of this type for the order as it is now, to be appended in the same transaction."""
        return NewEvent(event_type, self.id, self.version, payload, event_types.SCHEMA_VERSION)

    def created_event(self) -> NewEvent:
        """The ``order.created`` event of this new order."""
        return self.event(event_types.CREATED, event_types.payload(self.snapshot()))

    def snapshot(self) -> dict[str, Any]:
        """The whole order with its lines, in JSON's types: amounts as decimal strings, times in ISO 8601."""
        plain = {name: getattr(self, name) for name in self.PLAIN}
        times = {name: moment.isoformat() if (moment := getattr(self, name)) else None for name in self.TIMES}
        lines = [line.snapshot() for line in self.lines.all()]
        return {"id": str(self.id), "total": f"{self.total:.2f}", **plain, **times, "lines": lines}

    @classmethod
    def from_snapshot(cls, tenant_id: uuid.UUID, snapshot: dict[str, Any]) -> Self:
        """The order as :meth:`snapshot` saw it, with its ``lines.all()``, without a query and not to be saved."""
        times = {name: datetime.fromisoformat(moment) if (moment := snapshot[name]) else None for name in cls.TIMES}
        plain = {name: snapshot[name] for name in cls.PLAIN}
        known = {"id": uuid.UUID(snapshot["id"]), "tenant_id": tenant_id, "total": Decimal(snapshot["total"])}
        row = {**known, **plain, **times, "search_text": ""}
        order = cls.from_db(None, row.keys(), row.values())
        lines = [OrderLine.from_snapshot(order, line, position) for position, line in enumerate(snapshot["lines"], 1)]
        order._prefetched_objects_cache = {"lines": lines}
        return order


class OrderLine(TenantOwned):
    """A quantity of one article at a price per piece. It is inserted with its order and never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(help_text="1, 2, 3 … as the client listed them.")
    sku = models.CharField(max_length=validation.MAX_SKU)
    name = models.CharField(max_length=validation.MAX_NAME, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    objects: ClassVar[Any] = LineManager()

    class Meta:
        ordering = ["position"]
        default_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="line_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def total(self) -> Decimal:
        """Quantity times unit price."""
        return self.quantity * self.unit_price

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: lines are inserted with their order.

        Raises:
            UseOrderService: always.
        """
        raise UseOrderService("A line is written with its order: orders.services.create_order(lines=[…]).")

    delete = save

    @classmethod
    def of(cls, order: Order, line: NewLine, position: int) -> Self:
        """The row of a checked line of a new order."""
        return cls(
            tenant_id=order.tenant_id,
            order=order,
            position=position,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )

    def snapshot(self) -> dict[str, Any]:
        """The line in JSON's types."""
        return {
            "id": str(self.id),
            "sku": self.sku,
            "name": self.name,
            "quantity": self.quantity,
            "unit_price": f"{self.unit_price:.2f}",
        }

    @classmethod
    def from_snapshot(cls, order: Order, line: dict[str, Any], position: int) -> Self:
        """The line as :meth:`snapshot` saw it."""
        row = {
            "id": uuid.UUID(line["id"]),
            "tenant_id": order.tenant_id,
            "order_id": order.id,
            "position": position,
            "sku": line["sku"],
            "name": line["name"],
            "quantity": line["quantity"],
            "unit_price": Decimal(line["unit_price"]),
        }
        made = cls.from_db(None, row.keys(), row.values())
        made._state.fields_cache["order"] = order
        return made


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
    may count rows as told, and neither add nor remove any (``LOGIN_MAY``): the triggers' functions run as the owner.
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
        null=True, help_text="When an order.changed_out_of_band event told of it, if one did."
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
