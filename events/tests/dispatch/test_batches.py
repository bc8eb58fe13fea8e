"""Receivers that take several events: together in a fixed number of statements, alone when that fails."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit.models import AuditHead, AuditLog
from audit.services import write_audit_log
from audit.verification import verify_audit_log
from events import switches
from events.dispatch import broker_outage as outage
from events.dispatch import ledger, task_runner
from events.dispatch.inline import settle
from events.dispatch.numbering import number
from events.models import Delivery
from events.receivers import Kind, delivery_id
from events.tests.dispatch.dispatching import do_due
from events.tests.receivers import receiver_with, set_receivers
from orders import services
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Only the test dispatches, and earlier failures of the broker are forgotten."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())


@pytest.fixture
def only(monkeypatch):
    """Connect one receiver of the test, which takes three events together."""

    def having(handler, **rules):
        types = {"order.created", "order.paid"}
        set_receivers(monkeypatch, receiver_with("only", types, handler, batch=3, **rules))

    return having


@pytest.fixture
def known_switches(monkeypatch):
    """The switches have been read, and are not read again."""
    monkeypatch.setattr(switches, "REFRESH_SECONDS", 600)
    switches.switched_off()


def statuses():
    return list(Delivery.objects.order_by("sequence").values_list("status", flat=True))


def placed(count):
    orders = [place_order() for _ in range(count)]
    number(current_tenant_id())
    return orders


def test_events_are_passed_in_order_up_to_the_receivers_batch(only):
    seen = []
    only(lambda events: seen.append([event.sequence for event in events]))
    placed(5)
    assert (do_due(), do_due()) == (5, 0)
    assert (seen, statuses()) == ([[1, 2, 3], [4, 5]], ["SUCCEEDED"] * 5)
    assert set(Delivery.objects.values_list("attempts", "attempt_token", "last_error")) == {(1, None, "")}


def test_a_poison_event_ends_dead_alone_and_undoes_no_other_effect(only):
    def poisoned(events):
        for event in events:
            write_audit_log("EFFECT", event.order_id, {})
            if event.sequence == 2:
                raise ValueError("no luck")

    only(poisoned, max_attempts=2)
    orders = placed(3)
    assert do_due(Kind.DIRECT) == 2
    assert statuses() == ["SUCCEEDED", "RETRYING", "SUCCEEDED"]
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        orders += placed(1)
        settle()
    assert statuses() == ["SUCCEEDED", "DEAD", "SUCCEEDED", "SUCCEEDED"]
    effects = AuditLog.objects.filter(action="EFFECT").order_by("position").values_list("object_id", flat=True)
    assert list(effects) == [str(orders[place].id) for place in (0, 2, 3)]


@pytest.mark.receivers
def test_earlier_failures_do_not_delay_new_deliveries(only):
    calls = []

    def fails_alone(events):
        calls.append([event.sequence for event in events])
        if 1 in calls[-1]:
            raise ValueError("no luck")

    only(fails_alone)
    placed(1)
    do_due(Kind.DIRECT)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        placed(2)
        assert do_due(Kind.DIRECT) == 2
    assert calls == [[1], [2, 3], [1]]


def test_a_delivery_that_is_lost_meanwhile_undoes_the_batch(only, monkeypatch):
    only(lambda events: write_audit_log("EFFECT", "x", {}))
    placed(2)
    record = ledger.record_done
    monkeypatch.setattr(ledger, "record_done", lambda rows, *times: len(rows) == 1 and record(rows, *times))
    assert do_due(Kind.DIRECT) == 2  # Each separately, then.
    assert (AuditLog.objects.count(), statuses()) == (2, ["SUCCEEDED"] * 2)


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_the_audit_trail_of_many_orders_costs_the_same_as_of_one(known_switches, django_assert_num_queries):
    placed(1)
    do_due(Kind.DIRECT)
    for count in (2, 20):
        placed(count)
        # Savepoint, due, marked, release; then savepoint, held, head and known, records, head, recorded, release.
        with django_assert_num_queries(11):
            assert do_due(Kind.DIRECT) == count
    assert AuditHead.objects.get().position == AuditLog.objects.count() == 23
    assert verify_audit_log().is_intact


def test_an_ordered_receiver_gets_one_orders_events_one_after_the_other(only):
    seen = []
    only(lambda events: seen.append([event.sequence for event in events]), ordered=True)
    order, _ = place_order(), place_order()
    services.pay_order(order.id)
    number(current_tenant_id())
    settle()
    assert seen == [[1, 2], [3]]


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_tasks_of_many_deliveries_are_marked_in_two_statements(only, known_switches, django_assert_num_queries):
    sent = []
    only(lambda events: sent.append(len(events)), kind=Kind.QUEUED)
    placed(7)
    with django_assert_num_queries(4):  # savepoint, due, noted, release
        assert do_due(Kind.QUEUED) == 7
    assert (sent, do_due(Kind.QUEUED)) == ([3, 3, 1], 0)


@pytest.mark.receivers
def test_after_an_outage_of_the_broker_unsent_tasks_are_due_immediately(only):
    sent = []

    def break_down(events):
        if len(sent) == 1:
            raise OperationalError
        sent.append([event.sequence for event in events])

    only(break_down, kind=Kind.QUEUED)
    placed(7)
    assert do_due(Kind.QUEUED) == 3
    assert [row.sequence for row in ledger.due(current_tenant_id())] == [4, 5, 6, 7]


@pytest.mark.receivers
def test_a_task_that_can_not_be_sent_does_not_stop_the_others(only):
    sent = []

    def picky(events):
        if 2 in (sequences := [event.sequence for event in events]):
            raise ValueError("no luck")
        sent.extend(sequences)

    only(picky, kind=Kind.QUEUED)
    placed(3)
    assert (do_due(Kind.QUEUED), sent) == (2, [1, 3])


@pytest.mark.receivers
def test_a_task_passes_on_deliveries_that_a_slow_one_delays(only, monkeypatch):
    only(lambda events: None, kind=Kind.QUEUED)
    placed(3)
    ids = [str(delivery_id(row.event.id, "only")) for row in ledger.due(current_tenant_id())]
    done, passed_on = [], []
    monkeypatch.setattr(task_runner, "MESSAGE_SECONDS", -1)
    task_runner.run_deliveries(ids, done.append, resend=lambda *, deliveries: passed_on.extend(deliveries))
    assert (len(done), passed_on, statuses()) == (1, ids[1:], ["SUCCEEDED", "PENDING", "PENDING"])


def test_a_task_runs_all_that_its_message_names(only):
    only(lambda events: None, kind=Kind.QUEUED)
    placed(3)
    ids = [str(row.pk) for row in ledger.due(current_tenant_id())]
    done = []
    task_runner.run_deliveries(ids, done.append, resend=done.append)
    assert (len(done), statuses()) == (3, ["SUCCEEDED"] * 3)
