"""The database statements of placing orders: a fixed number, whatever the number of lines and orders."""

import pytest
from django.db import connection

from events.models import Event
from orders.models import IdempotencyRecord, Order, OrderLine
from orders.services import NewOrder, create_order
from orders.states import ProcessingStatus, Status
from orders.validation import NewLine
from orders.writing.batches import create_orders
from tenants.context import current_tenant_id
from tenants.db.bulk_insert import insert

pytestmark = [pytest.mark.django_db, pytest.mark.signals_driver, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """No event is dispatched."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)


def new(lines=2, **fields):
    return NewOrder(lines=[NewLine(f"SKU-{place}", 1, "12.50") for place in range(lines)], currency="EUR", **fields)


def test_an_order_is_four_inserts(django_assert_num_queries):
    with django_assert_num_queries(6) as asked:  # between savepoints: the key, the order, its lines, its event
        create_order(new(external_reference="A-1"), idempotency_key="k")
    assert [query["sql"].split('"')[1] for query in asked.captured_queries[1:-1]] == [
        "orders_idempotencyrecord",
        "orders_order",
        "orders_orderline",
        "events_event",
    ]


def test_thirty_orders_are_four_inserts_a_check_and_an_outcome(django_assert_num_queries):
    orders = [new(external_reference=f"A-{place}") for place in range(30)]
    with django_assert_num_queries(8):  # the same, the taken references, and the key's result
        create_orders(orders, idempotency_key="k")
    assert (Order.objects.count(), Event.objects.count(), IdempotencyRecord.objects.count()) == (30, 30, 1)


def test_inserted_rows_are_read_back_unchanged():
    order = create_order(
        new(metadata={"big": 2**53 - 1, "text": "ä\U0001f600", "half": 0.5, "none": None, "yes": [True]}),
    )
    found = Order.objects.prefetch_related("lines").get()
    names = [field.attname for field in Order._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(order, name) for name in names]
    assert [line.snapshot() for line in found.lines.all()] == [line.snapshot() for line in order.lines.all()]
    assert Event.objects.get().payload["order"] == found.snapshot()
    assert (found.status, found.processing_status) == (Status.NEW, ProcessingStatus.PENDING)


def test_more_rows_than_a_statement_may_hold_are_inserted_in_order(monkeypatch):
    monkeypatch.setattr("django.db.connection.ops.bulk_batch_size", lambda fields, rows: 3)
    orders = create_orders([NewOrder(total=place) for place in range(1, 8)]).orders
    assert list(Order.objects.order_by("id").values_list("total", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert list(Event.objects.order_by("insertion_id").values_list("order_id", flat=True)) == [
        order.id for order in orders
    ]


def test_rows_that_a_constraint_refuses_can_be_left_out():
    records = [
        IdempotencyRecord(tenant_id=current_tenant_id(), key="same", operation="o", input_hash="h", result={})
        for _ in range(2)
    ]
    assert insert(records, skip_conflicts=True) == 1
    assert IdempotencyRecord.objects.get().pk == records[0].pk
    assert insert([]) == 0


@pytest.mark.postgresql
def test_a_line_has_one_foreign_key_and_no_index_that_another_covers():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, OrderLine._meta.db_table)
    keys = {name for name, one in found.items() if one["foreign_key"]}
    indexes = [one["columns"] for one in found.values() if one["index"] or one["unique"]]
    assert keys == {"line_of_tenants_order"}
    assert [one for one in indexes if sum(other[: len(one)] == one for other in indexes) > 1] == []
