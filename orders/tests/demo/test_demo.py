"""Demo data is plausible, as if the services had written it at its time with its events, and sends no mail."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import AuditLog
from audit.verification import verify_audit_log
from events import log_reader
from events.models import Delivery, Event, Stream
from events.retention import prune
from orders import services
from orders.demo import history as demo
from orders.integrity.out_of_band import differences
from orders.management.commands import demo_data
from orders.models import Bypass, Order
from orders.services import NewOrder
from orders.states import Status
from orders.tables.order_parts import OrderTag
from orders.validation import NewLine
from orders.values.naming import searchable
from tenants.context import current_tenant_id
from tenants.models import Tenant, User
from tests.factories import in_each_tenant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_receivers")]

WITHOUT_NAMES = ("id", "number", "external_reference")


def seeded_fields(orders: Any) -> list[dict[str, Any]]:
    """The orders' fields that depend only on the seed: all but ids and references."""
    snapshots = [order.snapshot() for order in orders.prefetch_related("lines").order_by("created_at", "customer_name")]
    for snapshot in snapshots:
        for line in snapshot["lines"]:
            del line["id"]
    return [{name: value for name, value in one.items() if name not in WITHOUT_NAMES} for one in snapshots]


def test_orders_have_all_states_several_currencies_and_past_dates() -> None:
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)  # What happens to an order depends on the hour as well as on the seed.
    placed = demo.seed(orders=60, until=now)
    orders = Order.objects.filter(pk__in=placed)

    assert orders.count() == 60
    assert set(orders.values_list("status", flat=True)) == set(Status.values)
    assert len(set(orders.values_list("currency", flat=True))) >= 4
    assert orders.filter(created_at__lt=now - timedelta(days=90)).count() == 0
    assert orders.filter(updated_at__gt=now).count() == 0
    assert {email.partition("@")[2] for email in orders.values_list("customer_email", flat=True)} == {"example.com"}


def test_the_last_event_of_each_order_has_its_state_and_time() -> None:
    demo.seed(orders=20)

    for order in Order.objects.prefetch_related("lines"):
        events = list(Event.objects.filter(order_id=order.id).order_by("sequence"))
        assert events[0].occurred_at == order.created_at
        assert events[-1].occurred_at == order.updated_at
        assert events[-1].payload["order"] == order.snapshot()
        assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)


def test_events_are_numbered_in_the_order_in_which_they_happened() -> None:
    demo.seed(orders=20)
    events = list(Event.objects.order_by("sequence"))

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)


def test_history_is_audited_in_full_and_neither_mailed_nor_processed_again(settle: Any) -> None:
    demo.seed(orders=20)
    settle()

    business = Event.objects.exclude(type="order.processing").count()
    kinds = Counter(Delivery.objects.values_list("receiver", "status"))
    assert kinds == {
        ("audit", "SUCCEEDED"): business,
        ("notifications", "SKIPPED"): business,
        ("processing", "SKIPPED"): 20,
    }
    assert (AuditLog.objects.count(), verify_audit_log().is_intact) == (business, True)
    assert set(AuditLog.objects.values_list("actor", flat=True)) == {"demo-data"}
    assert mail.outbox == []


@pytest.mark.receivers
def test_orders_placed_afterwards_are_mailed_and_processed(settle: Any) -> None:
    demo.seed(orders=2)
    Order.objects.create(total=1, customer_email="ada@example.com")
    settle()
    last = Event.objects.order_by("sequence").last()

    assert AuditLog.objects.filter(action="ORDER_CREATED").count() == 3
    assert verify_audit_log().is_intact
    assert last is not None
    assert (last.sequence, len(mail.outbox)) == (Event.objects.count(), 1)


def test_more_history_goes_on_after_the_end_of_the_log_and_of_the_audit_trail(settle: Any) -> None:
    Order.objects.create(total=1)
    settle()
    demo.seed(orders=3)
    demo.seed(orders=3)

    assert list(Event.objects.order_by("sequence").values_list("sequence", flat=True)) == [
        *range(1, Event.objects.count() + 1)
    ]
    assert log_reader.head(current_tenant_id()) == Event.objects.count()
    assert verify_audit_log().is_intact


@pytest.mark.receivers
@pytest.mark.both_databases
def test_orders_are_written_as_the_services_write_them(settle: Any) -> None:
    """The same order placed and moved by the services has equal rows, but for ids and times."""
    placed = demo.seed(orders=30, days=30)
    order = Order.objects.filter(pk__in=placed, status=Status.DELIVERED, external_reference__isnull=False).first()
    lines = [NewLine(line.sku, line.quantity, line.unit_price, line.name) for line in order.lines.all()]
    names = ("currency", "customer_name", "customer_email", "metadata", "tags", "external_reference")
    given = {name: getattr(order, name) for name in names}
    same = services.create_order(NewOrder(lines=lines, **{**given, "external_reference": "ANOTHER"}))
    for event in moves_of(order)[1:]:
        services.move_order(same.id, Status(event.payload["order"]["status"]), **event.payload["details"])
    settle()
    same.refresh_from_db()

    assert rows_about(order) == rows_about(same)
    tags = [sorted(OrderTag.objects.filter(order_id=one.id).values_list("tag", flat=True)) for one in (order, same)]
    assert tags == [order.tags, order.tags]


def moves_of(order: Order) -> list[Event]:
    """The order's events, without those of the worker."""
    return list(Event.objects.filter(order_id=order.pk).exclude(type="order.processing").order_by("sequence"))


def rows_about(order: Order) -> list[Any]:
    """What the rows about an order say, without ids, numbers, references, times and places, and without the worker."""
    differing = {"id", "number", "external_reference", "processing_status", *Order.TIMES}

    def same(one: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in one.items() if name not in differing}

    def shape(snapshot: dict[str, Any]) -> dict[str, Any]:
        return {**same(snapshot), "lines": [same(line) for line in snapshot["lines"]]}

    moves = moves_of(order)
    deliveries = Delivery.objects.filter(order_id=order.pk).order_by("sequence", "receiver")
    records = AuditLog.objects.filter(object_id=str(order.pk)).order_by("position")
    return [
        shape(order.snapshot()),
        order.search_text
        == searchable(
            "\n".join([order.number, order.external_reference or "", order.customer_email, order.customer_name])
        ),
        [(one.type, one.order_version, one.schema_version, shape(one.payload["order"])) for one in moves],
        [(sorted(one.payload["changes"]), one.payload["details"]) for one in moves],
        [(one.action, sorted(one.metadata), sorted(one.metadata["changes"])) for one in records],
        [one.receiver for one in deliveries],
        [one.status for one in deliveries if one.receiver == "audit"],
    ]


@pytest.mark.parametrize("orders", [40])
def test_what_retention_would_have_removed_is_left_out(orders: int, settings: LazySettings) -> None:
    settings.EVENTS_RETENTION_DAYS = 2
    demo.seed(orders=orders, days=8)
    stream = Stream.objects.get(tenant_id=current_tenant_id())
    kept = Event.objects.order_by("sequence")

    assert 0 < stream.floor < stream.head
    assert [event.sequence for event in kept] == list(range(stream.floor + 1, stream.head + 1))
    assert min(event.occurred_at for event in kept) >= timezone.now() - timedelta(days=2, minutes=5)
    assert (AuditLog.objects.count() > kept.count(), verify_audit_log().is_intact) == (True, True)
    assert prune(current_tenant_id(), before=timezone.now() - timedelta(days=2, minutes=5)) == 0
    assert prune(current_tenant_id(), before=timezone.now() - timedelta(days=1)) > 0


@pytest.mark.postgresql
def test_triggers_find_no_difference_and_no_change_past_the_services() -> None:
    demo.seed(orders=30)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert list(differences()) == []
    assert not Bypass.objects.exists()


def test_the_same_seed_gives_the_same_orders(other_tenant: Tenant) -> None:
    now = timezone.now()
    first = Order.objects.filter(pk__in=demo.seed(orders=8, seed=7, until=now))
    second = Order.objects.filter(pk__in=demo.seed(orders=8, seed=7, until=now))
    third = Order.objects.filter(pk__in=demo.seed(orders=8, seed=8, until=now))

    assert seeded_fields(first) == seeded_fields(second) != seeded_fields(third)


def test_without_a_seed_a_second_run_places_other_orders() -> None:
    now = timezone.now()
    first = Order.objects.filter(pk__in=demo.seed(orders=8, until=now))
    second = Order.objects.filter(pk__in=demo.seed(orders=8, until=now))

    assert seeded_fields(first) == seeded_fields(Order.objects.filter(pk__in=demo.seed(orders=8, seed=1, until=now)))
    assert not [one for one in seeded_fields(first) if one in seeded_fields(second)]


def test_the_first_run_fills_the_last_hour_with_all_states_and_several_currencies() -> None:
    placed = demo.seed_first_run(160)
    recent = Order.objects.filter(created_at__gt=timezone.now() - demo.HOUR - timedelta(minutes=1))
    minutes = {order.created_at.replace(second=0, microsecond=0) for order in recent}
    times = Event.objects.order_by("sequence").values_list("occurred_at", flat=True)

    assert (len(placed), recent.count()) == (160, 120)
    assert set(recent.values_list("status", flat=True)) == set(Status.values)
    assert len(set(recent.values_list("currency", flat=True))) >= 4
    assert len(minutes) > 40
    assert list(times) == sorted(times)
    assert max(times) <= timezone.now()
    assert verify_audit_log().is_intact


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_demo_data_command_prints_what_it_placed() -> None:
    call_command("demo_data", "--orders", "5", "--seed", "3")

    assert Order.objects.count() == 5
    assert Delivery.objects.filter(status="PENDING").count() == 0


@pytest.mark.django_db(transaction=True)
def test_other_processes_write_between_two_transactions_of_demo_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_data, "AT_A_TIME", 2)
    monkeypatch.setattr(demo_data, "may_copy", lambda: False)
    shown: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        shown.append((done, of))
        assert not connection.in_atomic_block

    demo_data.place(5, seed=3, days=9, progress=progress)

    assert shown == [(2, 5), (4, 5), (5, 5)]
    assert (Order.objects.count(), verify_audit_log().is_intact) == (5, True)
    assert Order.objects.values("created_at").distinct().count() == 5


def test_demo_data_fills_a_named_tenant(other_tenant: Tenant) -> None:
    call_command("demo_data", "--orders", "2", "--tenant", "other")

    assert in_each_tenant(Order.objects.count) == [0, 2]


@pytest.mark.parametrize("arguments", [["--tenant", "unknown"], ["--orders", "0"]])
def test_demo_data_command_explains_bad_arguments(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("demo_data", *arguments)

    assert Order.objects.count() == 0


def test_demo_data_needs_a_named_tenant_in_production(settings: LazySettings) -> None:
    settings.ORDERS_DEMO = False
    with pytest.raises(CommandError, match="Name the tenant"):
        call_command("demo_data")


def test_the_first_run_is_seeded_once() -> None:
    first, second = StringIO(), StringIO()
    call_command("seed_demo", "--orders", "3", stdout=first)
    call_command("seed_demo", "--orders", "3", stdout=second)

    assert (first.getvalue(), second.getvalue()) == ("Placed 3 orders.\n", "Orders exist already; none were placed.\n")
    assert (Order.objects.count(), User.objects.get().username) == (3, "demo")
