"""Claims, leases, retries: each delivery's work is done once, and only the holder records."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events import switches
from events.dispatch import ledger, reservations, task_runner
from events.dispatch.inline import dispatch_now, settle
from events.dispatch.rotation import tenants_with_work
from events.models import Delivery
from events.receivers import RECEIVERS, Kind, delivery_id
from events.tests.dispatch.dispatching import do_due
from events.tests.receivers import receiver_with, set_receivers
from orders import services
from orders.models import Order
from tenants.context import current_caller, current_tenant_id
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too]


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Only the test dispatches."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)


@pytest.fixture
def only(monkeypatch):
    """Connect one receiver of the test."""

    def having(handler, **rules):
        receiver = receiver_with("only", frozenset({"order.created", "order.paid"}), handler, **rules)
        set_receivers(monkeypatch, receiver)
        return receiver

    return having


def delivery():
    return Delivery.objects.get()


def fail(_):
    raise ValueError("no luck")


def test_a_direct_receiver_runs_once(only):
    seen = []
    only(seen.append)
    place_order()
    settle()
    settle()
    assert len(seen) == 1
    assert (delivery().status, delivery().attempts, delivery().last_error) == ("SUCCEEDED", 1, "")
    assert delivery().duration_seconds >= 0


def test_a_receiver_acts_for_the_events_tenant_under_its_request(only):
    callers = []
    only(lambda _: callers.append(current_caller()))
    place_order()
    settle()
    assert (callers[0].actor, callers[0].tenant_id) == ("receiver:only", current_tenant_id())


@pytest.mark.receivers
def test_a_failure_undoes_the_effect_and_is_tried_again_later(only):
    def effect_then_fail(_):
        Order.objects.create(total=1)
        raise ValueError("no luck")

    only(effect_then_fail)
    place_order()
    dispatch_now(current_tenant_id())
    assert Order.objects.count() == 1
    assert (delivery().status, delivery().attempts, delivery().last_error) == ("RETRYING", 1, "ValueError: no luck")
    assert timezone.now() < delivery().due_at <= timezone.now() + timedelta(seconds=1)
    assert tenants_with_work() == []


def test_a_poison_event_ends_dead_and_does_not_block_others(only):
    calls = []

    def poisoned(event):
        calls.append(event.payload["order"]["customer_name"])
        if calls[-1] == "Poison":
            raise ValueError("no luck")

    only(poisoned, max_attempts=3)
    place_order(customer_name="Poison")
    place_order(customer_name="Ada")
    for later in range(10):
        with time_machine.travel(timezone.now() + timedelta(hours=later)):
            settle()
    assert calls == ["Poison", "Ada", "Poison", "Poison"]
    assert list(Delivery.objects.order_by("sequence").values_list("status", flat=True)) == ["DEAD", "SUCCEEDED"]


def test_pauses_double_up_to_ten_minutes_with_jitter():
    now = timezone.now()
    pauses = [(ledger.next_attempt(now, attempts) - now).total_seconds() for attempts in range(1, 15)]
    bounds = [min(2**n, 600) for n in range(14)]
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))


@pytest.mark.receivers
def test_two_claims_give_one_token(only):
    only(print)
    place_order()
    ledger_row = opened()
    tokens = [ledger.claim(ledger_row.pk, lease_seconds=30) for _ in range(2)]
    assert tokens[1] is None
    assert delivery().attempt_token == tokens[0]


def opened():
    from events.dispatch.numbering import number

    number(current_tenant_id())
    return delivery()


def test_only_the_holder_of_the_token_records(only):
    only(print)
    place_order()
    row = opened()
    first = ledger.claim(row.pk, lease_seconds=30)
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        second = ledger.claim(row.pk, lease_seconds=30)
        assert ledger.record_success(row.pk, first) is False
        assert ledger.record_failure(row.pk, first, ValueError(), max_attempts=3) is False
        assert (delivery().status, delivery().attempts) == ("RUNNING", 2)
        assert ledger.record_success(row.pk, second) is True
    assert delivery().status == "SUCCEEDED"


def queued(only, **rules):
    sent = []
    only(lambda event: sent.append(delivery_id(event.id, "only")), kind=Kind.QUEUED, **rules)
    return sent


@pytest.mark.receivers
def test_a_queued_delivery_is_sent_once_and_again_if_unclaimed(only):
    sent, times = queued(only), []
    place_order()
    began = timezone.now()
    for seconds in range(100):
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            settle()
            times += [seconds] * (len(sent) - len(times))
    assert times == [0, 3, 6, 12, 24, 48, 96]  # Soon, because the sender may have died; workers may be busy, too.
    assert delivery().status == "PENDING"
    assert set(sent) == {delivery().pk}


@pytest.mark.receivers
def test_a_task_whose_worker_died_is_sent_twice_soon_again(only):
    sent = queued(only, lease_seconds=25)
    place_order()
    settle()
    began = timezone.now()
    ledger.claim(sent[0], lease_seconds=25, as_sent=True)
    for seconds, times in ((24, 1), (26, 2), (28, 2), (30, 3), (40, 3), (61, 4)):
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            settle()
            assert len(sent) == times


def test_a_task_that_comes_twice_works_once(only):
    sent, done = queued(only), []
    place_order()
    settle()
    assert [task_runner.run_delivery(sent[0], done.append) for _ in range(2)] == [True, False]
    assert len(done) == 1
    assert delivery().status == "SUCCEEDED"


def test_a_failed_task_is_sent_again_when_due(only):
    sent = queued(only)
    place_order()
    settle()
    assert task_runner.run_delivery(sent[0], fail) is False
    assert (delivery().status, delivery().last_error) == ("RETRYING", "ValueError: no luck")
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        settle()
        assert len(sent) == 2
        assert task_runner.run_delivery(sent[1], lambda _: None) is True
    assert (delivery().status, delivery().attempts) == ("SUCCEEDED", 2)


def test_a_task_whose_worker_died_is_sent_again_after_its_lease(only):
    sent = queued(only, lease_seconds=10)
    place_order()
    settle()
    lost = ledger.claim(sent[0], lease_seconds=10, as_sent=True)
    assert settle() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        settle()
        assert len(sent) == 2
        assert ledger.record_success(sent[0], lost) is False
        assert task_runner.run_delivery(sent[0], lambda _: None) is True


@pytest.mark.receivers
def test_an_unreachable_broker_costs_a_resend(only):
    only(fail, kind=Kind.QUEUED)
    place_order()
    dispatch_now(current_tenant_id())
    assert (delivery().status, delivery().attempts) == ("PENDING", 0)


@pytest.mark.receivers
def test_an_ordered_receiver_waits_for_the_orders_predecessor(only):
    sent = queued(only, ordered=True)
    order = place_order()
    services.pay_order(order.id)
    settle()
    assert len(sent) == 1
    task_runner.run_delivery(sent[0], lambda _: None)
    settle()
    assert len(sent) == 2


@pytest.mark.receivers
def test_another_orders_event_does_not_wait(only):
    sent = queued(only, ordered=True)
    place_order()
    place_order()
    settle()
    assert len(sent) == 2


def test_a_receiver_switched_off_waits_and_catches_up(only):
    seen = []
    only(seen.append)
    switches.set_enabled("only", enabled=False)
    order = place_order()
    settle()
    assert (seen, delivery().status) == ([], "PENDING")
    switches.set_enabled("only", enabled=True)
    settle()
    assert [event.order_id for event in seen] == [order.id]


@pytest.mark.receivers
def test_a_switch_for_one_tenant_leaves_the_others(only, other_tenant):
    only(print)
    switches.set_enabled("only", enabled=False, tenant_id=other_tenant.id)
    assert (switches.switched_off(other_tenant.id), switches.switched_off(current_tenant_id())) == (
        {"only"},
        frozenset(),
    )


def test_an_unknown_delivery_does_nothing():
    assert task_runner.run_delivery(uuid.uuid4(), fail) is False


@pytest.mark.receivers
def test_a_delivery_of_a_receiver_that_is_gone_stays(only):
    only(print)
    place_order()
    row = opened()
    RECEIVERS.clear()
    assert do_due() == 0
    assert task_runner.run_delivery(row.pk, fail) is False


@pytest.mark.receivers
def test_deliveries_of_an_ended_process_are_due_now_and_pauses_stay(only):
    only(print, kind=Kind.QUEUED)
    for _ in range(4):
        place_order()
    dispatch_now(current_tenant_id())
    sent, running, retrying, done = Delivery.objects.order_by("sequence")
    later = timezone.now() + timedelta(minutes=5)
    for row, status in ((sent, "PENDING"), (running, "RUNNING"), (retrying, "RETRYING"), (done, "SUCCEEDED")):
        Delivery.objects.filter(pk=row.pk).update(status=status, due_at=later)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        assert reservations.release_all() == 2
    rows = Delivery.objects.order_by("sequence").values_list("status", "due_at")
    assert list(rows) == [
        ("PENDING", sent.created_at),
        ("RUNNING", now),
        ("RETRYING", later),
        ("SUCCEEDED", later),
    ]
