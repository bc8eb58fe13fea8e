"""Kept counts of orders. :mod:`orders.stats.kept` writes them."""

from django.db import models
from django.db.models import Q

from orders.states import Status
from tenants.models import Tenant, TenantOwned


class OrderCount(TenantOwned):
    """The number of an interval's orders with a currency and a status. :mod:`orders.stats.kept` writes the rows."""

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
    """The sequence up to which a tenant's events are in its counts."""

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
