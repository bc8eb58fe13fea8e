"""Chapter 6. A mail for each committed order, whatever dies."""

from django.db import transaction

from learn.models import Order
from learn.world import send_mail


def place_order(total=100):
    """Place an order."""
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        transaction.on_commit(lambda: send_mail(order.id, "created"))
    return order


def relay():
    """Send the mails that are due. A process of its own calls this again and again."""
