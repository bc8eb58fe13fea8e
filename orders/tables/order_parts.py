"""Rows that belong to an order: its lines, the index of its tags, and its refunds."""

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
from orders.validation import NewLine
from tenants.models import TenantOwned
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


class WithParts:
    """An order's parts: the rows of its tags, and its lines and refunds once they are known."""

    id: Any
    tenant_id: Any
    currency: Any
    tags: Any
    refunded_total: Any

    def tag_rows(self) -> list[OrderTag]:
        """The entries of the index of tags for this order."""
        return [OrderTag(tenant_id=self.tenant_id, order_id=self.id, tag=tag) for tag in self.tags]

    def remember_lines(self, rows: list[OrderLine]) -> None:
        """Have ``lines.all()`` give these rows without a query, as ``prefetch_related`` would."""
        known = OrderLine.objects.all_tenants()
        known._deferred_filter = (False, (), {"order": self.id})  # Like Django's own prefetch: built only when used.
        known._result_cache, known._prefetch_done = rows, True
        self._prefetched_objects_cache = {"lines": known, "refunds": []}

    @property
    def known_refunds(self) -> list[Refund]:
        """The order's refunds, oldest first; no statement runs if there are none, or if they were read."""
        if not self.refunded_total:
            return []
        known: dict[str, Any] = self.__dict__.setdefault("_prefetched_objects_cache", {})
        if "refunds" not in known:
            self.remember_refunds(list(Refund.objects.filter(order_id=self.id)))
        refunds: list[Refund] = known["refunds"]
        return refunds

    def remember_refunds(self, refunds: list[Refund]) -> None:
        """Have :attr:`known_refunds` give these rows without a query."""
        for refund in refunds:
            refund.currency = self.currency
        self.__dict__.setdefault("_prefetched_objects_cache", {})["refunds"] = refunds
