"""A comparison finds orders that were changed past the services, and records one event for each change."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import AuditLog
from audit.tests.tampering import as_tamperer
from events.models import Event
from orders import services
from orders.event_types import ADDED
from orders.integrity import out_of_band
from orders.integrity.out_of_band import Difference, differences, record
from orders.integrity.totals import wrong_totals
from orders.models import Bypass, Order, OrderLine
from orders.states import Status
from tenants.context import tenant_context
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too]


def change(order, **changes):
    Order.unguarded.filter(pk=order.pk).update(**changes)


def lines_of(order):
    return OrderLine.objects.model._base_manager.filter(order=order)


def last_event(order):
    return Event.objects.filter(order_id=order.id).order_by("-insertion_id").first()


def command(*arguments):
    out = StringIO()
    try:
        call_command("orders", *arguments, stdout=out)
    finally:
        command.said = out.getvalue()
    return command.said


# --- Comparing --------------------------------------------------------------------------------------------------------


def test_orders_of_the_services_do_not_differ(other_tenant):
    for status in Status:
        place_order(status=status, metadata={"weight": 1e15, "a": [0.1]})
    place_order(total="3.00")
    assert list(differences()) == []


def test_an_event_of_the_first_version_says_nothing_of_later_fields():
    order = Order.objects.get(pk=place_order(notes="a", tags=["x"]).pk)
    event = last_event(order)
    event.payload["order"] = {name: value for name, value in event.payload["order"].items() if name not in ADDED}
    assert out_of_band.difference_of(order, event) is None
    assert Order.from_snapshot(order.tenant_id, event.payload["order"]).tags == []


def test_changed_fields_are_named(monkeypatch):
    monkeypatch.setattr(out_of_band, "BATCH", 2)
    orders = [place_order() for _ in range(5)]
    change(orders[0], total=1, status="PAID")
    change(orders[3], customer_name="Eve")
    lines_of(orders[4]).update(quantity=9)
    assert list(differences()) == [
        Difference(orders[0].id, ("total", "status")),
        Difference(orders[3].id, ("customer_name",)),
        Difference(orders[4].id, ("lines",)),
    ]


def test_another_tenants_orders_are_not_compared(other_tenant):
    with tenant_context(other_tenant.id):
        change(place_order(), total=1)
    assert list(differences()) == []


def test_a_recent_order_without_an_event_is_found():
    young, old = (
        Order(number=number, total=1, currency="EUR", search_text="", created_at=created_at)
        for number, created_at in [("A", timezone.now()), ("B", timezone.now() - timedelta(days=91))]
    )
    Order.unguarded.bulk_create([young, old])
    assert list(differences()) == [Difference(young.id)]


@pytest.mark.receivers
def test_a_deleted_order_is_found_and_recorded_once():
    order = place_order()
    lines_of(order).delete()
    Order.unguarded.filter(pk=order.pk).delete()
    assert list(differences()) == [Difference(order.id, is_gone=True)]
    assert (record(order.id), record(order.id)) == (True, False)
    assert list(differences()) == []
    assert last_event(order).payload["details"] == {"removed": True}
    assert last_event(order).payload["order"]["number"] == order.number


# --- Recording --------------------------------------------------------------------------------------------------------


@pytest.mark.receivers
def test_an_event_records_what_changed_since_the_last_event(settle):
    order = place_order()
    change(order, status="PAID", version=2)
    assert record(order.id)

    event = last_event(order)
    assert (event.type, event.order_version) == ("order.changed_out_of_band", 2)
    assert event.payload["changes"] == {"status": ["NEW", "PAID"], "version": [1, 2]}
    assert event.payload["order"] == Order.objects.get(pk=order.pk).snapshot()
    settle()
    assert AuditLog.objects.filter(action="ORDER_CHANGED_OUT_OF_BAND", object_id=str(order.id)).count() == 1


def test_a_change_is_recorded_once_and_then_there_is_no_difference():
    order = place_order()
    change(order, total=1)
    assert (record(order.id), record(order.id), list(differences())) == (True, False, [])


def test_a_later_change_by_the_services_has_recorded_it_already():
    order = place_order()
    change(order, customer_name="Eve")
    services.pay_order(order.id)
    assert (record(order.id), list(differences())) == (False, [])


def test_an_order_without_an_event_gets_an_event():
    order = Order(number="A", total=1, currency="EUR", search_text="")
    Order.unguarded.bulk_create([order])
    assert record(order.id)
    assert last_event(order).payload["changes"] == {}
    assert last_event(order).payload["order"]["number"] == "A"


def test_a_noticed_change_counts_as_recorded():
    order = place_order()
    change(order, total=1)
    with as_tamperer():
        Bypass.objects.create(order_id=order.id, operation="UPDATE", database_user="eve", transaction_id=1)
    record(order.id)
    assert not out_of_band.unrecorded().exists()
    assert last_event(order).payload["details"] == {"operations": ["UPDATE"]}


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_compares_and_records(tenant):
    order = place_order()
    change(order, total=1)
    with pytest.raises(CommandError, match=r"1 found\.") as caught:
        command("bypass", "--compare")
    assert caught.value.returncode == 1
    assert command.said == f"demo: 1 orders that are not what their newest event says:\n  {order.id}: total\n"
    assert command("bypass", "--compare", "--record").splitlines()[-1] == (
        "demo: 1 order.changed_out_of_band events written."
    )
    assert command("bypass", "--compare") == "demo: 0 orders that are not what their newest event says.\n"


def test_the_events_command_does_the_same(tenant):
    change(place_order(), total=1)
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 found\."):
        call_command("events", "audit-bypass", "--compare", stdout=out)
    assert out.getvalue().startswith("demo: 1 orders that are not what their newest event says:")
    call_command("events", "audit-bypass", "--compare", "--record", "--tenant", "demo", stdout=out)
    assert out.getvalue().endswith("demo: 1 order.changed_out_of_band events written.\n")


@pytest.mark.sqlite
def test_on_sqlite_the_command_says_that_only_postgresql_records_changes(db):
    with pytest.raises(CommandError, match=r"Only PostgreSQL records such changes\. Use --compare here\."):
        command("bypass")


@pytest.mark.postgresql
def test_the_command_prints_noticed_changes(tenant):
    order = place_order()
    connection.check_constraints()  # A COMMIT does the same.
    change(order, total=1)
    connection.check_constraints()
    with pytest.raises(CommandError, match=r"1 found\."):
        command("bypass")
    first, second = command.said.splitlines()
    assert first == "demo: 1 orders changed without an event:"
    assert f" {order.id}: UPDATE total, total_cents by {connection.settings_dict['USER']} (" in second
    assert "1 order.changed_out_of_band events" in command("bypass", "--record")
    assert command("bypass") == "demo: 0 orders changed without an event.\n"


# --- Totals -----------------------------------------------------------------------------------------------------------


def test_totals_written_by_the_services_are_the_sums_of_the_lines(tenant):
    place_order(lines=[line(quantity=3, unit_price="0.10"), line(quantity=7, unit_price="19.99")])
    place_order(total="5.00")
    totals, counts = command("verify").splitlines()
    assert totals == "demo: 0 orders whose total is not that of their lines."
    assert counts == "demo: 0 kept counts that are wrong."


def test_a_total_that_is_not_the_sum_of_the_lines_is_named(monkeypatch, tenant):
    monkeypatch.setattr("orders.integrity.totals.BATCH", 2)
    orders = [place_order() for _ in range(3)]
    change(orders[0], total="24.99")
    lines_of(orders[2]).update(quantity=1)
    wrong = list(wrong_totals())
    assert [(one.order_id, str(one.total), str(one.of_lines)) for one in wrong] == [
        (orders[0].id, "24.99", "25.00"),
        (orders[2].id, "25.00", "12.50"),
    ]
    with pytest.raises(CommandError, match=r"2 found\."):
        command("verify")
    assert f"  {orders[0].number} {orders[0].id}: 24.99, its lines 25.00\n" in command.said
