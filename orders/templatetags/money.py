"""Amounts in templates."""

from decimal import Decimal

from django import template

from orders.values.currencies import as_money

register = template.Library()


@register.filter
def money(amount: Decimal | str, currency: str) -> str:
    """``{{ order.total|money:order.currency }}`` is ``1,234.50 EUR``; an event's amount is a string."""
    return as_money(Decimal(amount), currency)
