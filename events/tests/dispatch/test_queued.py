"""An unreachable broker: one failed send at a time, no other work waits, and all is sent once it is back."""

import threading
import time
from datetime import timedelta

import kombu.exceptions
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from events.dispatch import broker_outage as outage
from events.dispatch import ledger
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.inline import dispatch_now, settle
from events.dispatch.rotation import tenants_with_work
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from events.tests.receivers import receiver_with, set_receivers
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Only the test dispatches, and earlier failures of the broker are forgotten."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())


class Broker:
    """A queued receiver's broker, which the test makes unreachable and reachable again."""

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


@pytest.mark.receivers
@pytest.mark.parametrize("error", [kombu.exceptions.OperationalError(), TimeoutError(), ConnectionRefusedError()])
def test_one_failed_send_pauses_the_rest_of_the_turn_and_the_next_turns(broker, error, monkeypatch):
    monkeypatch.setattr(outage, "LONGEST_PAUSE_SECONDS", 600)
    monkeypatch.setattr(outage, "FIRST_PAUSE_SECONDS", 600)
    broker.error = error
    orders = [place_order() for _ in range(3)]
    dispatch_now(current_tenant_id())
    dispatch_now(current_tenant_id())
    assert (broker.tried, statuses("direct"), statuses("queued")) == (1, ["SUCCEEDED"] * 3, ["PENDING"] * 3)
    assert tenants_with_work() == []

    back(broker)
    assert [work.tenant_id for work in tenants_with_work()] == [current_tenant_id()]
    settle()
    assert broker.sent == [order.id for order in orders]


@pytest.mark.receivers
def test_a_receiver_with_its_own_failure_delays_no_other(broker):
    broker.error = ValueError("a mistake in the receiver")
    for _ in range(3):
        place_order()
    dispatch_now(current_tenant_id())
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


@pytest.mark.receivers
def test_a_pass_leaves_deliveries_to_the_deliverers(broker):
    dispatcher = Dispatcher()
    place_order()
    assert dispatcher.turn() == 1
    in_hand = [[turn.receiver for turn in deliverer.work.in_hand] for deliverer in dispatcher.deliverers]
    assert (broker.tried, in_hand) == (0, [["direct"], ["queued"]])


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
def test_a_send_that_hangs_delays_neither_numbers_nor_direct_receivers(broker, settings, monkeypatch):
    monkeypatch.undo()  # The dispatcher must be notified here.
    settings.EVENTS_DISPATCH = "dispatcher"
    hanging, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def hang(event):
        hanging.set()
        assert go_on.wait(60)

    created = frozenset({"order.created"})
    set_receivers(
        monkeypatch,
        receiver_with("queued", created, hang, Kind.QUEUED),
        receiver_with("direct", created, lambda event: hanging.is_set() and done.set()),
    )
    dispatcher = Dispatcher()
    dispatcher.start()
    try:
        place_order()
        assert hanging.wait(20)
        began = time.monotonic()
        place_order()
        assert time.monotonic() - began < 20  # The send hangs for a minute.
        assert done.wait(20)
    finally:
        go_on.set()
        dispatcher.stop()


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
def test_a_direct_receiver_that_takes_long_delays_neither_numbers_nor_tasks(broker, settings, monkeypatch):
    monkeypatch.undo()
    settings.EVENTS_DISPATCH = "dispatcher"
    running, go_on, sent, live = (threading.Event() for _ in range(4))
    created = frozenset({"order.created"})

    def take_long(event):
        running.set()
        assert go_on.wait(60)

    set_receivers(
        monkeypatch,
        receiver_with("direct", created, take_long),
        receiver_with("queued", created, lambda event: event.sequence == 2 and sent.set(), Kind.QUEUED),
        receiver_with("live", created, lambda events: events[-1].sequence == 2 and live.set(), Kind.LIVE),
    )
    dispatcher = Dispatcher()
    dispatcher.start()
    try:
        place_order()
        assert running.wait(20)
        if connection.vendor == "postgresql":  # On SQLite a transaction is the only writer.
            place_order()
            assert live.wait(20)
            assert sent.wait(20)
    finally:
        go_on.set()
        dispatcher.stop()
