"""Demo data: believable, through the services, with its events, and nobody is mailed."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditLog
from audit.verification import verify_audit_log
from events.models import Delivery, Event
from orders.demo import history as demo
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant, User
from tests.factories import in_each_tenant

pytestmark = pytest.mark.django_db

WITHOUT_NAMES = ("id", "number", "external_reference")


def told(orders: Any) -> list[dict[str, Any]]:
    """What the same seed repeats of orders: all but their names."""
    snapshots = [order.snapshot() for order in orders.prefetch_related("lines").order_by("created_at", "customer_name")]
    for snapshot in snapshots:
        for line in snapshot["lines"]:
            del line["id"]
    return [{name: value for name, value in one.items() if name not in WITHOUT_NAMES} for one in snapshots]


def test_orders_are_of_all_states_and_several_currencies_and_of_the_past() -> None:
    now = timezone.now()
    placed = demo.seed(orders=60, until=now)
    orders = Order.objects.filter(pk__in=placed)

    assert orders.count() == 60
    assert set(orders.values_list("status", flat=True)) == set(Status.values)
    assert len(set(orders.values_list("currency", flat=True))) >= 4
    assert orders.filter(created_at__lt=now - timedelta(days=90)).count() == 0
    assert orders.filter(updated_at__gt=now).count() == 0
    assert {email.partition("@")[2] for email in orders.values_list("customer_email", flat=True)} == {"example.com"}


def test_the_last_event_of_each_order_says_what_the_order_is_and_when_it_became_so() -> None:
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
    demo.settle_history()
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


def test_what_is_placed_afterwards_is_told_as_ever(settle: Any) -> None:
    demo.seed(orders=2)
    Order.objects.create(total=1)
    settle()

    assert AuditLog.objects.filter(action="ORDER_CREATED").count() == 3


def test_the_same_seed_tells_the_same_stories(other_tenant: Tenant) -> None:
    now = timezone.now()
    first = Order.objects.filter(pk__in=demo.seed(orders=8, seed=7, until=now))
    second = Order.objects.filter(pk__in=demo.seed(orders=8, seed=7, until=now))
    third = Order.objects.filter(pk__in=demo.seed(orders=8, seed=8, until=now))

    assert told(first) == told(second) != told(third)


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_demo_data_tells_what_it_placed() -> None:
    call_command("demo_data", "--orders", "5", "--seed", "3")

    assert Order.objects.count() == 5
    assert Delivery.objects.filter(status="PENDING").count() == 0


def test_demo_data_fills_a_named_tenant(other_tenant: Tenant) -> None:
    call_command("demo_data", "--orders", "2", "--tenant", "other")

    assert in_each_tenant(Order.objects.count) == [0, 2]


@pytest.mark.parametrize("arguments", [["--tenant", "nobody"], ["--orders", "0"]])
def test_demo_data_says_what_is_wrong(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("demo_data", *arguments)

    assert Order.objects.count() == 0


def test_demo_data_fills_no_tenant_of_production_unasked(settings: LazySettings) -> None:
    settings.ORDERS_DEMO = False
    with pytest.raises(CommandError, match="Name the tenant"):
        call_command("demo_data")


def test_the_first_run_is_seeded_once() -> None:
    first, second = StringIO(), StringIO()
    call_command("seed_demo", "--orders", "3", stdout=first)
    call_command("seed_demo", "--orders", "3", stdout=second)

    assert (first.getvalue(), second.getvalue()) == ("Placed 3 orders.\n", "Orders exist already; none were placed.\n")
    assert (Order.objects.count(), User.objects.get().username) == (3, "demo")
