"""Every way to write an order also writes its event, or is refused."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from events.models import Event
from orders import selectors
from orders.errors import InvalidOrder, UseOrderService
from orders.models import Order, OrderLine
from orders.states import Status
from orders.values.naming import new_number
from tenants.context import tenant_context
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.receivers_off_too]


def event_types():
    return list(Event.objects.exclude(type="order.processing").order_by("insertion_id").values_list("type", flat=True))


@pytest.mark.parametrize(
    "write",
    [
        lambda: Order.objects.create(total=100, status="NEW"),
        lambda: Order(total="100").save(),
        lambda: Order.objects.get_or_create(number="X", defaults={"total": 100}),
        lambda: Order.objects.update_or_create(number="X", create_defaults={"total": 100}),
        lambda: Order.objects.bulk_create([Order(total=100)]),
        lambda: Order.objects.bulk_create([Order(total=100)], batch_size=10),
        lambda: place_order(total="100"),
    ],
)
def test_every_way_to_write_an_order_leaves_its_event(write):
    write()
    order = Order.objects.get()
    assert (order.total, order.status, order.version, order.currency) == (Decimal(100), "NEW", 1, "EUR")
    assert event_types() == ["order.created"]
    event = Event.objects.order_by("insertion_id").first()
    assert (event.order_id, event.order_version) == (order.id, 1)
    assert event.payload["order"] == Order.objects.get().snapshot() | {
        "processing_status": "PENDING",
        "updated_at": order.created_at.isoformat(),
    } | {"updated_at": event.payload["order"]["updated_at"]}


@pytest.mark.parametrize(
    "change",
    [
        lambda order: order.save(),
        lambda order: order.save(update_fields=["status"]),
        lambda order: order.delete(),
        lambda order: order.lines.first().save(),
        lambda order: order.lines.first().delete(),
        lambda order: order.lines.create(sku="X", quantity=1, unit_price=1, position=9),
        lambda order: order.lines.all().delete(),
        lambda order: order.lines.update(quantity=2),
        lambda _: Order.objects.update(status="PAID"),
        lambda _: Order.objects.filter(status="NEW").update(status="PAID"),
        lambda _: Order.objects.all().delete(),
        lambda order: Order.objects.bulk_update([order], ["status"]),
        lambda order: Order.objects.update_or_create(pk=order.pk, defaults={"status": "PAID"}),
        lambda _: Order.objects.bulk_create([Order(total=1)], ignore_conflicts=True),
        lambda order: OrderLine.objects.bulk_create(
            [OrderLine(order=order, sku="X", quantity=1, unit_price=1, position=9)]
        ),
    ],
)
def test_every_write_past_the_services_is_refused_and_changes_nothing(change):
    order = place_order()
    before = Order.objects.get().snapshot()
    with pytest.raises(UseOrderService, match=r"orders\.services"):
        change(order)
    assert Order.objects.get().snapshot() == before
    assert event_types() == ["order.created"]


def test_a_rolled_back_order_leaves_no_event():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place_order()
        raise ZeroDivisionError
    assert (Order.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("status", ["PAID", "SHIPPED", "", "new", "X"])
def test_a_new_order_of_another_status_is_refused(status):
    with pytest.raises(InvalidOrder) as caught:
        Order.objects.create(total=1, status=status)
    assert [(error.code, error.path) for error in caught.value.errors] == [("INVALID", ("status",))]
    assert not Event.objects.exists()


@pytest.mark.signals_driver
def test_bulk_create_writes_one_event_each_in_order(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    # Otherwise an earlier test's cache entry may expire during the count.
    monkeypatch.setattr("tenants.selectors._currencies", {})
    Order.objects.create(total=1)
    with django_assert_num_queries(2):  # orders, events
        orders = Order.objects.bulk_create([Order(total=number) for number in range(2, 30)])
    assert list(Event.objects.order_by("insertion_id").values_list("order_id", flat=True))[1:] == [
        one.id for one in orders
    ]


def test_one_bad_order_in_bulk_leaves_none():
    with pytest.raises(InvalidOrder):
        Order.objects.bulk_create([Order(total=1), Order(total=-1)])
    assert (Order.objects.count(), Event.objects.count()) == (0, 0)


def test_a_tenants_numbers_and_references_are_its_own(other_tenant):
    place_order(external_reference="A-1")
    with tenant_context(other_tenant.id):
        assert place_order(external_reference="A-1").pk


@pytest.mark.parametrize(
    "broken",
    [{"total": -1}, {"version": 0}, {"status": "X"}, {"processing_status": "X"}, {"currency": "eur"}],
)
def test_database_constraints_refuse_bad_rows(broken):
    order = place_order()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.unguarded.filter(pk=order.pk).update(**broken)


def test_a_number_is_ten_unambiguous_characters():
    number = new_number()
    assert len(number) == 11
    assert set(number.replace("-", "")) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_snapshot_gives_back_the_order(tenant, django_assert_num_queries):
    order = selectors.existing(place_order(lines=[line(), line(sku="B", quantity=1, unit_price="0.10")]).id)
    with django_assert_num_queries(0):
        again = Order.from_snapshot(tenant.id, order.snapshot())
        assert again.snapshot() == order.snapshot()
    assert (again.pk, again.total, [one.total for one in again.lines.all()]) == (
        order.pk,
        Decimal("25.10"),
        [Decimal("25.00"), Decimal("0.10")],
    )


def test_the_available_transitions_follow_the_table():
    assert place_order(status=Status.PAID).available_transitions == (Status.SHIPPED, Status.CANCELLED)


@pytest.mark.postgresql
def test_a_line_belongs_to_the_tenant_of_its_order(other_tenant):
    line = OrderLine(tenant=other_tenant, order=place_order(), position=2, sku="A", quantity=1, unit_price=1)
    mismatch = pytest.raises(IntegrityError, match="line_of_tenants_order")
    with tenant_context(other_tenant.pk), mismatch, transaction.atomic():
        QuerySet(OrderLine).bulk_create([line])
        connection.check_constraints()
