"""Receivers on request, and receivers of a family, whose names are those of a tenant's rows."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY

from events import operations
from events.dispatch import ledger, reservations
from events.dispatch.periodic import gauges
from events.errors import UnknownReceiver
from events.models import Delivery, Event, Stream
from events.operations import Replay
from events.receivers import FAMILIES, Kind, Receiver, family_of, name_in, receiver_of
from events.tests.receivers import receiver_with, set_receivers
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.receivers]
Settle = Callable[[], int]
ROW = uuid.UUID(int=7)
NAME = name_in("row", ROW)


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A family whose receivers keep the order of each order's events."""
    rules = Receiver(
        "row",
        frozenset({"order.created"}),
        print,
        Kind.OUTSIDE,
        ordered=True,
        max_attempts=2,
        longest_pause_seconds=5.0,
    )
    monkeypatch.setitem(FAMILIES, "row", rules)
    return rules


@pytest.fixture(autouse=True)
def on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """One receiver, which a tenant has to ask for."""
    set_receivers(monkeypatch, receiver_with("wish", {"order.created"}, lambda event: None, on_request=True))


def test_only_tenants_that_have_asked_have_deliveries(settle: Settle, other_tenant: Tenant) -> None:
    place_order()
    settle()
    assert operations.ask_for("wish") == 1

    asked = place_order()
    with tenant_context(other_tenant.pk):
        place_order()
    settle()

    assert [row.order_id for row in Delivery.objects.all_tenants()] == [asked.pk]


def test_a_request_ends_and_may_be_repeated(tenant: Tenant) -> None:
    for wanted, stored in ((True, "wish"), (True, "wish"), (False, ""), (False, "")):
        operations.ask_for("wish", wanted=wanted)
        assert Stream.objects.get(tenant=tenant).asked_for == stored

    with pytest.raises(UnknownReceiver):
        operations.ask_for("nothing")


def test_a_name_leads_to_its_familys_rules(family: Receiver) -> None:
    found = receiver_of(NAME)

    assert found is not None
    assert (found.name, found.kind, found.max_attempts, family_of(NAME)) == (NAME, Kind.OUTSIDE, 2, "row")
    assert receiver_of("column:7") is None


def opened(*events: Event) -> list[Delivery]:
    """Deliveries of these events to the row, which are due."""
    rules = receiver_of(NAME)
    assert rules is not None
    return ledger.open_deliveries(events, [rules])


def test_a_rows_deliveries_are_reserved_claimed_and_given_up_like_any_other(family: Receiver, settle: Settle) -> None:
    place_order()
    settle()
    opened(Event.objects.get())
    rules = receiver_of(NAME)
    assert rules is not None

    [delivery] = reservations.reserve(current_tenant_id(), [rules])
    assert reservations.reserve(current_tenant_id(), [rules]) == []
    for status in ("RETRYING", "DEAD"):
        token = ledger.claim(delivery.pk, lease_seconds=30, as_sent=True)
        assert token is not None
        assert ledger.record_failure(delivery.pk, token, ValueError("no"), max_attempts=rules.max_attempts)
        assert ledger.row(delivery.pk).get().status == status
        ledger.row(delivery.pk).filter(status="RETRYING").update(due_at=timezone.now())


def test_pauses_are_as_long_as_the_rules_say(family: Receiver) -> None:
    now = timezone.now()

    assert ledger.next_attempt(now, 30, receiver_of(NAME)) - now <= timedelta(seconds=5)


def test_only_wanted_events_are_replayed_to_a_row(family: Receiver, settle: Settle) -> None:
    for _ in range(3):
        place_order()
    settle()
    asked = Replay(NAME, after=0, wanted=lambda event: event.sequence != 2)

    done = operations.replay(asked, limit=10, dry_run=False)

    assert (done.events, done.opened, done.reopened, done.last) == (2, 2, 0, 3)
    assert [row.sequence for row in Delivery.objects.filter(receiver=NAME).order_by("sequence")] == [1, 3]
    with pytest.raises(UnknownReceiver):
        operations.replay(Replay(NAME), limit=10, dry_run=True)


def test_gauges_count_the_rows_of_a_family_together(family: Receiver, settle: Settle) -> None:
    place_order()
    settle()
    event = Event.objects.get()
    for number in range(3):
        rules = receiver_of(name_in("row", uuid.UUID(int=number)))
        assert rules is not None
        ledger.open_deliveries([event], [rules])
    Delivery.objects.update(created_at=timezone.now() - timedelta(seconds=100))

    gauges.measure()

    assert REGISTRY.get_sample_value("events_deliveries", {"receiver": "row", "status": "PENDING"}) == 3
    assert (REGISTRY.get_sample_value("events_receiver_lag_seconds", {"receiver": "row"}) or 0) >= 100
