"""Chapter 2. Change a quantity, and keep the order's total right."""

from django.db import transaction


def set_quantity(line, quantity):
    """Change the quantity of a line. The order's total is again that of its lines."""
    with transaction.atomic():
        line.quantity = quantity
        line.save()
        order = line.order
        order.total = sum(one.quantity * one.price for one in order.safe_lines.all())
        order.save()
