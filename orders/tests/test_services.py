"""What the services do, and that refusals leave nothing half written."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, rule

from audit.models import AuditLog
from events import switches
from events.models import Event
from orders import services
from orders.errors import InvalidOrder, InvalidTransition, KeyReused, OrderNotFound, StaleVersion
from orders.models import IdempotencyRecord, Order
from orders.services import NewOrder
from orders.states import TRANSITIONS, ProcessingStatus, Status
from orders.writing import batches, worker_progress
from tenants.context import tenant_context
from tests.factories import line, place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too, pytest.mark.receivers_off_too]
MOVES = {
    Status.PAID: services.pay_order,
    Status.SHIPPED: services.ship_order,
    Status.DELIVERED: services.deliver_order,
    Status.CANCELLED: services.cancel_order,
}


def counts():
    return Order.objects.count(), Event.objects.count(), IdempotencyRecord.objects.count(), AuditLog.objects.count()


def codes(caught):
    return [(error.code, ".".join(error.path)) for error in caught.value.errors]


def test_the_total_of_an_order_is_the_sum_of_its_lines():
    order = place_order(lines=[line(quantity=3, unit_price="0.10"), line(quantity=1, unit_price="99.99")])
    assert (order.total, order.lines.count()) == (Decimal("100.29"), 2)
    assert [(one.position, one.quantity) for one in order.lines.all()] == [(1, 3), (2, 1)]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (NewOrder(), [("REQUIRED", "total")]),
        (NewOrder(lines=[line()], total=Decimal(1)), [("INVALID", "total")]),
        (NewOrder(total=Decimal(1), customer_email="x\r\nBcc: y@z.de"), [("INVALID", "customerEmail")]),
        (NewOrder(total=Decimal(1), customer_name="a\u202eb"), [("INVALID", "customerName")]),
        (NewOrder(total=Decimal(1), currency="XYZ"), [("INVALID", "currency")]),
        (NewOrder(total=Decimal("1.50"), currency="JPY"), [("INVALID", "total")]),
        (
            NewOrder(lines=[line(quantity=0), line(sku="")]),
            [("INVALID", "lines.0.quantity"), ("REQUIRED", "lines.1.sku")],
        ),
        (NewOrder(lines=[line()] * 501), [("LIMIT_EXCEEDED", "lines")]),
        (NewOrder(lines=[line(quantity=1000000, unit_price="100")]), [("LIMIT_EXCEEDED", "lines")]),
        (NewOrder(total=Decimal(1), external_reference=" "), [("REQUIRED", "externalReference")]),
        (NewOrder(total=Decimal(1), metadata={"a": float("nan")}), [("INVALID", "metadata.a")]),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(new, expected):
    with pytest.raises(InvalidOrder) as caught:
        services.create_order(new, idempotency_key="k")
    assert codes(caught) == expected
    assert counts() == (0, 0, 0, 0)


def test_several_errors_are_returned_together():
    with pytest.raises(InvalidOrder) as caught:
        services.create_order(NewOrder(lines=[line(quantity=0, unit_price="-1")], customer_email="x", currency="X"))
    assert [path for _, path in codes(caught)] == ["currency", "customerEmail", "lines.0.quantity", "lines.0.unitPrice"]


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE orders; --", "<script>alert(1)</script>", "Zoë 🍵 李小龍 عمر", "a\u200db"]
)
def test_safe_text_is_kept_byte_for_byte(text):
    assert Order.objects.get(pk=place_order(customer_name=text).pk).customer_name == text


@pytest.mark.parametrize("key", [None, "k"])
def test_a_taken_reference_is_refused_and_leaves_nothing(key):
    place_order(external_reference="A-1")
    before = counts()
    with pytest.raises(InvalidOrder) as caught:
        place_order(external_reference="A-1", idempotency_key=key)
    assert codes(caught) == [("TAKEN", "externalReference")]
    assert counts() == before


@pytest.mark.receivers
def test_the_same_key_and_input_give_the_first_order():
    first, second = (place_order(idempotency_key="k") for _ in range(2))
    assert first == second
    assert (Order.objects.count(), AuditLog.objects.count()) == (1, 1)


def test_equal_amounts_are_the_same_input():
    first = place_order(total="1.5", idempotency_key="k")
    assert place_order(total="1.50", idempotency_key="k") == first


def test_the_same_key_with_another_input_is_refused():
    place_order(idempotency_key="k")
    with pytest.raises(KeyReused):
        place_order(idempotency_key="k", customer_name="Another")
    assert Order.objects.count() == 1


def test_a_key_is_free_after_a_failure():
    with pytest.raises(InvalidOrder):
        place_order(total="-1", idempotency_key="k")
    assert place_order(total="1", idempotency_key="k").pk


@pytest.mark.receivers
def test_a_key_is_free_after_a_day():
    first = place_order(idempotency_key="k")
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert place_order(idempotency_key="k") != first


def test_a_key_belongs_to_its_tenant(other_tenant):
    first = place_order(idempotency_key="k")
    with tenant_context(other_tenant.id):
        assert place_order(idempotency_key="k", customer_name="Bob") != first


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "ü"])
def test_a_malformed_key_is_refused(key):
    with pytest.raises(InvalidOrder) as caught:
        place_order(idempotency_key=key)
    assert codes(caught) == [("INVALID", "idempotencyKey")]


@pytest.mark.receivers
def test_an_order_goes_through_its_life():
    order = place_order()
    for version, move in enumerate([services.pay_order, services.ship_order, services.deliver_order], 2):
        order = move(order.id)
        assert order.version == version
    assert (order.status, None not in {order.paid_at, order.shipped_at, order.delivered_at}) == ("DELIVERED", True)
    assert list(AuditLog.objects.order_by("position").values_list("action", flat=True)) == [
        "ORDER_CREATED",
        "ORDER_PAID",
        "ORDER_SHIPPED",
        "ORDER_DELIVERED",
    ]


def test_a_change_records_the_old_values():
    order = place_order()
    services.cancel_order(order.id, reason="Out of stock")
    event = Event.objects.get(type="order.cancelled")
    assert event.payload["changes"]["status"] == ["NEW", "CANCELLED"]
    assert event.payload["changes"]["version"] == [1, 2]
    assert event.payload["details"] == {"reason": "Out of stock"}
    assert event.payload["order"]["status"] == "CANCELLED"


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(MOVES))
def test_only_transitions_of_the_table_are_done(before, after):
    order = place_order(status=before)
    events = Event.objects.count()
    if after in TRANSITIONS[before]:
        assert MOVES[after](order.id).status == after
    else:
        with pytest.raises(InvalidTransition):
            MOVES[after](order.id)
        assert (Order.objects.get().status, Event.objects.count()) == (before, events)


def test_a_stale_version_is_refused_with_the_current_version():
    order = place_order(status=Status.PAID)
    with pytest.raises(StaleVersion) as caught:
        services.ship_order(order.id, expected_version=1)
    assert caught.value.current_version == 2
    assert Order.objects.get().status == "PAID"


def test_the_right_version_is_accepted():
    assert services.pay_order(place_order().id, expected_version=1).version == 2


def test_a_move_repeated_under_its_key_does_nothing_more():
    order = place_order()
    assert [services.pay_order(order.id, idempotency_key="k").version for _ in range(2)] == [2, 2]


def test_an_unknown_and_another_tenants_order_are_refused_alike(other_tenant):
    with tenant_context(other_tenant.id):
        theirs = place_order()
    answers = []
    for order_id in (theirs.id, uuid.uuid4()):
        with pytest.raises(OrderNotFound) as caught:
            services.pay_order(order_id)
        answers.append(codes(caught))
    assert answers == [[("NOT_FOUND", "id")]] * 2


def test_processing_leaves_the_version_alone_and_a_repeat_writes_nothing():
    switches.set_enabled("processing", enabled=False)
    order = place_order()
    before = Event.objects.count()
    for _ in range(2):
        worker_progress.set_processing_status(order.id, ProcessingStatus.FAILED)
    assert (Order.objects.get().processing_status, Order.objects.get().version) == ("FAILED", 1)
    assert Event.objects.count() == before + 1


def news(*totals):
    return [NewOrder(total=Decimal(total)) for total in totals]


@pytest.mark.signals_driver
def test_a_batch_is_created_in_one_transaction(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    place_order()
    with django_assert_num_queries(4):  # savepoint, orders, events, release
        batch = batches.create_orders(news(*range(20)))
    assert [order.total for order in batch.orders] == list(range(20))
    assert Event.objects.count() == 21


def test_a_bad_order_refuses_the_batch():
    with pytest.raises(InvalidOrder) as caught:
        batches.create_orders(news(1, -1, 2))
    assert codes(caught) == [("INVALID", "orders.1.total")]
    assert counts() == (0, 0, 0, 0)


def test_a_bad_order_can_be_left_out():
    batch = batches.create_orders(news(1, -1, 2), reject_all=False, idempotency_key="k")
    again = batches.create_orders(news(1, -1, 2), reject_all=False, idempotency_key="k")
    assert [order and order.total for order in batch.orders] == [1, None, 2]
    assert (again.orders, again.errors) == (batch.orders, batch.errors)
    assert Order.objects.count() == 2


def test_a_reference_twice_in_a_batch_is_taken_the_second_time():
    repeated = [NewOrder(total=Decimal(1), external_reference="A") for _ in range(2)]
    batch = batches.create_orders(repeated, reject_all=False)
    assert [order is None for order in batch.orders] == [False, True]
    assert [error.path for error in batch.errors] == [("orders", "1", "externalReference")]


@pytest.mark.parametrize(("batch", "code"), [([], "REQUIRED"), (news(*[1] * 501), "LIMIT_EXCEEDED")])
def test_an_empty_or_too_large_batch_is_refused(batch, code):
    with pytest.raises(InvalidOrder) as caught:
        batches.create_orders(batch)
    assert codes(caught) == [(code, "orders")]


class Life(RuleBasedStateMachine):
    """Transitions in any order: the order follows the table, its version counts, and its events describe every step."""

    def __init__(self):
        super().__init__()
        self.order, self.status, self.moves = place_order(), Status.NEW, 0

    def move(self, after):
        if after in TRANSITIONS[self.status]:
            self.order = MOVES[after](self.order.id)
            self.status, self.moves = after, self.moves + 1
        else:
            with pytest.raises(InvalidTransition):
                MOVES[after](self.order.id)
        now = Order.objects.get(pk=self.order.pk)
        last = Event.objects.filter(order_id=now.pk).exclude(type="order.processing").order_by("insertion_id").last()
        assert (now.status, now.version) == (self.status, self.moves + 1)
        assert (last.payload["order"]["status"], last.order_version) == (self.status, self.moves + 1)

    @rule()
    def pay(self):
        self.move(Status.PAID)

    @rule()
    def ship(self):
        self.move(Status.SHIPPED)

    @rule()
    def deliver(self):
        self.move(Status.DELIVERED)

    @rule()
    def cancel(self):
        self.move(Status.CANCELLED)


class TestLife(Life.TestCase, TestCase):  # type: ignore[valid-type]  # made at run time
    settings = hypothesis_settings(max_examples=examples(15), stateful_step_count=8, deadline=None)
