"""Deliveries that are reserved by the pass that opens them: the process that has them may die or freeze anywhere."""

import threading
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit.models import AuditLog
from audit.services import write_audit_log
from events import switches
from events.dispatch import broker_outage as outage
from events.dispatch import ledger, task_runner, work
from events.dispatch.deliverer import Deliverer, deliver
from events.dispatch.dispatcher import Dispatcher
from events.dispatch.inline import settle
from events.dispatch.numbering import run_numbering_pass
from events.dispatch.rotation import tenants_with_work
from events.dispatch.work import Work
from events.models import Delivery
from events.receivers import RECEIVERS, Kind
from events.tests.dispatch.dispatching import do_due, do_reserved
from events.tests.receivers import receiver_with, set_receivers
from orders import services
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.both_databases, pytest.mark.relay_too]

TYPES = frozenset({"order.created", "order.paid"})


class Effects:
    """The effects of the receivers: one in our database, which a repeat would double, and one that sends tasks."""

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
    """Only the test dispatches, and earlier failures of the broker are forgotten."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())
    made = Effects()
    set_receivers(monkeypatch)
    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, made.inside))
    monkeypatch.setitem(RECEIVERS, "outside", receiver_with("outside", TYPES, made.send, Kind.QUEUED))
    return made


def reserved_deliveries(*names):
    """Number the events; return the reserved deliveries, direct and queued."""
    [numbered] = run_numbering_pass([current_tenant_id()], reserved_for=lambda _: names or ("inside", "outside"))
    direct = [delivery for delivery in numbered.reserved if delivery.receiver == "inside"]
    return direct, [delivery for delivery in numbered.reserved if delivery not in direct]


def ready():
    """The receivers whose new deliveries a dispatcher reserves."""
    return Dispatcher().reserved_for(current_tenant_id())


def later():
    return time_machine.travel(timezone.now() + timedelta(seconds=ledger.RESERVED_SECONDS + 0.1))


def statuses():
    return dict(Delivery.objects.values_list("receiver", "status"))


@pytest.mark.receivers
@pytest.mark.django_db
def test_reserved_deliveries_are_done_and_not_due_for_other_processes(effects):
    place_order()
    direct, queued = reserved_deliveries()
    assert tenants_with_work() == []
    assert (do_reserved(direct), do_reserved(queued)) == (1, 1)
    assert (effects.known(), statuses()) == ((1, [1]), {"inside": "SUCCEEDED", "outside": "PENDING"})


@pytest.mark.receivers
@pytest.mark.django_db
def test_deliveries_of_a_process_that_dies_are_done_by_another_three_seconds_later(effects):
    place_order()
    reserved_deliveries()
    assert settle() == 0
    with later():
        settle()
    assert effects.known() == (1, [1])


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_process_that_thaws_with_reserved_deliveries_does_nothing_twice(effects):
    place_order()
    direct, _ = reserved_deliveries()
    with later():
        settle()
    assert do_reserved(direct) == 0
    assert effects.known() == (1, [1])


@pytest.mark.receivers
@pytest.mark.django_db
def test_nothing_is_reserved_while_the_broker_is_unreachable(effects):
    outage.broker.failed()
    place_order()
    assert ready() == {"inside"}
    assert reserved_deliveries(*ready())[1] == []
    outage.broker.succeeded()
    assert (do_due(Kind.QUEUED), effects.sent) == (1, [1])


@pytest.mark.receivers
@pytest.mark.django_db
def test_after_an_outage_the_broker_gets_the_reserved_tasks(effects):
    for _ in range(2):
        place_order()
    _, queued = reserved_deliveries()
    effects.error = OperationalError()
    assert do_reserved(queued) == 0
    effects.error = None
    outage.broker.succeeded()
    assert (do_due(Kind.QUEUED), effects.sent) == (2, [1, 2])


@pytest.mark.receivers
@pytest.mark.django_db
def test_receivers_switched_off_meanwhile_catch_up_when_they_are_on_again(effects):
    place_order()
    direct, queued = reserved_deliveries()
    for name in RECEIVERS:
        switches.set_enabled(name, enabled=False)
    assert do_reserved(direct) == do_reserved(queued) == 0
    assert (settle(), effects.known()) == (0, (0, []))
    for name in RECEIVERS:
        switches.set_enabled(name, enabled=True)
    settle()
    assert effects.known() == (1, [1])


@pytest.mark.django_db
def test_nothing_is_reserved_for_a_receiver_that_is_off(effects):
    switches.set_enabled("inside", enabled=False)
    assert ready() == {"outside"}


@pytest.mark.receivers
@pytest.mark.django_db
def test_for_an_ordered_receiver_only_an_orders_first_event_is_reserved(effects, monkeypatch):
    ordered = receiver_with("outside", TYPES, effects.send, Kind.QUEUED, ordered=True, first="order.created")
    monkeypatch.setitem(RECEIVERS, "outside", ordered)
    order = place_order()
    services.pay_order(order.id)
    _, queued = reserved_deliveries()
    assert [delivery.sequence for delivery in queued] == [1]
    assert (do_reserved(queued), do_due(Kind.QUEUED)) == (1, 0)
    task_runner.run_delivery(queued[0].pk, lambda event: None)
    assert (do_due(Kind.QUEUED), effects.sent) == (1, [1, 2])


@pytest.mark.receivers
@pytest.mark.django_db
def test_a_failure_counts_once_and_is_tried_again(effects):
    place_order()
    direct, _ = reserved_deliveries()
    effects.error = ValueError("no luck")
    assert do_reserved(direct) == 0
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


@pytest.mark.receivers
@pytest.mark.django_db
def test_one_failing_delivery_undoes_no_other(effects, monkeypatch):
    def poisoned(events):
        for event in events:
            effects.inside(event)
            if event.sequence == 2:
                raise ValueError("no luck")

    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, poisoned, batch=10))
    for _ in range(3):
        place_order()
    direct, _ = reserved_deliveries()
    assert (do_reserved(direct), effects.known()[0]) == (2, 2)
    found = Delivery.objects.filter(receiver="inside").order_by("sequence").values_list("status", "attempts")
    assert list(found) == [("SUCCEEDED", 1), ("RETRYING", 1), ("SUCCEEDED", 1)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", [do_reserved, lambda _: do_due(Kind.DIRECT)])
def test_two_runners_at_once_have_one_effect(effects, monkeypatch, other):
    place_order()
    direct, _ = reserved_deliveries()
    Delivery.objects.update(due_at=timezone.now())  # The other process may find it in the ledger.
    together = threading.Barrier(2, timeout=1)

    def meet_first(event):
        # A process that finds it reserved by the other does not come here.
        with suppress(threading.BrokenBarrierError):
            together.wait()
        effects.inside(event)

    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, meet_first))
    done = []

    def run(runner):
        try:
            done.append(runner(direct))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[runner]) for runner in (do_reserved, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sorted(done), effects.known()[0], statuses()["inside"]) == ([0, 1], 1, "SUCCEEDED")


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.signals_driver
def test_an_order_alone_is_sent_without_a_statement_and_run_in_one_more_than_its_effect(
    monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(switches, "REFRESH_SECONDS", 600)
    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, lambda event: None))
    place_order()
    reserved_deliveries(*ready())  # Makes the stream's row, and reads the switches.
    place_order()
    with django_assert_num_queries(6):  # savepoint, lock, number, head, deliveries, release
        direct, queued = reserved_deliveries(*ready())
    # Between savepoints: recorded and, on PostgreSQL, held by a statement that is sent with it.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 3):
        assert do_reserved(direct) == 1
    with django_assert_num_queries(0):
        assert do_reserved(queued) == 1


@pytest.mark.receivers
@pytest.mark.django_db(transaction=True)
def test_a_deliverer_that_is_stopped_does_its_assigned_deliveries(effects, monkeypatch):
    monkeypatch.setattr("events.dispatch.deliverer.LINGER_SECONDS", 0.2)
    for _ in range(3):
        place_order()
    direct, _ = reserved_deliveries()
    deliverer = Deliverer(Kind.DIRECT)
    deliverer.thread.start()
    deliverer.take(current_tenant_id(), direct)
    deliverer.stop()
    deliverer.thread.join(20)
    assert (effects.known()[0], deliverer.thread.is_alive()) == (3, False)


@pytest.mark.receivers
@pytest.mark.django_db
def test_with_many_assigned_deliveries_no_more_are_reserved(effects, monkeypatch):
    monkeypatch.setattr(work, "MOST_IN_HAND", 1)
    mine = Work([Kind.DIRECT])
    assert mine.ready_names(current_tenant_id()) == {"inside"}
    place_order()
    mine.add(current_tenant_id(), reserved_deliveries()[0])
    assert mine.ready_names(current_tenant_id()) == set()
    assert sum(map(deliver, mine.batches())) == 1
    assert mine.ready_names(current_tenant_id()) == {"inside"}


@pytest.mark.receivers
@pytest.mark.django_db
def test_tenants_and_receivers_take_turns(effects, monkeypatch):
    monkeypatch.setitem(RECEIVERS, "inside", receiver_with("inside", TYPES, effects.inside, batch=2))
    for _ in range(3):
        place_order()
    direct, _ = reserved_deliveries()
    mine, others = Work([Kind.DIRECT]), uuid4()
    mine.add(current_tenant_id(), direct)
    mine.add(others, direct[:1])
    taken = [(batch.tenant_id == others, len(batch.deliveries)) for batch in mine.batches()]
    assert taken == [(False, 2), (True, 1), (False, 1)]


@pytest.mark.receivers
@pytest.mark.django_db
def test_deliveries_assigned_for_too_long_are_left_to_another(effects):
    place_order()
    direct, _ = reserved_deliveries()
    with later():
        assert do_reserved(direct) == 0
        assert (effects.known()[0], do_due(Kind.DIRECT), effects.known()[0]) == (0, 1, 1)
