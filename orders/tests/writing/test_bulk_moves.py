"""Paying and shipping many orders at once."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from orders.errors import InvalidOrder, KeyReused
from orders.models import Order
from orders.states import Status
from orders.writing import batches
from orders.writing.batches import Move, pay_orders, ship_orders
from orders.writing.refunds import refund_order
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too, pytest.mark.receivers_off_too]


def codes(errors: Any) -> list[tuple[str, str]]:
    return [(error.code, ".".join(error.path)) for error in errors]


def statuses(*orders: Order) -> list[str]:
    found = Order.objects.in_bulk([order.id for order in orders])
    return [found[order.id].status for order in orders]


def test_all_orders_move_each_with_its_event() -> None:
    orders = [place_order() for _ in range(3)]

    batch = pay_orders([Move(order.id, expected_version=1) for order in reversed(orders)])

    assert [order and order.id for order in batch.orders] == [order.id for order in reversed(orders)]
    assert (batch.errors, statuses(*orders)) == ([], ["PAID"] * 3)
    events = Event.objects.filter(type="order.paid").order_by("insertion_id")
    assert [event.order_id for event in events] == [order.id for order in reversed(orders)]
    assert [event.payload["order"] for event in events] == [
        Order.objects.get(pk=event.order_id).snapshot() for event in events
    ]


def test_each_parcel_has_its_tracking_code() -> None:
    orders = [place_order(status=Status.PAID) for _ in range(2)]
    ship_orders([Move(orders[0].id, tracking_code="DE1"), Move(orders[1].id)])

    details = dict(Event.objects.filter(type="order.shipped").values_list("order_id", "payload__details"))
    assert details == {orders[0].id: {"tracking_code": "DE1"}, orders[1].id: {}}


def mixed(other_tenant: Tenant) -> tuple[Order, list[Move], list[tuple[str, str]]]:
    """An order that can be paid, a batch in which it is alone with that, and the errors."""
    good, shipped, stale = place_order(), place_order(status=Status.SHIPPED), place_order()
    with tenant_context(other_tenant.id):
        foreign = place_order()
    moves = [
        Move(shipped.id),
        Move(good.id),
        Move(good.id),
        Move(uuid4()),
        Move(foreign.id),
        Move(stale.id, expected_version=7),
    ]
    errors = [
        ("INVALID_TRANSITION", "orders.0"),
        ("INVALID", "orders.2.id"),
        ("NOT_FOUND", "orders.3.id"),
        ("NOT_FOUND", "orders.4.id"),
        ("STALE_VERSION", "orders.5.expectedVersion"),
    ]
    return good, moves, errors


def test_one_that_may_not_move_refuses_all(other_tenant: Tenant) -> None:
    good, moves, errors = mixed(other_tenant)
    with pytest.raises(InvalidOrder) as caught:
        pay_orders(moves, idempotency_key="k")
    assert codes(caught.value.errors) == errors
    assert statuses(good) == ["NEW"]
    assert pay_orders([Move(good.id)], idempotency_key="k").errors == []  # the refusal did not keep the key


def test_or_the_others_move_and_a_repeat_answers_the_same(other_tenant: Tenant) -> None:
    good, moves, errors = mixed(other_tenant)
    first, again = (pay_orders(moves, reject_all=False, idempotency_key="k") for _ in range(2))

    for batch in (first, again):
        assert codes(batch.errors) == errors
        assert [order and order.id for order in batch.orders] == [None, good.id, None, None, None, None]
        assert [error.current_version for error in batch.errors] == [None] * 4 + [1]
    assert Event.objects.filter(type="order.paid", order_id=good.id).count() == 1
    with pytest.raises(KeyReused):
        pay_orders(moves[:2], reject_all=False, idempotency_key="k")


def test_the_batch_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_MOVES", 1)
    orders = [place_order() for _ in range(2)]
    for moves, code in (([], "REQUIRED"), ([Move(order.id) for order in orders], "LIMIT_EXCEEDED")):
        with pytest.raises(InvalidOrder) as caught:
            pay_orders(moves)
        assert codes(caught.value.errors) == [(code, "orders")]
    assert statuses(*orders) == ["NEW", "NEW"]


def test_a_bad_tracking_code_is_refused() -> None:
    order = place_order(status=Status.PAID)
    with pytest.raises(InvalidOrder) as caught:
        ship_orders([Move(order.id, tracking_code="a\nb")])
    assert codes(caught.value.errors) == [("INVALID", "orders.0.trackingCode")]
    assert statuses(order) == ["PAID"]


@pytest.mark.usefixtures("django_capture_on_commit_callbacks")  # No receiver runs.
def test_a_batch_takes_one_update_for_each_order(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    orders = [place_order() for _ in range(5)]
    with django_assert_num_queries(10):  # between savepoints: the orders, their lines, five updates, the events
        pay_orders([Move(order.id) for order in orders])
    refund_order(orders[0].id)
    with django_assert_num_queries(11):  # the same, and the refunds of those that have some
        ship_orders([Move(order.id) for order in orders])
