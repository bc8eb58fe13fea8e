"""Chapter 1. Let each imported order have its event, from which its mail is sent."""

from learn.models import Order


def import_orders(totals):
    """Insert the orders, each with an event ``order.created``: all of it, or nothing."""
    return Order.objects.bulk_create(Order(total=total, status="NEW") for total in totals)
