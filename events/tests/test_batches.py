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
from events.dispatch import queued as sending
from events.dispatch.direct import run_direct
from events.dispatch.numbering import number
from events.dispatch.relay import settle
from events.models import Delivery
from events.receivers import Kind, delivery_id
from events.tests.receivers import receiver_with, set_receivers
from orders import services
from tenants.context import current_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Nothing happens but by the test, and the broker's past is forgotten."""
    monkeypatch.setattr("events.dispatch.dispatcher.dispatcher.wake", lambda tenant_id: None)
    monkeypatch.setattr(outage, "broker", outage.Breaker())


@pytest.fixture
def only(monkeypatch):
    """Have one receiver, of the test's own, which takes three events at once."""

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


def test_events_are_handed_over_in_order_as_many_as_the_receiver_takes(only):
    seen = []
    only(lambda events: seen.append([event.sequence for event in events]))
    placed(5)
    assert (run_direct(current_tenant_id()), run_direct(current_tenant_id()), run_direct(current_tenant_id())) == (
        3,
        2,
        0,
    )
    assert (seen, statuses()) == ([[1, 2, 3], [4, 5]], ["SUCCEEDED"] * 5)
    assert set(Delivery.objects.values_list("attempts", "attempt_token", "last_error")) == {(1, None, "")}


def test_a_poison_event_ends_dead_alone_and_takes_no_effect_of_its_neighbours_with_it(only):
    def poisoned(events):
        for event in events:
            write_audit_log("EFFECT", event.order_id, {})
            if event.sequence == 2:
                raise ValueError("no luck")

    only(poisoned, max_attempts=2)
    orders = placed(3)
    assert run_direct(current_tenant_id()) == 2
    assert statuses() == ["SUCCEEDED", "RETRYING", "SUCCEEDED"]
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        orders += placed(1)
        settle()
    assert statuses() == ["SUCCEEDED", "DEAD", "SUCCEEDED", "SUCCEEDED"]
    effects = AuditLog.objects.filter(action="EFFECT").order_by("position").values_list("object_id", flat=True)
    assert list(effects) == [str(orders[place].id) for place in (0, 2, 3)]


def test_what_failed_before_does_not_hold_up_what_is_new(only):
    calls = []

    def fails_alone(events):
        calls.append([event.sequence for event in events])
        if 1 in calls[-1]:
            raise ValueError("no luck")

    only(fails_alone)
    placed(1)
    run_direct(current_tenant_id())
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        placed(2)
        assert run_direct(current_tenant_id()) == 2
    assert calls == [[1], [2, 3], [1]]


def test_a_delivery_that_is_lost_meanwhile_undoes_the_batch(only, monkeypatch):
    only(lambda events: write_audit_log("EFFECT", "x", {}))
    placed(2)
    monkeypatch.setattr(ledger, "record_together", lambda *_: False)
    assert run_direct(current_tenant_id()) == 2  # Each alone, then.
    assert (AuditLog.objects.count(), statuses()) == (2, ["SUCCEEDED"] * 2)


@pytest.mark.signals_driver
def test_the_audit_trail_of_many_orders_costs_the_same_as_of_one(known_switches, django_assert_num_queries):
    placed(1)
    run_direct(current_tenant_id())
    for count in (2, 20):
        placed(count)
        with django_assert_num_queries(8):  # savepoint; due; head, known, records, head; deliveries; release
            assert run_direct(current_tenant_id()) == count
    assert AuditHead.objects.get().position == AuditLog.objects.count() == 23
    assert verify_audit_log().is_intact


def test_one_orders_events_go_one_after_the_other_where_order_is_kept(only):
    seen = []
    only(lambda events: seen.append([event.sequence for event in events]), ordered=True)
    order, _ = place_order(), place_order()
    services.pay_order(order.id)
    number(current_tenant_id())
    settle()
    assert seen == [[1, 2], [3]]


@pytest.mark.signals_driver
def test_tasks_of_many_deliveries_are_noted_in_two_statements(only, known_switches, django_assert_num_queries):
    sent = []
    only(lambda events: sent.append(len(events)), kind=Kind.QUEUED)
    placed(7)
    with django_assert_num_queries(4):  # savepoint, due, noted, release
        assert sending.send_tasks(current_tenant_id()) == 7
    assert (sent, sending.send_tasks(current_tenant_id())) == ([3, 3, 1], 0)


def test_when_the_broker_goes_away_what_was_not_sent_is_due_at_once(only):
    sent = []

    def break_down(events):
        if len(sent) == 1:
            raise OperationalError
        sent.append([event.sequence for event in events])

    only(break_down, kind=Kind.QUEUED)
    placed(7)
    assert sending.send_tasks(current_tenant_id()) == 3
    assert [row.sequence for row in ledger.due(current_tenant_id())] == [4, 5, 6, 7]


def test_a_task_that_can_not_be_sent_lets_its_neighbours_go(only):
    sent = []

    def picky(events):
        if 2 in (sequences := [event.sequence for event in events]):
            raise ValueError("no luck")
        sent.extend(sequences)

    only(picky, kind=Kind.QUEUED)
    placed(3)
    assert (sending.send_tasks(current_tenant_id()), sent) == (2, [1, 3])


def test_a_task_passes_on_what_a_slow_delivery_holds_up(only, monkeypatch):
    only(lambda events: None, kind=Kind.QUEUED)
    placed(3)
    ids = [str(delivery_id(row.event.id, "only")) for row in ledger.due(current_tenant_id())]
    done, passed_on = [], []
    monkeypatch.setattr(task_runner, "MESSAGE_SECONDS", -1)
    task_runner.run_deliveries(ids, done.append, resend=lambda *rest: passed_on.extend(rest))
    assert (len(done), passed_on, statuses()) == (1, ids[1:], ["SUCCEEDED", "PENDING", "PENDING"])


def test_a_task_runs_all_that_its_message_names(only):
    only(lambda events: None, kind=Kind.QUEUED)
    placed(3)
    ids = [str(row.pk) for row in ledger.due(current_tenant_id())]
    done = []
    task_runner.run_deliveries(ids, done.append, resend=done.append)
    assert (len(done), statuses()) == (3, ["SUCCEEDED"] * 3)
