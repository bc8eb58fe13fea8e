"""Rows that belong to an order: its lines, the index of its tags, and its refunds; and kept counts of orders."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from orders import validation
from orders.errors import UseOrderService
from orders.managers import PartManager
from orders.states import Status
from orders.validation import NewLine
from tenants.models import Tenant, TenantOwned
from tenants.values.identifiers import uuid7


class OrderPart(TenantOwned):
    """A row that a service writes with its order, and that never changes."""

    objects: ClassVar[Any] = PartManager()
    unguarded: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the services write it.

        Raises:
            UseOrderService: always.
        """
        raise UseOrderService(UseOrderService.__doc__)

    delete = save


class OrderLine(OrderPart):
    """A quantity of one article at a price per piece. It is inserted with its order and never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(help_text="1, 2, 3 … as the client listed them.")
    sku = models.CharField(max_length=validation.MAX_SKU)
    name = models.CharField(max_length=validation.MAX_NAME, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta(OrderPart.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="line_price_not_negative"),
        ]
        indexes = [
            models.Index(fields=["tenant", "sku", "order"], name="line_of_sku"),
            models.Index(fields=["tenant", "name", "order"], name="line_of_name"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def total(self) -> Decimal:
        """Quantity times unit price."""
        return self.quantity * self.unit_price

    @cached_property
    def currency(self) -> str:
        """The order's currency. Set it where lines are read with their order: only the garbage collector would free an
        order and lines that refer to each other."""
        return str(self.order.currency)

    @classmethod
    def of(cls, order: Any, line: NewLine, position: int) -> Self:
        """The row of a checked line of a new order."""
        made = cls(
            tenant_id=order.tenant_id,
            order_id=order.id,
            position=position,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        made.currency = order.currency
        return made

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
    def from_snapshot(cls, order: Any, line: dict[str, Any], position: int) -> Self:
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
        made.currency = order.currency
        return made


class OrderTag(OrderPart):
    """An entry of the index by which orders with a tag are found; ``Order.tags`` is what readers see.

    An index over the JSON of ``Order.tags`` would be hidden by row security: docs/decisions/0049.
    """

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")
    tag = models.CharField(max_length=validation.MAX_TAG)

    class Meta(OrderPart.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "tag", "order"], name="order_tag_once")]

    def __str__(self) -> str:
        return self.tag


class Refund(OrderPart):
    """Money given back to the customer, in the order's currency: all of the payment or a part."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    reason = models.CharField(max_length=validation.MAX_REASON, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrderPart.Meta):
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive")]

    currency: str
    """The order's; set where refunds are read with their order."""

    def __str__(self) -> str:
        return f"{self.amount:.2f}"

    def snapshot(self) -> dict[str, Any]:
        """The refund in JSON's types."""
        return {
            "id": str(self.id),
            "amount": f"{self.amount:.2f}",
            "reason": self.reason,
            "created_at": self.created_at.isoformat(),
        }

    @classmethod
    def from_snapshot(cls, order: Any, refund: dict[str, Any]) -> Self:
        """The refund as :meth:`snapshot` saw it."""
        row = {
            "id": uuid.UUID(refund["id"]),
            "tenant_id": order.tenant_id,
            "order_id": order.id,
            "amount": Decimal(refund["amount"]),
            "reason": refund["reason"],
            "created_at": datetime.fromisoformat(refund["created_at"]),
        }
        made = cls.from_db(None, row.keys(), row.values())
        made.currency = order.currency
        return made


class OrderCount(TenantOwned):
    """How many orders of an interval have this currency and status. :mod:`orders.stats.kept` writes it."""

    begin = models.DateTimeField(help_text="When the interval begins; intervals are whole ones of UTC.")
    seconds = models.PositiveIntegerField(help_text="How long the interval is.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=Status.choices)
    orders = models.IntegerField()
    total = models.DecimalField(max_digits=20, decimal_places=2, help_text="The sum of the orders' totals.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "seconds", "begin", "currency", "status"],
                include=["orders", "total"],
                name="order_count_once",
            ),
            models.CheckConstraint(condition=Q(orders__gt=0), name="order_count_of_some"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_count_total_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.orders} {self.status} of {self.begin}"


class OrderCountPosition(models.Model):
    """How far a tenant's counts reach in the event log."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sequence = models.BigIntegerField(
        default=-1, help_text="The last event that the counts include; -1 while there are no counts."
    )
    bypasses = models.BigIntegerField(
        default=0,
        help_text="How many bypasses were known when the orders were counted; with more, counts may be wrong.",
    )
    counted_at = models.DateTimeField(null=True, help_text="When the tenant's orders were last counted.")

    def __str__(self) -> str:
        return f"up to {self.sequence}"
