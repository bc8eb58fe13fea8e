"""One service writes the order and its lines. What a row can check is a constraint."""

from django.db import models, transaction
from django.db.models import Q

from learn.models import Order


class UseTheService(Exception):
    """Lines change by a service, which keeps the order's total."""


class Lines(models.QuerySet):
    def update(self, **changes):
        raise UseTheService(UseTheService.__doc__)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="safe_lines")
    quantity = models.IntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    objects = Lines.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quantity_positive"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
        ]


def place_order(lines):
    with transaction.atomic():
        total = sum(quantity * price for quantity, price in lines)
        order = Order.objects.create(total=total, status="NEW")
        Line.objects.bulk_create(Line(order=order, quantity=quantity, price=price) for quantity, price in lines)
    return order


import_order = place_order
