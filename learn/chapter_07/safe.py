"""Each receiver has a row of its own for each event. A failure stays in its row, and is attempted again."""

from django.db import transaction
from django.db.models import F

from learn.models import AuditLog, Delivery, Event, Order
from learn.world import send_mail

MOST_ATTEMPTS = 10


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        event = Event.objects.create(type="order.created", order_id=order.id)
        Delivery.objects.bulk_create(Delivery(event=event, receiver=name) for name in RECEIVERS)
    return order


def mail_customer(event):
    send_mail(event.order_id, "created", key=f"mail-{event.id}")


def write_audit_record(event):
    AuditLog.objects.create(action="ORDER_CREATED", object_id=event.order_id)


RECEIVERS = {"mail": mail_customer, "audit": write_audit_record}


def dispatch():
    """Attempt each delivery that is due, alone. A process of its own calls this again and again."""
    for delivery in Delivery.objects.filter(done=False, attempts__lt=MOST_ATTEMPTS).order_by("id"):
        row = Delivery.objects.filter(pk=delivery.pk)
        try:
            with transaction.atomic():
                row.update(done=True)
                RECEIVERS[delivery.receiver](delivery.event)
        except Exception:
            row.update(attempts=F("attempts") + 1)


recover = dispatch
