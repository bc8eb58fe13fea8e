"""The models that several chapters share. ``Order`` and ``AuditLog`` are the handbook's."""

from typing import ClassVar

from django.db import models


class Order(models.Model):
    """An order, as in part 2 of the handbook."""

    STATUS_CHOICES = [("NEW", "New"), ("PAID", "Paid"), ("SHIPPED", "Shipped")]

    objects: ClassVar[models.Manager["Order"]] = models.Manager()

    total = models.DecimalField(max_digits=10, decimal_places=2)
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default="NEW")
    created_at = models.DateTimeField(auto_now_add=True)


class AuditLog(models.Model):
    """An audit record, as in part 5 of the handbook."""

    objects: ClassVar[models.Manager["AuditLog"]] = models.Manager()

    action = models.CharField(max_length=50)
    object_id = models.BigIntegerField()
    metadata = models.JSONField(default=dict)


class Event(models.Model):
    """A change of an order, written in the same transaction as the change."""

    type = models.CharField(max_length=50)
    order_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)


class Delivery(models.Model):
    """What one receiver has to do, or has done, about one event."""

    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING)
    receiver = models.CharField(max_length=50)
    done = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "receiver"], name="delivery_once")]
