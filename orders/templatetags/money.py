"""Amounts in templates."""

from decimal import Decimal

from django import template

from orders.values.currencies import as_money

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """``{{ order.total|money:order.currency }}`` is ``1,234.50 EUR``."""
    return as_money(amount, currency)
