"""A broker that is away: one failed send a moment, nothing else waits, and all is sent once it is back."""

import threading
import time
from datetime import timedelta

import kombu.exceptions
import pytest
import time_machine
from django.utils import timezone

from events.dispatch import broker_outage as outage
from events.dispatch import dispatcher as dispatch
from events.dispatch import ledger
from events.dispatch.relay import Relay, settle, tenants_with_work
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from events.tests.receivers import receiver_with, set_receivers
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Nothing happens but by the test, and the broker's past is forgotten."""
    monkeypatch.setattr("events.dispatch.dispatcher.dispatcher.wake", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())


class Broker:
    """A queued receiver's broker, which the test takes away and brings back."""

    def __init__(self):
        self.error = None
        self.tried, self.sent = 0, []

    def send(self, event):
        self.tried += 1
        if self.error:
            raise self.error
        self.sent.append(event.order_id)


@pytest.fixture
def broker(monkeypatch):
    """Two receivers: one that sends through the test's broker, and one that works in our database."""
    made = Broker()
    set_receivers(monkeypatch)
    created = frozenset({"order.created"})
    monkeypatch.setitem(RECEIVERS, "queued", receiver_with("queued", created, made.send, Kind.QUEUED, max_attempts=2))
    monkeypatch.setitem(RECEIVERS, "direct", receiver_with("direct", created, lambda event: None))
    return made


def statuses(receiver):
    return list(Delivery.objects.filter(receiver=receiver).order_by("sequence").values_list("status", flat=True))


def back(broker):
    broker.error = None
    outage.broker.tried_again_at = float("-inf")


@pytest.mark.parametrize("error", [kombu.exceptions.OperationalError(), TimeoutError(), ConnectionRefusedError()])
def test_one_failed_send_holds_back_the_rest_of_the_turn_and_the_next_ones(broker, error):
    broker.error = error
    orders = [place_order() for _ in range(3)]
    dispatch.dispatch_now(current_tenant_id())
    dispatch.dispatch_now(current_tenant_id())
    assert (broker.tried, statuses("direct"), statuses("queued")) == (1, ["SUCCEEDED"] * 3, ["PENDING"] * 3)
    assert tenants_with_work() == []

    back(broker)
    assert tenants_with_work() == [current_tenant_id()]
    settle()
    assert broker.sent == [order.id for order in orders]


def test_a_receiver_that_fails_by_itself_holds_back_nobody(broker):
    broker.error = ValueError("a mistake in the receiver")
    for _ in range(3):
        place_order()
    dispatch.dispatch_now(current_tenant_id())
    assert (broker.tried, outage.broker.is_away()) == (3, False)


def test_pauses_double_up_to_two_seconds_and_end_with_a_success():
    breaker, pauses = outage.Breaker(), []
    for _ in range(5):
        breaker.failed()
        pauses.append(breaker.pause_seconds)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.0]
    assert breaker.is_away()
    breaker.succeeded()
    assert not breaker.is_away()
    breaker.failed()
    assert breaker.pause_seconds == 0.25


def test_a_task_that_kills_its_workers_ends_dead(broker):
    place_order()
    settle()
    [row] = Delivery.objects.filter(receiver="queued")
    for hours in (1, 2, 3, 4):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            settle()
            ledger.claim(row.pk, lease_seconds=30, as_sent=True)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_error, len(broker.sent)) == ("DEAD", 2, ledger.LEASE_OVER, 3)


def test_the_relay_leaves_deliveries_to_the_threads(broker, settings, monkeypatch):
    settings.EVENTS_DISPATCH = "thread"
    threads = (dispatch.runner, dispatch.sender)
    given = {thread.name: [] for thread in threads}
    for thread in threads:
        monkeypatch.setattr(thread, "assign", lambda _, rows, name=thread.name: given[name].extend(rows))
        monkeypatch.setattr(thread, "wake", lambda _, name=thread.name: given[name].append("look"))
    place_order()
    assert Relay().round() == 1
    handed = {name: [row if row == "look" else row.receiver for row in rows] for name, rows in given.items()}
    assert (broker.tried, handed) == (0, {"runner": ["direct", "look"], "sender": ["queued", "look"]})


@pytest.mark.django_db(transaction=True)
def test_a_send_that_hangs_delays_neither_numbers_nor_direct_receivers(broker, settings, monkeypatch):
    monkeypatch.undo()  # The threads are to wake.
    settings.EVENTS_DISPATCH = "thread"
    hanging, go_on, numbered = threading.Event(), threading.Event(), threading.Event()

    def hang(event):
        hanging.set()
        assert go_on.wait(60)

    created = frozenset({"order.created"})
    receivers = {
        "queued": receiver_with("queued", created, hang, Kind.QUEUED),
        "direct": receiver_with("direct", created, lambda event: hanging.is_set() and numbered.set()),
    }
    monkeypatch.setattr("events.receivers.RECEIVERS", receivers)
    monkeypatch.setattr("events.dispatch.queued.RECEIVERS", receivers)
    try:
        place_order()
        assert hanging.wait(20)
        began = time.monotonic()
        place_order()
        assert time.monotonic() - began < 20  # The send hangs for a minute.
        assert numbered.wait(20)
    finally:
        go_on.set()
        dispatch.stop_threads()
