"""Documents of an order for people to read: its invoice, and in the embedded default its mails.

Each has its own address, for the tenant's callers alone; another tenant's is not found.
"""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from http import HTTPStatus
from pathlib import Path
from typing import cast
from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from events.models import Delivery
from orders.invoices.stored_invoice import invoice_name, is_whole, kept_invoice
from orders.mail.order_mails import message_id
from orders.mail.outbox_backend import file_name
from orders.models import Order
from orders.states import ProcessingStatus
from tenants.middleware import CallerRequest

MAILS = "notifications"
"""The receiver whose deliveries are mails."""
SCOPE = "orders:read"
NOTHING_RUNS = {"default-src": [NONE], "script-src": [NONE], "style-src": [UNSAFE_INLINE], "connect-src": [NONE]}
PRIVATE = {"Cache-Control": "private, no-store"}


# --- Where they are ---------------------------------------------------------------------------------------------------


def invoice_path(order: Order) -> str | None:
    """The path of the order's invoice, once the background work has issued and confirmed it."""
    done = order.processing_status == ProcessingStatus.DONE
    return reverse("order-invoice", args=[order.pk]) if done else None


def mail_path(delivery: Delivery) -> str | None:
    """The path of the mail that the delivery sent, where mails are kept to be read instead of sent. No file is read."""
    sent = delivery.receiver == MAILS and delivery.status == Delivery.Status.SUCCEEDED
    if not (sent and mails_are_kept() and delivery.event.payload["order"]["customer_email"]):
        return None
    return reverse("order-mail", args=[delivery.pk])


def mails_are_kept() -> bool:
    """Whether mails go to the embedded default's folder."""
    return settings.EMAIL_BACKEND == "orders.mail.outbox_backend.OutboxBackend"


# --- Which documents exist --------------------------------------------------------------------------------------------


def may_read(request: HttpRequest) -> HttpResponse | None:
    """None for a caller who may read the tenant's orders, otherwise the refusal."""
    caller = cast(CallerRequest, request).caller
    if caller.tenant_id is None:
        return HttpResponse("Say who you are: log in.", status=HTTPStatus.UNAUTHORIZED, content_type="text/plain")
    if SCOPE not in caller.scopes:
        return HttpResponse(f"This needs the scope {SCOPE}.", status=HTTPStatus.FORBIDDEN, content_type="text/plain")
    return None


@require_safe
def invoice(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The invoice of one of the caller's orders, as it was issued.

    Raises:
        Http404: there is no such order, or it has no whole invoice yet.
    """
    if refusal := may_read(request):
        return refusal
    order = Order.objects.filter(pk=order_id).first()
    kept = kept_invoice(invoice_name(order)) if order else None
    if order is None or kept is None or not is_whole(kept):
        raise Http404
    response_headers = {"Content-Disposition": f'inline; filename="invoice-{order.number}.pdf"', **PRIVATE}
    return HttpResponse(kept, content_type="application/pdf", headers=response_headers)


@require_safe
@csp_replace(NOTHING_RUNS)  # type: ignore[arg-type]  # the stub knows of no arguments from the path
def mail(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """The page that shows a mail to one of the caller's customers, where mails are kept; nothing in it may run.

    Raises:
        Http404: there is no such mail here.
    """
    if refusal := may_read(request):
        return refusal
    delivery = Delivery.objects.filter(pk=delivery_id, receiver=MAILS).select_related("event").first()
    source = kept_mail(message_id(delivery.event)) if delivery else None
    if source is None:
        raise Http404
    text, html = (source.get_body((kind,)) for kind in ("plain", "html"))
    shown = {
        "mail": source,
        "message_id": source["Message-ID"],
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }
    return HttpResponse(render_to_string("orders/documents/mail.html", shown), headers=PRIVATE)


def kept_mail(its_message_id: str) -> EmailMessage | None:
    """The mail with this Message-ID in the embedded default's folder, or None."""
    if not mails_are_kept():
        return None
    try:
        source = (Path(settings.EMAIL_FILE_PATH) / f"{file_name(its_message_id)}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return message_from_bytes(source, policy=policy)
