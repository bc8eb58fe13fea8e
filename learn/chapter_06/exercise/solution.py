"""Chapter 6. A mail for each committed order, whatever dies."""

from contextlib import suppress

from django.db import transaction

from learn.models import Event, Order
from learn.world import MailServerDown, send_mail


def place_order(total=100):
    """Place an order."""
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        Event.objects.create(type="order.created", order_id=order.id)
        transaction.on_commit(relay)
    return order


def relay():
    """Send the mails that are due. A process of its own calls this again and again."""
    for event in Event.objects.order_by("id"):
        with suppress(MailServerDown):
            send_mail(event.order_id, "created", key=f"mail-{event.id}")
            event.delete()
