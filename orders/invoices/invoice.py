"""The processing steps of an invoice, for workers: only they import the PDF library, which takes half a second."""

from typing import Any

from django.core.files.storage import default_storage

from orders.invoices.pdf import agrees_with, render
from orders.invoices.stored_invoice import invoice_name, is_whole, keep, kept_invoice
from orders.models import Order


class Unconfirmed(Exception):
    """Something that the order promises is missing or wrong."""


def issue_invoice(order: Order) -> dict[str, Any]:
    """Processing step: keep the order's invoice. One that is whole stays as it was issued; a torn one is replaced."""
    name = invoice_name(order)
    kept = kept_invoice(name)
    if kept is not None and not is_whole(kept):
        default_storage.delete(name)
        kept = None
    if kept is None:
        keep(name, render(order))
    return {}


def confirm(order: Order) -> dict[str, Any]:
    """Processing step: verify that the total is the sum of the lines, and that the invoice exists and agrees.

    Raises:
        Unconfirmed: it does not; the worker tries again, and in the end a person has to look.
    """
    lines = order.lines.all()
    if lines and order.total != sum(line.total for line in lines):
        raise Unconfirmed(f"The total of order {order.number} is not that of its lines.")
    kept = kept_invoice(invoice_name(order))
    if kept is None or not is_whole(kept):
        raise Unconfirmed(f"The invoice of order {order.number} is not there.")
    if not agrees_with(kept, order):
        raise Unconfirmed(f"The invoice of order {order.number} names another order or total.")
    return {"verified": ["total", "invoice"]}
