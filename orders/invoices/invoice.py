"""The invoice of an order: issued once, kept by Django's storage under a name fixed by the order."""

from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from orders.invoices.pdf import render, says
from orders.models import Order

log = structlog.get_logger(__name__)


class Unconfirmed(Exception):
    """Something that the order promises is missing or wrong."""


def invoice_name(order: Order) -> str:
    """Where the storage keeps the order's invoice."""
    return f"invoices/{str(order.tenant_id).replace('-', '')}/{order.id}.pdf"


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
    """Processing step: verify that the total is that of the lines, and that the invoice is there and says the same.

    Raises:
        Unconfirmed: it isn't so; the worker tries again, and in the end a person looks.
    """
    lines = order.lines.all()
    if lines and order.total != sum(line.total for line in lines):
        raise Unconfirmed(f"The total of order {order.number} is not that of its lines.")
    kept = kept_invoice(invoice_name(order))
    if kept is None or not is_whole(kept):
        raise Unconfirmed(f"The invoice of order {order.number} is not there.")
    if not says(kept, order):
        raise Unconfirmed(f"The invoice of order {order.number} names another order or total.")
    return {"verified": ["total", "invoice"]}


def kept_invoice(name: str) -> bytes | None:
    """What the storage keeps under this name, or None."""
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def is_whole(pdf: bytes) -> bool:
    """Whether this is a PDF from its beginning to its end: a process that died while it wrote leaves half of one."""
    return pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")


def keep(name: str, pdf: bytes) -> None:
    """Store the file under exactly this name; another worker's, stored a moment before, is as good and stays."""
    stored = default_storage.save(name, ContentFile(pdf))
    if stored != name:
        default_storage.delete(stored)
        log.info("invoice_stored_by_another_worker", name=name)
