"""A row waits for a process that does the work. The switch stops the work, and not the row."""

from django.db import models, transaction

from learn.models import Delivery, Event, Order
from learn.world import send_mail


class Switch(models.Model):
    """The receivers that are off."""

    receiver = models.CharField(max_length=50, unique=True)


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        event = Event.objects.create(type="order.created", order_id=order.id)
        Delivery.objects.create(event=event, receiver="mail")
    return order


def switch_off():
    Switch.objects.get_or_create(receiver="mail")


def switch_on():
    Switch.objects.filter(receiver="mail").delete()


def recover():
    off = Switch.objects.values_list("receiver", flat=True)
    for delivery in Delivery.objects.filter(done=False).exclude(receiver__in=off).order_by("id"):
        send_mail(delivery.event.order_id, "created", key=f"mail-{delivery.event_id}")
        Delivery.objects.filter(pk=delivery.pk).update(done=True)


def backlog():
    """The number to watch: what waits, by receiver."""
    return Delivery.objects.filter(done=False).values("receiver").annotate(waiting=models.Count("id"))
