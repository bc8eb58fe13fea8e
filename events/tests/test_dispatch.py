"""What starts a turn: one wake per transaction, and nothing that hurts the caller."""

import threading

import pytest
from django.db import connection, transaction

from events.dispatch.dispatch_thread import DispatchThread
from events.dispatch.dispatcher import dispatcher, notify_live_receivers
from events.dispatch.on_commit import WakeDispatcher, connect
from events.dispatch.relay import Relay, settle
from events.log import events_recorded
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from events.tests.receivers import receiver_with
from orders.models import Order
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = pytest.mark.both_databases


@pytest.fixture
def wakes(monkeypatch):
    woken = []
    monkeypatch.setattr(dispatcher, "wake", woken.append)
    return woken


@pytest.mark.django_db
def test_one_transaction_wakes_once(wakes):
    with transaction.atomic():
        for _ in range(3):
            place_order()
        assert wakes == []
    assert wakes == [current_tenant_id()]


@pytest.mark.django_db
def test_a_rollback_wakes_nobody(wakes):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place_order()
        raise ZeroDivisionError
    assert wakes == []


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_a_savepoint_rolled_back_before_another_event_still_wakes(wakes):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            place_order()
            raise ZeroDivisionError
        place_order()
    assert len(wakes) == 1


@pytest.mark.django_db
def test_a_dispatch_that_fails_does_not_reach_the_caller(monkeypatch):
    monkeypatch.setattr(dispatcher, "work_inline", lambda _: 1 / 0)
    assert place_order().pk


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_with_the_relay_as_driver_no_signal_is_connected(settings, wakes):
    settings.EVENTS_DRIVER = "relay"
    events_recorded.disconnect(dispatch_uid="events.dispatch")
    try:
        connect()
        place_order()
        assert wakes == []
        assert settle() > 0
        assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}
    finally:
        settings.EVENTS_DRIVER = "signals"
        connect()


@pytest.mark.django_db
def test_a_live_receiver_that_fails_costs_nothing(monkeypatch):
    monkeypatch.setitem(
        RECEIVERS, "broken", receiver_with("broken", frozenset({"order.created"}), lambda *_: 1 / 0, Kind.LIVE)
    )
    place_order()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}


@pytest.mark.django_db
def test_a_live_receiver_that_is_off_is_not_notified(monkeypatch):
    notified = []
    live = receiver_with("live", frozenset({"order.created"}), lambda *given: notified.append(given), Kind.LIVE)
    monkeypatch.setattr("events.dispatch.dispatcher.switches.switched_off", lambda _: {"live"})
    monkeypatch.setattr("events.dispatch.dispatcher.receivers_of", lambda _: [live])
    notify_live_receivers(current_tenant_id(), [])
    assert notified == []


@pytest.mark.django_db(transaction=True)
def test_the_thread_takes_turns_and_ends(settings):
    settings.EVENTS_DISPATCH = "thread"
    taken = threading.Event()
    mine = DispatchThread(lambda _: bool(taken.set()))
    mine.wake(current_tenant_id())
    assert taken.wait(5)
    mine.stop()
    assert not mine.thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_the_relay_outlives_a_database_that_is_away(monkeypatch):
    monkeypatch.setattr("events.dispatch.relay.tenants_with_work", lambda **_: 1 / 0)
    assert Relay().round() == 0


def test_the_relay_ends_when_asked(monkeypatch):
    stop, rounds = threading.Event(), []

    def work(**_):
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        return []

    monkeypatch.setattr("events.dispatch.relay.tenants_with_work", work)
    Relay(poll_seconds=0).run(stop)
    assert len(rounds) == 3


@pytest.mark.django_db
def test_an_idle_relay_asks_one_cheap_statement(django_assert_num_queries):
    settle()
    with django_assert_num_queries(1) as asked:
        Relay().round()
    assert "UNION" in asked[0]["sql"]


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_the_callback_is_recognised_among_others():
    with transaction.atomic():
        transaction.on_commit(lambda: None)
        Order.objects.create(total=1)
        Order.objects.create(total=2)
        assert [type(entry[1]) for entry in connection.run_on_commit].count(WakeDispatcher) == 1
