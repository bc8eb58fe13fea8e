"""Sends mails to the customer about changes of the order."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import override

from events.models import Event
from events.receivers import delivery_id
from orders.models import Order
from tenants.context import current_tenant_id


def notify_customer(event: Event) -> None:
    """Mail the event to the customer; an order without an address needs no mail.

    The order is shown as it was at the event, however late the mail. A repeat sends the same Message-ID, by which mail
    systems recognise it. Waits at most ``EMAIL_TIMEOUT`` seconds for the mail server; its errors are raised.
    """
    order = Order.from_snapshot(current_tenant_id(), event.payload["order"])
    if order.customer_email:
        mail_about(event, order).send()


def mail_about(event: Event, order: Order) -> EmailMultiAlternatives:
    """The mail about one event, from the templates ``orders/mail/<change>.txt`` and ``.html``.

    The text's first line is the subject. The customer's own text goes into the bodies alone, never into a header.
    """
    template = f"orders/mail/{event.type.removeprefix('order.')}"
    context = {
        "order": order,
        "lines": order.lines.all(),
        "details": event.payload["details"],
        "shop": order.tenant.name,
    }
    with override("en"):
        subject, _, text = render_to_string(f"{template}.txt", context).partition("\n")
        html = render_to_string(f"{template}.html", context | {"subject": subject})
    headers = {"Message-ID": message_id(event), "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(subject, text.strip() + "\n", to=[order.customer_email], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def message_id(event: Event) -> str:
    """The Message-ID of the mail about this event: the same on every attempt, from every host."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{delivery_id(event.id, 'notifications')}@{domain}>"
