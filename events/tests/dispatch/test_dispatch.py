"""What starts a pass: one notification per transaction, without an effect on the caller."""

import threading
import time
from contextlib import suppress

import pytest
from django.db import connection, transaction

from events.dispatch import notification
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.inline import settle
from events.dispatch.notification import Notify, connect
from events.dispatch.numbering import notify_live_receivers
from events.log import events_recorded
from events.models import Delivery, Event
from events.receivers import RECEIVERS, Kind
from events.tests.receivers import receiver_with
from orders.models import Order
from tenants.context import current_tenant_id
from tests.factories import place_order
from tests.servers.processes import TookTooLong, wait_until

pytestmark = pytest.mark.both_databases


@pytest.fixture
def notified(monkeypatch):
    tenants = []
    monkeypatch.setattr(notification, "notify", tenants.append)
    return tenants


@pytest.mark.django_db
def test_one_transaction_notifies_once(notified):
    with transaction.atomic():
        for _ in range(3):
            place_order()
        assert notified == []
    assert notified == [current_tenant_id()]


@pytest.mark.django_db
def test_a_rollback_sends_no_notification(notified):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place_order()
        raise ZeroDivisionError
    assert notified == []


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_a_savepoint_rolled_back_before_another_event_still_notifies(notified):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            place_order()
            raise ZeroDivisionError
        place_order()
    assert len(notified) == 1


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_dispatch_that_fails_does_not_reach_the_caller(monkeypatch):
    monkeypatch.setattr("events.dispatch.inline.dispatch_now", lambda _: 1 / 0)
    assert place_order().pk


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.signals_driver
def test_if_dispatchers_only_poll_no_signal_is_connected(settings, notified):
    settings.EVENTS_DRIVER = "relay"
    events_recorded.disconnect(dispatch_uid="events.dispatch")
    try:
        connect()
        place_order()
        assert notified == []
        assert settle() > 0
        assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}
    finally:
        settings.EVENTS_DRIVER = "signals"
        connect()


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_live_receiver_that_fails_costs_nothing(monkeypatch):
    monkeypatch.setitem(
        RECEIVERS, "broken", receiver_with("broken", frozenset({"order.created"}), lambda *_: 1 / 0, Kind.LIVE)
    )
    place_order()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_live_receiver_that_is_off_is_not_notified(monkeypatch):
    notified = []
    live = receiver_with("live", frozenset({"order.created"}), lambda *given: notified.append(given), Kind.LIVE)
    monkeypatch.setattr("events.dispatch.numbering.switches.switched_off", lambda _: {"live"})
    monkeypatch.setattr("events.dispatch.numbering.receivers_of", lambda _: [live])
    notify_live_receivers(current_tenant_id(), [])
    assert notified == []


@pytest.fixture
def dispatcher(settings):
    """A dispatcher that runs in this process, and polls too rarely to matter."""
    settings.EVENTS_DISPATCH = "dispatcher"
    one = Dispatcher(poll_seconds=600)
    one.polls_at = time.monotonic() + 600
    one.start()
    yield one
    one.stop()
    assert not one.thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_of_the_same_process_is_notified(dispatcher):
    place_order()
    wait_until(is_all_numbered, timeout_seconds=20, what="the event's number")


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_of_another_process_is_notified_over_channels(dispatcher, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(notification, "here", [])  # as in a web process
        wait_until(is_an_order_numbered_soon, timeout_seconds=30, what="a notification")


def is_an_order_numbered_soon():
    """Place an order; whether it is numbered within a moment. The first ones may come before the dispatcher listens."""
    place_order()
    with suppress(TookTooLong):
        wait_until(is_all_numbered, timeout_seconds=1, what="the event's number")
    return is_all_numbered()


def is_all_numbered():
    return not Event.unguarded.filter(sequence=None).exists()


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
def test_the_dispatcher_survives_an_unreachable_database(monkeypatch):
    monkeypatch.setattr("events.dispatch.rotation.tenants_with_work", lambda **_: 1 / 0)
    assert Dispatcher().turn() == 0


@pytest.mark.django_db(transaction=True)
def test_the_dispatcher_polls_and_ends_when_stopped(monkeypatch, settings):
    settings.EVENTS_DISPATCH = "dispatcher"
    polls, polled = [], threading.Event()

    def work(**_):
        polls.append(1)
        if len(polls) == 3:
            polled.set()
        return []

    monkeypatch.setattr("events.dispatch.rotation.tenants_with_work", work)
    dispatcher = Dispatcher(poll_seconds=0.01)
    dispatcher.start()
    assert polled.wait(20)
    dispatcher.stop()
    assert not dispatcher.thread.is_alive()
    assert notification.here == []


@pytest.mark.django_db
def test_an_idle_dispatcher_sends_one_cheap_statement(django_assert_num_queries):
    settle()
    dispatcher = Dispatcher()
    dispatcher.turn()  # its heartbeat
    dispatcher.polls_at = 0.0
    with django_assert_num_queries(1) as asked:
        dispatcher.turn()
    assert "UNION" in asked[0]["sql"]


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_the_callback_is_recognised_among_others():
    with transaction.atomic():
        transaction.on_commit(lambda: None)
        Order.objects.create(total=1)
        Order.objects.create(total=2)
        assert [type(entry[1]) for entry in connection.run_on_commit].count(Notify) == 1
