"""Only callers of the tenant can read its invoices and kept mails."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Delivery
from orders.invoices.order_documents import invoice_path, mail_path
from orders.models import Order
from tenants.models import Tenant
from tests import factories
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.processing_steps]


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    """Keep mails in a folder, as in the embedded default."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "orders.mail.outbox_backend.OutboxBackend", tmp_path / "outbox"
    return tmp_path / "outbox"


def placed(**fields: Any) -> Order:
    """Place an order and run all its receivers."""
    made: Order = Order.objects.get(pk=place_order(**fields).pk)
    return made


def delivery(receiver: str = "notifications") -> Delivery:
    found: Delivery = Delivery.objects.select_related("event").get(receiver=receiver)
    return found


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


def bearer(**options: Any) -> str:
    return f"Bearer {factories.token(**options)}"


@pytest.mark.receivers
def test_invoice_is_the_pdf_that_was_issued() -> None:
    order = placed()

    answer = get(str(invoice_path(order)))

    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "application/pdf",
        "private, no-store",
    )
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"] == f'inline; filename="invoice-{order.number}.pdf"'


@pytest.mark.receivers
def test_invoice_that_is_not_issued_is_not_found(settings: Any) -> None:
    settings.ORDERS_PROCESSING_STEPS = ["orders.invoices.invoice.confirm"]
    order = placed()

    assert invoice_path(order) is None
    assert get(reverse("order-invoice", args=[order.pk])).status_code == 404


@pytest.mark.receivers
def test_mail_is_shown_as_text_and_in_a_sandboxed_frame(kept: Path) -> None:
    place_order(customer_name="<b>Ada</b>")

    answer = get(str(mail_path(delivery())))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<dt>To</dt><dd>ada@example.com</dd>" in page
    assert f"<dd>&lt;{delivery().pk}@localhost&gt;</dd>" in page
    assert '<iframe sandbox title="The mail&#x27;s HTML" srcdoc="' in page or "<iframe sandbox " in page
    assert "<b>Ada</b>" not in page
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'none'", "'none'")


@pytest.mark.receivers
@pytest.mark.parametrize("what", ["no address", "not sent", "sent for real", "no mail"])
def test_order_without_a_kept_mail_has_no_mail_address(what: str, kept: Path, settings: Any) -> None:
    place_order(customer_email="" if what == "no address" else "ada@example.com")
    if what == "not sent":
        Delivery.objects.filter(receiver="notifications").update(status="RETRYING")
    if what == "sent for real":
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    assert mail_path(delivery("audit" if what == "no mail" else "notifications")) is None
    if what != "not sent":
        asked = delivery("audit" if what == "no mail" else "notifications").pk
        assert get(reverse("order-mail", args=[asked])).status_code == 404


def test_another_tenants_documents_are_not_found(kept: Path, other_tenant: Tenant) -> None:
    order = placed()
    paths = [str(invoice_path(order)), str(mail_path(delivery()))]
    unknown = [reverse("order-invoice", args=[uuid4()]), reverse("order-mail", args=[uuid4()])]
    theirs = bearer(of=other_tenant)

    answers = [get(path, authorization=theirs) for path in paths + unknown]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].content == answers[2].content
    assert answers[1].content == answers[3].content


@pytest.mark.receivers
def test_readers_need_a_tenant_and_the_scope(kept: Path, settings: Any) -> None:
    order = placed()
    paths = [str(invoice_path(order)), str(mail_path(delivery()))]

    assert [get(path, authorization=bearer(scopes={"audit:read"})).status_code for path in paths] == [403, 403]
    assert [get(path, authorization=bearer(scopes={"orders:read"})).status_code for path in paths] == [200, 200]
    settings.ORDERS_DEMO = False
    assert [get(path).status_code for path in paths] == [401, 401]
    assert [Client().post(path).status_code for path in paths] == [405, 405]
