"""Orders and their lines."""

from typing import ClassVar

from django.db import models


class Order(models.Model):
    external_reference = models.CharField(max_length=100, unique=True)
    customer_email = models.EmailField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=10, default="NEW")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager["Order"]] = models.Manager()

    class Meta:
        app_label = "stock"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)

    objects: ClassVar[models.Manager["OrderLine"]] = models.Manager()

    class Meta:
        app_label = "stock"
