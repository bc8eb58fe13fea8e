"""Deliveries that go from the numbering turn to the threads in memory: the short way, which may be cut anywhere."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit.models import AuditLog
from audit.services import write_audit_log
from events import switches
from events.dispatch import broker_outage as outage
from events.dispatch import dispatch_thread, ledger, task_runner
from events.dispatch import dispatcher as dispatch
from events.dispatch.direct import run_assigned, run_direct
from events.dispatch.dispatch_thread import DispatchThread
from events.dispatch.numbering import run_numbering_pass
from events.dispatch.queued import send_assigned, send_tasks
from events.dispatch.relay import settle, tenants_with_work
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from events.tests.receivers import receiver_with, set_receivers
from orders import services
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.both_databases, pytest.mark.relay_too]

TYPES = frozenset({"order.created", "order.paid"})


class Effects:
    """What receivers did: one in our database, which a repeat would double, and one that sends tasks."""

    def __init__(self):
        self.sent, self.error = [], None

    def inside(self, event):
        write_audit_log("EFFECT", event.order_id, {})
        if self.error:
            raise self.error

    def send(self, event):
        if self.error:
            raise self.error
        self.sent.append(event.sequence)

    def known(self):
        return AuditLog.objects.filter(action="EFFECT").count(), self.sent


@pytest.fixture(autouse=True)
def effects(monkeypatch):
    """Nothing happens but by the test, and the broker's past is forgotten."""
    monkeypatch.setattr("events.dispatch.dispatcher.dispatcher.wake", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())
    made = Effects()
    set_receivers(monkeypatch)
    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, made.inside))
    monkeypatch.setitem(RECEIVERS, "outside", receiver_with("outside", TYPES, made.send, Kind.QUEUED))
    return made


def reserved_deliveries(*names):
    """Number what there is; the deliveries that are in hand then, direct and queued."""
    turn = run_numbering_pass(current_tenant_id(), reserved_for=names or ("inside", "outside"))
    return turn.reserved(Kind.DIRECT), turn.reserved(Kind.QUEUED)


def later():
    return time_machine.travel(timezone.now() + timedelta(seconds=ledger.RESERVED_SECONDS + 0.1))


def statuses():
    return dict(Delivery.objects.values_list("receiver", "status"))


@pytest.mark.django_db
def test_what_is_handed_over_is_done_and_looked_for_by_nobody_meanwhile(effects):
    place_order()
    direct, queued = reserved_deliveries()
    assert tenants_with_work() == []
    assert (run_assigned(current_tenant_id(), direct), send_assigned(current_tenant_id(), queued)) == (1, 1)
    assert (effects.known(), statuses()) == ((1, [1]), {"inside": "SUCCEEDED", "outside": "PENDING"})


@pytest.mark.django_db
def test_a_process_that_dies_with_them_in_hand_leaves_them_to_the_relay_three_seconds_later(effects):
    place_order()
    reserved_deliveries()
    assert settle() == 0
    with later():
        settle()
    assert effects.known() == (1, [1])


@pytest.mark.django_db
def test_a_process_that_thaws_with_them_in_hand_does_nothing_twice(effects):
    place_order()
    direct, _ = reserved_deliveries()
    with later():
        settle()
    assert run_assigned(current_tenant_id(), direct) == 0
    assert effects.known() == (1, [1])


@pytest.mark.django_db
def test_nothing_is_handed_to_a_sender_whose_broker_is_away(effects):
    outage.broker.failed()
    place_order()
    assert dispatch.assignable(current_tenant_id()) == {"inside"}
    assert reserved_deliveries(*dispatch.assignable(current_tenant_id()))[1] == []
    outage.broker.succeeded()
    assert (send_tasks(current_tenant_id()), effects.sent) == (1, [1])


@pytest.mark.django_db
def test_a_broker_that_goes_away_with_them_in_hand_gets_them_when_it_is_back(effects):
    for _ in range(2):
        place_order()
    _, queued = reserved_deliveries()
    effects.error = OperationalError()
    assert send_assigned(current_tenant_id(), queued) == 0
    effects.error = None
    outage.broker.succeeded()
    assert (send_tasks(current_tenant_id()), effects.sent) == (2, [1, 2])


@pytest.mark.django_db
def test_receivers_switched_off_meanwhile_catch_up_at_once_when_they_are_on_again(effects):
    place_order()
    direct, queued = reserved_deliveries()
    for name in RECEIVERS:
        switches.set_enabled(name, enabled=False)
    assert run_assigned(current_tenant_id(), direct) == send_assigned(current_tenant_id(), queued) == 0
    assert (settle(), effects.known()) == (0, (0, []))
    for name in RECEIVERS:
        switches.set_enabled(name, enabled=True)
    settle()
    assert effects.known() == (1, [1])


@pytest.mark.django_db
def test_a_receiver_that_is_off_is_handed_nothing(effects):
    switches.set_enabled("inside", enabled=False)
    assert dispatch.assignable(current_tenant_id()) == {"outside"}


@pytest.mark.django_db
def test_one_that_keeps_order_is_handed_an_orders_first_event_alone(effects, monkeypatch):
    ordered = receiver_with("outside", TYPES, effects.send, Kind.QUEUED, ordered=True, first="order.created")
    monkeypatch.setitem(RECEIVERS, "outside", ordered)
    order = place_order()
    services.pay_order(order.id)
    _, queued = reserved_deliveries()
    assert [delivery.sequence for delivery in queued] == [1]
    assert (send_assigned(current_tenant_id(), queued), send_tasks(current_tenant_id())) == (1, 0)
    task_runner.run_delivery(queued[0].pk, lambda event: None)
    assert (send_tasks(current_tenant_id()), effects.sent) == (1, [1, 2])


@pytest.mark.django_db
def test_a_failure_counts_once_and_is_tried_again(effects):
    place_order()
    direct, _ = reserved_deliveries()
    effects.error = ValueError("no luck")
    assert run_assigned(current_tenant_id(), direct) == 0
    row = Delivery.objects.get(receiver="inside")
    assert (row.status, row.attempts, row.last_error, effects.known()[0]) == (
        "RETRYING",
        1,
        "ValueError: no luck",
        0,
    )
    effects.error = None
    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        settle()
    assert effects.known() == (1, [1])


@pytest.mark.django_db
def test_of_several_the_one_that_fails_takes_none_with_it(effects, monkeypatch):
    def poisoned(events):
        for event in events:
            effects.inside(event)
            if event.sequence == 2:
                raise ValueError("no luck")

    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, poisoned, batch=10))
    for _ in range(3):
        place_order()
    direct, _ = reserved_deliveries()
    assert (run_assigned(current_tenant_id(), direct), effects.known()[0]) == (2, 2)
    found = Delivery.objects.filter(receiver="inside").order_by("sequence").values_list("status", "attempts")
    assert list(found) == [("SUCCEEDED", 1), ("RETRYING", 1), ("SUCCEEDED", 1)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", [run_assigned, lambda tenant_id, _: run_direct(tenant_id)])
def test_two_runners_at_once_have_one_effect(effects, monkeypatch, other):
    place_order()
    direct, _ = reserved_deliveries()
    Delivery.objects.update(due_at=timezone.now())  # So that the other may find it in the ledger.
    together = threading.Barrier(2, timeout=1)

    def meet_first(event):
        with suppress(threading.BrokenBarrierError):  # One that finds it in the other's hands does not come.
            together.wait()
        effects.inside(event)

    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, meet_first))
    tenant_id, done = current_tenant_id(), []

    def run(runner):
        try:
            done.append(runner(tenant_id, direct))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[runner]) for runner in (run_assigned, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (sorted(done), effects.known()[0], statuses()["inside"]) == ([0, 1], 1, "SUCCEEDED")


@pytest.mark.django_db
@pytest.mark.signals_driver
def test_an_order_alone_is_sent_without_a_statement_and_run_in_one_more_than_its_effect(
    monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(switches, "REFRESH_SECONDS", 600)
    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, lambda event: None))
    place_order()
    reserved_deliveries(*dispatch.assignable(current_tenant_id()))  # Makes the stream's row, and reads the switches.
    place_order()
    with django_assert_num_queries(6):  # savepoint, lock, number, head, deliveries, release
        direct, queued = reserved_deliveries(*dispatch.assignable(current_tenant_id()))
    with django_assert_num_queries(3):  # between savepoints
        assert run_assigned(current_tenant_id(), direct) == 1
    with django_assert_num_queries(0):
        assert send_assigned(current_tenant_id(), queued) == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_is_stopped_does_what_it_has_in_hand(settings):
    settings.EVENTS_DISPATCH = "thread"
    done = []
    mine = DispatchThread(lambda _: 0, work_assigned=lambda _, handed: done.extend(handed), linger_seconds=0.2)
    mine.assign(current_tenant_id(), ["a", "b"])
    mine.assign(current_tenant_id(), ["c"])
    mine.stop()
    assert (done, mine.thread.is_alive()) == (["a", "b", "c"], False)


def test_a_thread_with_much_in_hand_has_no_room(settings, monkeypatch):
    settings.EVENTS_DISPATCH = "thread"
    mine = DispatchThread(lambda _: 0, work_assigned=lambda *_: 0)
    monkeypatch.setattr(mine, "begin", lambda: None)
    assert mine.has_room()
    mine.assign(current_tenant_id(), [None] * dispatch_thread.MOST_ASSIGNED)
    assert not mine.has_room()
