"""The mails that customers get, and attacks through their fields."""

from email.message import Message
from typing import Any

import pytest
import time_machine
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from django.db import connection

from events.models import Delivery, Event
from events.receivers import delivery_id
from orders import event_types, services
from orders.mail.order_mails import message_id, notify_customer
from orders.models import Order
from orders.states import Status
from tenants.context import tenant_context
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.relay_too]

SAID = {
    Status.NEW: ("We have received your order {}", "We have received it"),
    Status.PAID: ("Your order {} is paid", "We have received your payment of 25.00 EUR"),
    Status.SHIPPED: ("Your order {} is on its way", "on its way to you"),
    Status.DELIVERED: ("Your order {} has been delivered", "has been delivered"),
    Status.CANCELLED: ("Your order {} has been cancelled", "has been cancelled"),
}


def event_of(order: Order, event_type: str = event_types.CREATED) -> Event:
    found: Event = Event.objects.get(order_id=order.id, type=event_type)
    return found


def html_of(mail: EmailMultiAlternatives) -> str:
    return next(str(content) for content, mimetype in mail.alternatives if mimetype == "text/html")


@pytest.mark.receivers
@pytest.mark.parametrize("status", list(Status))
def test_customer_is_mailed_for_each_status(status: Status, mailoutbox: list[EmailMultiAlternatives]) -> None:
    order = place_order(status=status)
    mail = mailoutbox[-1]
    subject, text = SAID[status]
    assert (mail.subject, mail.to) == (subject.format(order.number), ["ada@example.com"])
    assert text in mail.body
    assert text in html_of(mail)


@pytest.mark.receivers
def test_one_mail_for_each_event_and_none_for_processing(mailoutbox: list[EmailMultiAlternatives]) -> None:
    order = place_order(status=Status.DELIVERED)
    assert [mail.subject for mail in mailoutbox] == [
        SAID[status][0].format(order.number) for status in (Status.NEW, Status.PAID, Status.SHIPPED, Status.DELIVERED)
    ]


@pytest.mark.receivers
def test_text_has_customer_lines_and_total(mailoutbox: list[EmailMultiAlternatives]) -> None:
    with time_machine.travel("2026-11-22 12:00Z", tick=False):
        order = place_order(lines=[line(unit_price="1234.50"), line(sku="TEA-2", name="", quantity=1)])
    assert mailoutbox[0].body == (
        "Hello Ada Lovelace,\n"
        "\n"
        "Thank you for your order. We have received it and will write to you when it is paid and on its way.\n"
        "\n"
        f"Order {order.number} of 22 November 2026\n"
        "\n"
        "  2 x Tea: 2,469.00 EUR\n"
        "  1 x TEA-2: 12.50 EUR\n"
        "  Total: 2,481.50 EUR\n"
        "\n"
        "Demo\n"
    )


@pytest.mark.receivers
def test_nameless_order_of_a_bare_total_is_greeted_plainly(mailoutbox: list[EmailMultiAlternatives]) -> None:
    place_order(total="1000", currency="JPY", customer_name="")
    assert mailoutbox[0].body.startswith("Hello,\n\nThank you")
    assert "\n\n  Total: 1,000 JPY\n\n" in mailoutbox[0].body


@pytest.mark.receivers
def test_mail_has_tracking_code_and_reason(mailoutbox: list[EmailMultiAlternatives]) -> None:
    shipped, cancelled = place_order(status=Status.PAID), place_order()
    services.ship_order(shipped.id, tracking_code="JD 0143 <7>")
    services.cancel_order(cancelled.id, reason="Sold out & gone")
    assert "\nTracking code: JD 0143 <7>\n" in mailoutbox[-2].body
    assert "<strong><bdi>JD 0143 &lt;7&gt;</bdi></strong>" in html_of(mailoutbox[-2])
    assert "\nReason: Sold out & gone\n" in mailoutbox[-1].body
    assert "<p>Reason: <bdi>Sold out &amp; gone</bdi></p>" in html_of(mailoutbox[-1])


@pytest.mark.receivers
def test_html_escapes_what_the_customer_wrote_and_text_keeps_it(mailoutbox: list[EmailMultiAlternatives]) -> None:
    place_order(customer_name="O'Brien <script>", lines=[line(name="<b>Tea</b> {{ shop }} 😀")])
    assert "Hello O'Brien <script>,\n" in mailoutbox[0].body
    assert "2 x <b>Tea</b> {{ shop }} 😀: 25.00 EUR" in mailoutbox[0].body
    html = html_of(mailoutbox[0])
    assert "Hello <bdi>O&#x27;Brien &lt;script&gt;</bdi>," in html
    assert "&lt;b&gt;Tea&lt;/b&gt; {{ shop }} 😀" in html
    assert "<script>" not in html


@pytest.mark.receivers
def test_headers_name_the_delivery_and_request_no_answer(mailoutbox: list[EmailMultiAlternatives]) -> None:
    order = place_order()
    sent: Message = mailoutbox[0].message()
    delivery = Delivery.objects.get(receiver="notifications", order_id=order.id)
    assert sent["Message-ID"] == f"<{delivery.id}@localhost>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["From"] == "Order System <orders@localhost>"


@pytest.mark.receivers
def test_repeat_has_the_same_message_id(mailoutbox: list[EmailMultiAlternatives]) -> None:
    event = event_of(place_order())
    notify_customer(event)
    first, second = (mail.message()["Message-ID"] for mail in mailoutbox)
    assert first == second == message_id(event)
    assert str(delivery_id(event.id, "notifications")) in first


@pytest.mark.receivers
def test_sender_gives_the_message_ids_domain(settings: Any, mailoutbox: list[EmailMultiAlternatives]) -> None:
    settings.DEFAULT_FROM_EMAIL = "Shop <orders@shop.example>"
    place_order()
    assert mailoutbox[0].message()["Message-ID"].endswith("@shop.example>")


@pytest.mark.receivers
def test_order_without_an_address_needs_no_mail(mailoutbox: list[EmailMultiAlternatives]) -> None:
    order = place_order(customer_email="")
    assert mailoutbox == []
    assert Delivery.objects.get(receiver="notifications", order_id=order.id).status == "SUCCEEDED"


def test_late_mail_shows_the_order_as_it_was(
    mailoutbox: list[EmailMultiAlternatives], django_assert_num_queries: Any
) -> None:
    event = event_of(place_order(status=Status.CANCELLED))
    mailoutbox.clear()
    with django_assert_num_queries(1):  # the shop's name
        notify_customer(event)
    assert mailoutbox[0].subject.startswith("We have received your order")


@pytest.mark.receivers
def test_mail_is_signed_by_the_orders_own_shop(other_tenant: Any, mailoutbox: list[EmailMultiAlternatives]) -> None:
    with tenant_context(other_tenant.id):
        place_order()
    assert mailoutbox[0].body.endswith("\n\nOther\n")


@pytest.mark.receivers
@pytest.mark.parametrize(
    "address",
    ["ada+tea@example.com", '"ada,lovelace"@example.com', "o'brien@example.com", "ada@bücher.example", "a@localhost"],
)
def test_unusual_legal_address_gets_its_mail(address: str, mailoutbox: list[EmailMultiAlternatives]) -> None:
    place_order(customer_email=address)
    assert mailoutbox[0].to == [address]
    assert b"\nTo: " in mailoutbox[0].message().as_bytes()


@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\u2028", "\u0085", "\x0b"])
def test_name_with_a_line_break_never_reaches_a_header(
    separator: str, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    event = event_of(place_order(customer_email=""))
    event.payload["order"] |= {
        "customer_email": "ada@example.com",
        "customer_name": f"Ada{separator}Bcc: eve@example.com{separator}{separator}Hi",
    }
    notify_customer(event)
    sent = mailoutbox[0].message()
    assert (mailoutbox[0].recipients(), sent["Bcc"], sent["To"]) == (["ada@example.com"], None, "ada@example.com")


def test_address_or_number_with_a_line_break_is_refused(mailoutbox: list[EmailMultiAlternatives]) -> None:
    event = event_of(place_order(customer_email=""))
    event.payload["order"]["customer_email"] = "ada@example.com\nBcc: eve@example.com"
    with pytest.raises(BadHeaderError):
        notify_customer(event)
    event.payload["order"] |= {"customer_email": "ada@example.com", "number": "1\rBcc: eve@example.com"}
    with pytest.raises(BadHeaderError):
        notify_customer(event)
    assert mailoutbox == []


@pytest.mark.receivers
def test_mail_server_that_refuses_is_tried_again(monkeypatch: Any, mailoutbox: list[EmailMultiAlternatives]) -> None:
    def refuse(_: EmailMultiAlternatives) -> int:
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as broken:
        broken.setattr(EmailMultiAlternatives, "send", refuse)
        order = place_order()
    delivery = Delivery.objects.get(receiver="notifications", order_id=order.id)
    assert (delivery.status, delivery.last_error) == ("RETRYING", "ConnectionRefusedError: no mail server")
    assert mailoutbox == []


def test_every_mail_waits_a_bounded_time(settings: Any) -> None:
    assert settings.EMAIL_TIMEOUT == 10


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
def test_mail_is_sent_outside_any_transaction(monkeypatch: Any) -> None:
    in_transaction: list[bool] = []
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda _: in_transaction.append(connection.in_atomic_block))
    place_order()
    assert in_transaction == [False]
