"""The event is written with the order. ``on_commit`` only makes the work happen sooner."""

from django.db import transaction
from django.db.models import F

from learn.models import AuditLog, Delivery, Event, Order
from learn.world import send_mail


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        Event.objects.create(type="order.created", order_id=order.id, payload={"total": str(total)})
        transaction.on_commit(relay)
    return order


def write_audit_record(event):
    AuditLog.objects.create(action="ORDER_CREATED", object_id=event.order_id, metadata=event.payload)


def mail_customer(event):
    send_mail(event.order_id, "created", key=f"mail-{event.id}")


RECEIVERS = {"audit": write_audit_record, "mail": mail_customer}


def relay():
    """Do what is not done. A process of its own calls this again and again, too."""
    for event in Event.objects.order_by("id"):
        for name, handle in RECEIVERS.items():
            deliver(event, name, handle)


def deliver(event, name, handle):
    """Call one receiver with one event, and record in the same transaction that it is done."""
    delivery, _ = Delivery.objects.get_or_create(event=event, receiver=name)
    if delivery.done:
        return
    row = Delivery.objects.filter(pk=delivery.pk)
    try:
        with transaction.atomic():
            row.update(done=True)
            handle(event)
    except Exception:
        row.update(attempts=F("attempts") + 1)


recover = relay
