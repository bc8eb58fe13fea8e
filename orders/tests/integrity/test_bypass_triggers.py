"""PostgreSQL records orders that change without an event, and no change by the services."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from audit.tests.tampering import as_tamperer
from events import log
from events.dispatch.inline import settle
from events.log import NewEvent
from events.models import Delivery, Event
from events.retention import prune
from orders import event_types, services
from orders.integrity.bypass_gauge import BYPASSES, count_bypasses
from orders.integrity.out_of_band import differences
from orders.models import Bypass, Order
from orders.services import NewOrder
from orders.states import ProcessingStatus, Status
from orders.writing import worker_progress
from orders.writing.refunds import refund_order
from orders.writing.updates import update_order
from tests.factories import line, place_order

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def raw(statement, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def added_to(order):
    return order.tenant_id, order.id


def noticed():
    return list(Bypass.objects.order_by("id").values_list("order_id", "operation", "columns"))


@pytest.fixture
def order(db):
    return place_order()


def test_changes_by_the_services_are_not_noticed():
    order = place_order(
        lines=[line(quantity=3), line(sku="POT-7", unit_price="0.10")],
        customer_name="Zoë “Ada” Λ",
        external_reference="PO-1",
        metadata={"weight": 0.25, "of": [1.5, None, {"a": "b"}]},
    )
    worker_progress.set_processing_status(order.id, ProcessingStatus.RUNNING)
    worker_progress.set_processing_status(order.id, ProcessingStatus.RUNNING, step="risk", findings={"score": 0.3})
    worker_progress.set_processing_status(order.id, ProcessingStatus.DONE)
    update_order(order.id, {"notes": "Zoë\n", "tags": ["b", "a"], "metadata": {"weight": 0.5}})
    update_order(order.id, {"tags": [], "customer_name": ""})
    refund_order(services.pay_order(order.id).id, amount=Decimal("0.10"))
    refund_order(services.ship_order(order.id).id)
    for status in (Status.DELIVERED, Status.CANCELLED):
        place_order(status=status, total="12.50", lines=[])
    Order.objects.bulk_create([Order(total=Decimal(1)), Order(total=Decimal(2), currency="USD")])
    assert noticed() == []


def test_several_changes_in_one_transaction_with_savepoints_are_not_noticed():
    with transaction.atomic():
        order = services.create_order(NewOrder(total=Decimal(5)))
        with transaction.atomic():
            services.pay_order(order.id)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            services.ship_order(order.id)
            raise ZeroDivisionError
        services.cancel_order(order.id)
    assert noticed() == []


def test_raw_sql_is_noticed_at_its_commit_with_login_and_columns(order):
    raw("SET application_name = 'psql of ada'")
    with transaction.atomic():
        raw("UPDATE orders_order SET status = 'PAID', version = 2 WHERE id = %s", order.id)
        assert noticed() == []
    assert noticed() == [(order.id, "UPDATE", ["status", "version"])]
    row = Bypass.objects.get()
    assert (row.tenant_id, row.database_user, row.application) == (
        order.tenant_id,
        connection.settings_dict["USER"],
        "psql of ada",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal(1)},
        {"customer_email": "eve@example.com"},
        {"external_reference": "X"},
        {"metadata": {"a": 1}},
        {"notes": "a"},
        {"tags": ["x"]},
        {"refunded_total": Decimal(1)},
        {"processing_status": "FAILED"},
        {"cancelled_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_an_unguarded_update_is_noticed(order, change):
    Order.unguarded.filter(pk=order.pk).update(**change)
    assert noticed() == [(order.id, "UPDATE", [*change, *["total_cents"] * ("total" in change)])]


def test_an_event_of_the_previous_release_says_nothing_of_notes_tags_and_refunds(order):
    update_order(order.id, {"notes": "a", "tags": ["x"]})
    snapshot = Order.objects.get(pk=order.pk).snapshot()
    known = {name: value for name, value in snapshot.items() if name not in event_types.ADDED}
    log.append(Order.objects.get(pk=order.pk).event(event_types.PROCESSING, event_types.payload(known)))
    assert noticed() == []


def test_an_order_without_an_event_is_noticed(order):
    Order.unguarded.bulk_create([Order(number="AAAAA-AAAAA", total=1, currency="EUR", search_text="")])
    assert noticed() == [(Order.objects.get(number="AAAAA-AAAAA").id, "INSERT", [])]


def test_a_removed_order_and_its_lines_are_noticed(order):
    with transaction.atomic():
        raw("DELETE FROM orders_orderline WHERE order_id = %s", order.id)
        raw("DELETE FROM orders_order WHERE id = %s", order.id)
    assert noticed() == [(order.id, "LINE DELETE", []), (order.id, "DELETE", [])]


def test_a_changed_line_is_noticed(order):
    raw("UPDATE orders_orderline SET quantity = 9 WHERE order_id = %s", order.id)
    assert noticed() == [(order.id, "LINE UPDATE", [])]


ADD_LINE = """
    INSERT INTO orders_orderline (id, tenant_id, order_id, position, sku, name, quantity, unit_price)
    SELECT gen_random_uuid(), %s, %s, 9, 'GIFT', '', 1, 0
"""


def test_an_added_line_is_noticed_once_for_each_order(order):
    other = place_order(total=5)
    raw(f"{ADD_LINE} UNION ALL SELECT gen_random_uuid(), %s, %s, 9, 'A', '', 1, 0", *added_to(order), *added_to(other))
    assert sorted(noticed()) == sorted([(order.id, "LINE INSERT", []), (other.id, "LINE INSERT", [])])
    assert {difference.order_id for difference in differences()} == {order.id, other.id}


def test_a_line_that_is_added_after_the_orders_events_were_pruned_is_noticed(order):
    settle()
    prune(order.tenant_id, before=timezone.now() + timedelta(days=1))
    assert not Event.objects.exists()
    assert noticed() == []
    raw(ADD_LINE, *added_to(order))
    assert noticed() == [(order.id, "LINE INSERT", [])]


def test_a_line_inserted_before_the_orders_event_is_noticed(order):
    """Insert the line in the transaction of a new order, between the order's row and its event."""
    late = Order(total=Decimal(1))
    with transaction.atomic():
        raw(ADD_LINE, *added_to(late))
        late.save()
    assert noticed() == [(late.id, "INSERT", [])]


def test_a_forged_event_is_noticed(order):
    """Such an event would be sent to every dashboard although the order did not change."""
    with transaction.atomic():
        forged = event_types.payload(order.snapshot() | {"status": "PAID", "version": 2})
        log.append(NewEvent(event_types.PAID, order.id, 2, forged))
    assert noticed() == [(order.id, "EVENT INSERT", [])]


@pytest.fixture
def narrowed(order):
    """A session that has set the search words by which orders_mentioning narrows the owner's rows."""
    settle()
    for number in (1, 2, 3):
        raw("SELECT set_config(%s, '%%no such order%%', false)", f"app.word_{number}")
    yield order
    connection.close()


def test_search_words_hide_no_order_from_the_triggers(narrowed):
    """Otherwise an existing order would look deleted, and an order without events would be missed."""
    forged = event_types.payload(narrowed.snapshot() | {"version": 2}, removed=True)
    log.append(NewEvent(event_types.PAID, narrowed.id, 2, forged))
    assert noticed() == [(narrowed.id, "EVENT INSERT", [])]


def test_search_words_hide_no_line_from_the_triggers(narrowed):
    prune(narrowed.tenant_id, before=timezone.now() + timedelta(days=1))
    raw(ADD_LINE, *added_to(narrowed))
    assert noticed() == [(narrowed.id, "LINE INSERT", [])]


def test_an_event_of_no_order_is_noticed():
    nothing = uuid4()
    with transaction.atomic():
        log.append(NewEvent(event_types.PAID, nothing, 2, event_types.payload(place_order().snapshot())))
    assert noticed() == [(nothing, "EVENT INSERT", [])]


def test_a_changed_event_is_noticed_and_one_that_is_numbered_is_not(order):
    settle()
    assert noticed() == []
    with as_tamperer():
        Event.unguarded.filter(sequence=1).update(payload={})
    assert noticed() == [(order.id, "EVENT UPDATE", [])]


def test_removed_events_are_noticed_unless_retention_removes_them(order):
    settle()
    Delivery.objects.all_tenants().delete()
    removed = Event.unguarded.filter(sequence=1).delete()[0]
    assert (removed, noticed()) == (1, [(order.id, "EVENT DELETE", [])])


def test_a_raw_change_beside_a_legal_change_in_one_transaction_is_noticed(order):
    with transaction.atomic():
        services.pay_order(order.id)
        raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
    assert [row[:2] for row in noticed()] == [(order.id, "UPDATE"), (order.id, "EVENT INSERT"), (order.id, "UPDATE")]


def test_rolled_back_and_empty_changes_are_not_noticed(order):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
        raise ZeroDivisionError
    raw("UPDATE orders_order SET total = total WHERE id = %s", order.id)
    with transaction.atomic():
        raw("UPDATE orders_order SET total = total + 1 WHERE id = %s", order.id)
        raw("UPDATE orders_order SET total = total - 1 WHERE id = %s", order.id)
    assert noticed() == []


def test_a_user_who_may_change_orders_alone_is_noticed_too(order, database_roles):
    with database_roles.administration() as database:
        database.execute("CREATE ROLE orders_test_clerk")
        database.execute("GRANT SELECT, UPDATE ON orders_order TO orders_test_clerk")
        try:
            with database.transaction():
                database.execute("SET LOCAL ROLE orders_test_clerk")
                database.execute("SELECT set_config('app.tenant_id', %s, true)", [str(order.tenant_id)])
                database.execute("UPDATE orders_order SET total = 1 WHERE id = %s", [order.id])
        finally:
            database.execute("DROP OWNED BY orders_test_clerk")
            database.execute("DROP ROLE orders_test_clerk")
    assert noticed() == [(order.id, "UPDATE", ["total", "total_cents"])]


def test_changes_by_an_administrator_without_a_tenant_are_noticed(order, database_roles):
    with database_roles.administration() as database:
        database.execute("UPDATE orders_order SET total = 1 WHERE id = %s", [order.id])
        database.execute("UPDATE orders_orderline SET quantity = 9 WHERE order_id = %s", [order.id])
    assert noticed()[0] == (order.id, "UPDATE", ["total", "total_cents"])
    assert {operation for _, operation, _ in noticed()} == {"UPDATE", "LINE UPDATE"}


@pytest.mark.parametrize(
    "statement",
    [
        *("DELETE FROM orders_bypass", "UPDATE orders_bypass SET database_user = 'x'", "TRUNCATE orders_bypass"),
        "INSERT INTO orders_bypass SELECT * FROM orders_bypass",
        *("UPDATE events_event SET payload = '{}'", "UPDATE events_event SET order_id = id", "TRUNCATE events_event"),
    ],
)
def test_the_systems_login_can_change_neither_bypass_records_nor_events(order, statement):
    raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
    before = noticed(), list(Event.objects.order_by("insertion_id").values_list("payload", flat=True))
    with pytest.raises(ProgrammingError, match="permission denied"):
        raw(statement)
    assert (noticed(), list(Event.objects.order_by("insertion_id").values_list("payload", flat=True))) == before


def test_bypasses_are_counted(order):
    raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
    count_bypasses()
    assert BYPASSES._value.get() == 1
