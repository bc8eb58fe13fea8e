"""A service makes the change and says what happened. The receiver calls one service, which a repeat does not harm."""

from django.db import models, transaction
from django.dispatch import Signal, receiver

from learn.models import AuditLog, Order
from learn.world import send_mail

order_changed = Signal()


class Recorded(models.Model):
    """The changes that have their effects already."""

    key = models.CharField(max_length=100, unique=True)


def place_order():
    with transaction.atomic():
        order = Order.objects.create(total=100, status="NEW")
        order_changed.send(Order, order_id=order.id, what="created")
    return order


def pay_order(order):
    with transaction.atomic():
        paid = Order.objects.filter(pk=order.pk, status="NEW").update(status="PAID")
        if paid:
            order_changed.send(Order, order_id=order.id, what="paid")
    order.refresh_from_db()


@receiver(order_changed, dispatch_uid="records")
def record_change(sender, order_id, what, **kwargs):
    record_once(order_id, what)


def record_once(order_id, what):
    key = f"{what}-{order_id}"
    with transaction.atomic():
        if not Recorded.objects.get_or_create(key=key)[1]:
            return
        AuditLog.objects.create(action=f"ORDER_{what.upper()}", object_id=order_id)
    if what == "paid":
        send_mail(order_id, "paid", key=key)
