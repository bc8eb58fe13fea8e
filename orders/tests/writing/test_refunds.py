"""Refunds: how much, of which orders, and that they are made once."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditLog
from events.models import Event
from orders import event_types, services
from orders.errors import InvalidOrder, KeyReused, NotPaid, OrderNotFound, StaleVersion, UseOrderService
from orders.integrity.out_of_band import differences
from orders.models import Order
from orders.states import RefundStatus, Status
from orders.tables.order_parts import Refund
from orders.writing.refunds import refund_order
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too, pytest.mark.receivers_off_too]


def codes(caught: Any) -> list[tuple[str, str]]:
    return [(error.code, ".".join(error.path)) for error in caught.value.errors]


def paid(**fields: Any) -> Order:
    return place_order(status=Status.PAID, **fields)


def refused(order: Order, amount: str | None) -> list[tuple[str, str]]:
    """The errors of a refund, which changes nothing."""
    before = Order.objects.get(pk=order.pk).snapshot()
    with pytest.raises(InvalidOrder) as caught:
        refund_order(order.id, amount=None if amount is None else Decimal(amount))
    assert Order.objects.get(pk=order.pk).snapshot() == before
    return codes(caught)


def test_a_partial_refund_is_kept_with_its_event() -> None:
    order = paid(total="25.00")

    given = refund_order(order.id, amount=Decimal("10.5"), reason="Damaged.")

    found = Order.objects.get(pk=order.pk)
    assert (found.refunded_total, found.refund_status, found.status) == (Decimal("10.50"), RefundStatus.PARTIAL, "PAID")
    assert found.version == order.version + 1
    [refund] = found.known_refunds
    assert (refund.amount, refund.reason, refund.currency) == (Decimal("10.50"), "Damaged.", "EUR")
    event = Event.objects.get(type=event_types.REFUNDED)
    assert event.payload["order"] == found.snapshot() == given.snapshot()
    assert event.payload["details"] == {"refund": str(refund.id), "amount": "10.50", "reason": "Damaged."}
    assert event.payload["changes"]["refunded_total"] == ["0.00", "10.50"]


def test_without_an_amount_all_that_is_left_is_refunded() -> None:
    order = paid(total="25.00")
    refund_order(order.id, amount=Decimal("10.50"))

    done = refund_order(order.id)

    assert (done.refunded_total, done.refund_status) == (Decimal("25.00"), RefundStatus.FULL)
    assert [refund.amount for refund in done.known_refunds] == [Decimal("10.50"), Decimal("14.50")]
    assert refused(order, None) == refused(order, "0.01") == [("LIMIT_EXCEEDED", "amount")]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("25.01", "LIMIT_EXCEEDED"), ("0", "INVALID"), ("-1", "INVALID"), ("0.001", "INVALID"), ("NaN", "INVALID")],
)
def test_a_wrong_amount_is_refused(amount: str, code: str) -> None:
    assert refused(paid(total="25.00"), amount) == [(code, "amount")]
    assert not Refund.objects.exists()


def test_the_amount_has_the_places_of_the_currency() -> None:
    order = paid(total="1000", currency="JPY")
    assert refused(order, "10.5") == [("INVALID", "amount")]
    assert refund_order(order.id, amount=Decimal(10)).refunded_total == 10


@pytest.mark.parametrize("status", [Status.PAID, Status.SHIPPED, Status.DELIVERED])
def test_every_order_that_was_paid_can_be_refunded(status: Status) -> None:
    assert refund_order(place_order(status=status).id).status == status


def test_a_paid_order_that_was_cancelled_can_be_refunded() -> None:
    order = services.cancel_order(paid().id)
    assert refund_order(order.id).refund_status == RefundStatus.FULL


@pytest.mark.parametrize("status", [Status.NEW, Status.CANCELLED])
def test_an_order_that_was_never_paid_cannot(status: Status) -> None:
    order = place_order(status=status)
    with pytest.raises(NotPaid) as caught:
        refund_order(order.id)
    assert codes(caught) == [("INVALID_TRANSITION", "")]
    assert not Refund.objects.exists()


def test_a_repeat_with_the_key_refunds_nothing_more() -> None:
    order = paid(total="25.00")
    for _ in range(2):
        done = refund_order(order.id, amount=Decimal("1.0"), idempotency_key="k")
    assert (done.refunded_total, Refund.objects.count()) == (Decimal(1), 1)
    assert Event.objects.filter(type=event_types.REFUNDED).count() == 1
    with pytest.raises(KeyReused):
        refund_order(order.id, amount=Decimal(2), idempotency_key="k")


def test_a_stale_version_is_refused() -> None:
    order = paid()
    with pytest.raises(StaleVersion):
        refund_order(order.id, expected_version=1)
    assert refund_order(order.id, expected_version=2).version == 3


def test_another_tenants_order_is_not_found(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.id):
        order = paid()
    with pytest.raises(OrderNotFound):
        refund_order(order.id)


def test_an_order_has_at_most_so_many_refunds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.writing.refunds.MAX_REFUNDS", 2)
    order = paid()
    for _ in range(2):
        refund_order(order.id, amount=Decimal(1))
    assert refused(order, "1") == [("LIMIT_EXCEEDED", "id")]


def test_the_database_refuses_more_than_the_total() -> None:
    order = paid(total="25.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.unguarded.filter(pk=order.pk).update(refunded_total=Decimal("25.01"))


def test_a_refund_is_written_by_its_service_alone() -> None:
    order = paid()
    with pytest.raises(UseOrderService):
        Refund(order_id=order.id, amount=Decimal(1)).save()
    with pytest.raises(UseOrderService):
        Refund.objects.bulk_create([Refund(order_id=order.id, amount=Decimal(1))])


def test_an_order_and_its_refunds_equal_its_event() -> None:
    order = paid(notes="a", tags=["x"])
    refund_order(order.id, amount=Decimal(1))
    services.ship_order(order.id)
    assert list(differences()) == []
    event = Event.objects.filter(order_id=order.id).latest("insertion_id")
    assert Order.from_snapshot(current_tenant_id(), event.payload["order"]).snapshot() == event.payload["order"]


@pytest.mark.receivers
def test_the_refund_is_audited_and_mailed(mailoutbox: list[EmailMultiAlternatives]) -> None:
    order = paid()
    refund_order(order.id, amount=Decimal("12.30"), reason="Damaged <b>.")

    record = AuditLog.objects.get(action="ORDER_REFUNDED")
    assert (record.metadata["amount"], record.metadata["reason"]) == ("12.30", "Damaged <b>.")
    mail = mailoutbox[-1]
    assert mail.subject == f"A refund for your order {order.number}"
    assert "We have refunded 12.30 EUR" in mail.body
    assert "Damaged <b>." in mail.body
    assert "Damaged &lt;b&gt;." in str(mail.alternatives[0][0])


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.lists(st.integers(-5, 2600), max_size=6))
def test_refunds_together_are_never_more_than_the_payment(tenant: Tenant, cents: list[int]) -> None:
    order, expected = paid(total="25.00"), Decimal(0)
    for one in cents:
        amount = Decimal(one).scaleb(-2)
        if 0 < amount <= Decimal(25) - expected:
            refund_order(order.id, amount=amount)
            expected += amount
        else:
            refused(order, str(amount))

    found = Order.objects.get(pk=order.pk)
    assert found.refunded_total == sum(refund.amount for refund in found.known_refunds) == expected <= found.total
