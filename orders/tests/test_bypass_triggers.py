"""PostgreSQL notices orders that change without an event, and none that the services change."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from orders import services
from orders.bypasses import Bypass
from orders.metrics import BYPASSES, count_bypasses
from orders.models import Order
from orders.services import NewOrder
from orders.states import ProcessingStatus, Status
from tests.factories import line, place_order

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def raw(statement, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def noticed():
    return list(Bypass.objects.order_by("id").values_list("order_id", "operation", "columns"))


@pytest.fixture
def order(db):
    return place_order()


def test_what_the_services_do_is_not_noticed():
    order = place_order(
        lines=[line(quantity=3), line(sku="POT-7", unit_price="0.10")],
        customer_name="Zoë “Ada” Λ",
        external_reference="PO-1",
        metadata={"weight": 1e22, "of": [1.5, None, {"a": "b"}]},
    )
    services.set_processing_status(order.id, ProcessingStatus.RUNNING)
    services.set_processing_status(order.id, ProcessingStatus.RUNNING, step="risk", findings={"score": 0.3})
    services.set_processing_status(order.id, ProcessingStatus.DONE)
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


def test_raw_sql_is_noticed_at_its_commit_with_who_and_what(order):
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
        {"processing_status": "FAILED"},
        {"cancelled_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_an_unguarded_update_is_noticed(order, change):
    Order.unguarded.filter(pk=order.pk).update(**change)
    assert noticed() == [(order.id, "UPDATE", list(change))]


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


def test_what_hides_behind_a_legal_change_in_one_transaction_is_noticed(order):
    with transaction.atomic():
        services.pay_order(order.id)
        raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
    assert [row[:2] for row in noticed()] == [(order.id, "UPDATE")] * 2


def test_what_is_undone_or_changes_nothing_is_not_noticed(order):
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
    assert noticed() == [(order.id, "UPDATE", ["total"])]


def test_an_administrator_who_stands_in_no_tenant_is_noticed_in_the_orders(order, database_roles):
    with database_roles.administration() as database:
        database.execute("UPDATE orders_order SET total = 1 WHERE id = %s", [order.id])
        database.execute("UPDATE orders_orderline SET quantity = 9 WHERE order_id = %s", [order.id])
    assert noticed()[0] == (order.id, "UPDATE", ["total"])
    assert {operation for _, operation, _ in noticed()} == {"UPDATE", "LINE UPDATE"}


def test_they_are_counted(order):
    raw("UPDATE orders_order SET total = 1 WHERE id = %s", order.id)
    count_bypasses()
    assert BYPASSES._value.get() == 1
