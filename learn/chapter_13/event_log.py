"""Services write events. A dispatcher opens a delivery for each receiver and does it, by message or without."""

from django.db import models, transaction
from django.db.models import F

from learn.models import AuditLog, Delivery, Event, Order
from learn.world import do_job, receive_messages, send_mail, send_message


class UseTheService(Exception):
    """This change would write no event."""


class Guarded(models.QuerySet):
    def update(self, **changes):
        raise UseTheService(UseTheService.__doc__)


class Orders(Order):
    objects = Guarded.as_manager()

    class Meta:
        proxy = True


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        Event.objects.create(type="order.created", order_id=order.id)
    return order


def pay_order(order):
    with transaction.atomic():
        if Order.objects.filter(pk=order.pk, status="NEW").update(status="PAID"):
            Event.objects.create(type="order.paid", order_id=order.pk)
    order.refresh_from_db()


def audit(event):
    AuditLog.objects.create(action=event.type.upper().replace(".", "_"), object_id=event.order_id)


def mail(event):
    send_mail(event.order_id, event.type.removeprefix("order."), key=f"mail-{event.id}")


def job(event):
    if event.type == "order.created":
        do_job(event.order_id)


DIRECT, QUEUED = {"audit": audit, "mail": mail}, {"job": job}


def dispatch():
    """Open the deliveries of new events, do the direct ones, and send a message for each queued one."""
    for event in Event.objects.filter(delivery=None).order_by("id"):
        Delivery.objects.bulk_create(Delivery(event=event, receiver=name) for name in (DIRECT | QUEUED))
    for delivery in Delivery.objects.filter(done=False).order_by("id"):
        if delivery.receiver in DIRECT:
            attempt(delivery.pk)
        else:
            send_message("attempt", delivery.pk)


def attempt(delivery_id):
    """Claim a delivery and do it, in one transaction; what is done is not done again."""
    row = Delivery.objects.filter(pk=delivery_id, done=False)
    try:
        with transaction.atomic():
            if row.update(done=True):
                delivery = Delivery.objects.get(pk=delivery_id)
                (DIRECT | QUEUED)[delivery.receiver](delivery.event)
    except Exception:
        row.update(attempts=F("attempts") + 1)


def work():
    receive_messages({"attempt": attempt})


def recover():
    dispatch()
    work()
