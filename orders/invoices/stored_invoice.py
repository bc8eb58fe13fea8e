"""The invoice of an order: issued once, kept by Django's storage under a name fixed by the order."""

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from orders.models import Order

log = structlog.get_logger(__name__)


def invoice_name(order: Order) -> str:
    """The storage's name of the order's invoice."""
    return f"invoices/{str(order.tenant_id).replace('-', '')}/{order.id}.pdf"


def kept_invoice(name: str) -> bytes | None:
    """The file of this name in the storage, or None."""
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def is_whole(pdf: bytes) -> bool:
    """Whether this is a complete PDF: a process that died while writing leaves half of one."""
    return pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")


def keep(name: str, pdf: bytes) -> None:
    """Store the file under exactly this name; another worker's, stored a moment before, is as good and stays."""
    stored = default_storage.save(name, ContentFile(pdf))
    if stored != name:
        default_storage.delete(stored)
        log.info("invoice_stored_by_another_worker", name=name)
