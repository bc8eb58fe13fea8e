"""Simultaneous refunds of one order (PostgreSQL): together they are never more than the payment."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from events.models import Event
from orders import event_types
from orders.errors import InvalidOrder
from orders.models import Order
from orders.states import Status
from orders.tables.order_parts import Refund
from orders.writing.refunds import refund_order
from tests.factories import place_order
from tests.servers.processes import wait_until

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def refund(order: Order, amount: str) -> str:
    """Refund in a thread and connection of its own; the code of the refusal, or ``refunded``."""
    try:
        refund_order(order.id, amount=Decimal(amount))
    except InvalidOrder as error:
        return error.errors[0].code
    finally:
        connection.close()
    return "refunded"


def is_waiting() -> bool:
    """Whether another connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def refunded(order: Order) -> tuple[Decimal, Decimal, int]:
    """The order's sum, that of its refunds, and the number of its events."""
    total = Order.objects.get(pk=order.pk).refunded_total
    rows = Refund.objects.filter(order_id=order.pk).values_list("amount", flat=True)
    return total, sum(rows, Decimal(0)), Event.objects.filter(type=event_types.REFUNDED).count()


@pytest.mark.parametrize(("second", "outcome"), [("10.01", "LIMIT_EXCEEDED"), ("10.00", "refunded")])
def test_a_refund_waits_for_another_and_counts_it(second: str, outcome: str) -> None:
    order = place_order(total="25.00", status=Status.PAID)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            refund_order(order.id, amount=Decimal("15.00"))
            other: Future[str] = pool.submit(refund, order, second)
            wait_until(is_waiting, timeout_seconds=10, what="the second refund to wait for the first one")
        assert other.result(10) == outcome

    total, of_rows, events = refunded(order)
    assert total == of_rows == Decimal("25.00" if outcome == "refunded" else "15.00")
    assert events == (2 if outcome == "refunded" else 1)


def test_of_many_refunds_at_once_only_so_many_succeed_as_the_payment_covers() -> None:
    order = place_order(total="25.00", status=Status.PAID)
    together = threading.Barrier(6)

    def one(_: int) -> str:
        together.wait(10)
        return refund(order, "10.00")

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(one, range(6)))

    assert sorted(outcomes) == ["LIMIT_EXCEEDED"] * 4 + ["refunded"] * 2
    assert refunded(order) == (Decimal("20.00"), Decimal("20.00"), 2)
