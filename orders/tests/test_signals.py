"""The receivers: alone, together, off, failing; and the test of the handbook itself."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils.module_loading import import_string
from prometheus_client import REGISTRY

from audit.models import AuditLog
from events import switches
from events.dispatch import broker_outage as outage
from events.errors import SignalNotSent
from events.models import Delivery, Event
from events.receivers import RECEIVERS, delivery_id
from events.signals import EventSignal
from orders import event_types, selectors
from orders.models import Order
from orders.receivers import async_tasks, audit, notifications, subscriptions
from orders.states import ProcessingStatus, Status
from tests.factories import place_order

Settle = Callable[[], int]
Mails = list[EmailMultiAlternatives]
LEDGERED = {"audit", "notifications", "processing"}
pytestmark = [pytest.mark.processing_steps, pytest.mark.usefixtures("first_receivers")]


@pytest.fixture
def receivers_off(db: None) -> None:
    for receiver in RECEIVERS:
        switches.set_enabled(receiver, enabled=False)


def event_of(order: Order) -> Event:
    found: Event = Event.objects.get(order_id=order.id, type=event_types.CREATED)
    return found


def outcomes(order: Order) -> dict[str, str]:
    return dict(Delivery.objects.filter(order_id=order.id).values_list("receiver", "status"))


def finished(order: Order) -> int:
    """How often the order's processing finished."""
    done = Event.objects.filter(type=event_types.PROCESSING, payload__order__processing_status="DONE")
    return int(done.filter(order_id=order.id).count())


# --- The handbook's own test, unchanged -------------------------------------------------------------------------------


@pytest.mark.receivers
@pytest.mark.django_db
def test_audit_log_created_on_order_create():
    Order.objects.create(total=100, status="NEW")
    assert AuditLog.objects.count() == 1


# --- Alone ------------------------------------------------------------------------------------------------------------


def test_every_receiver_is_registered() -> None:
    assert {name: one.handler for name, one in RECEIVERS.items() if one.handler.__module__.startswith("orders.")} == {
        "audit": audit.record_order_events,
        "notifications": notifications.notify_customer,
        "processing": async_tasks.trigger_async_processing,
        "subscriptions": subscriptions.notify_subscribers,
    }


@pytest.mark.parametrize("signal", event_types.ALL_SIGNALS, ids=repr)
def test_an_event_signal_has_receivers_and_names_the_service_that_records_its_event(signal: EventSignal) -> None:
    assert signal.has_listeners()
    assert callable(import_string(signal.service))
    with pytest.raises(SignalNotSent, match=signal.service):
        signal.send(Event)


@pytest.mark.django_db
def test_audit_receiver_called_twice_writes_one_record(receivers_off: None) -> None:
    order = place_order()
    for _ in range(2):
        audit.record_order_events(Event, events=[event_of(order)])
    record = AuditLog.objects.get()
    assert (record.action, record.object_id, record.event_id) == ("ORDER_CREATED", str(order.id), event_of(order).id)
    assert record.metadata == {"number": order.number, "total": "25.00", "changes": {}}


@pytest.mark.django_db
def test_notification_receiver_called_twice_sends_one_mail(
    receivers_off: None, settle: Settle, mailoutbox: Mails
) -> None:
    event = event_of(place_order())
    settle()
    switches.set_enabled("notifications", enabled=True)
    for _ in range(2):
        notifications.notify_customer(Event, events=[event])
    assert [mail.to for mail in mailoutbox] == [["ada@example.com"]]


@pytest.mark.django_db
def test_processing_receiver_called_twice_processes_once(receivers_off: None, settle: Settle) -> None:
    order = place_order()
    settle()
    switches.set_enabled("processing", enabled=True)
    for _ in range(2):
        async_tasks.trigger_async_processing(Event, events=[event_of(order)])
    assert (finished(order), Delivery.objects.get(receiver="processing").attempts) == (1, 1)


@pytest.mark.django_db
def test_subscriptions_receiver_notifies_with_the_events(receivers_off: None, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Any] = []
    monkeypatch.setattr(subscriptions, "publish", published.append)
    events = [event_of(place_order())]
    for _ in range(2):
        subscriptions.notify_subscribers(Event, events=events)
    assert published == [events] * 2


# --- Together ---------------------------------------------------------------------------------------------------------


@pytest.mark.receivers
@pytest.mark.django_db
def test_new_order_has_one_record_one_mail_one_finished_processing(mailoutbox: Mails) -> None:
    order = place_order()
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED")
    assert (AuditLog.objects.count(), len(mailoutbox), finished(order)) == (1, 1, 1)


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.signals_driver
def test_nothing_is_done_before_commit(django_capture_on_commit_callbacks: Any, mailoutbox: Mails) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        order = place_order()
        assert (AuditLog.objects.count(), len(mailoutbox), Delivery.objects.count()) == (0, 0, 0)
    assert AuditLog.objects.get().object_id == str(order.id)
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_rolled_back_order_leaves_nothing(settle: Settle, mailoutbox: Mails, media: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place_order()
        raise ZeroDivisionError
    settle()
    left = [model.objects.count() for model in (Order, Event, Delivery, AuditLog)]
    assert (left, mailoutbox, media.exists()) == ([0, 0, 0, 0], [], False)


@pytest.mark.receivers
@pytest.mark.django_db
def test_whole_life_of_an_order_is_audited_and_mailed_in_order(mailoutbox: Mails) -> None:
    order = place_order(status=Status.DELIVERED)
    actions = list(AuditLog.objects.order_by("position").values_list("action", flat=True))
    assert actions == ["ORDER_CREATED", "ORDER_PAID", "ORDER_SHIPPED", "ORDER_DELIVERED"]
    assert [mail.subject.replace(order.number, "…") for mail in mailoutbox] == [
        "We have received your order …",
        "Your order … is paid",
        "Your order … is on its way",
        "Your order … has been delivered",
    ]


@pytest.mark.receivers
@pytest.mark.django_db
def test_task_of_a_finished_delivery_does_nothing(mailoutbox: Mails) -> None:
    order = place_order()
    notifications.notify_customer(Event, events=[event_of(order)])
    async_tasks.trigger_async_processing(Event, events=[event_of(order)])
    assert (len(mailoutbox), finished(order)) == (1, 1)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


# --- Off, and on again ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_with_every_receiver_off_orders_work(receivers_off: None, settle: Settle, mailoutbox: Mails) -> None:
    order = place_order(status=Status.SHIPPED)
    settle()
    assert (selectors.existing(order.id).status, selectors.existing(order.id).version) == ("SHIPPED", 3)
    assert selectors.existing(order.id).processing_status == ProcessingStatus.PENDING
    assert (AuditLog.objects.count(), len(mailoutbox)) == (0, 0)
    assert outcomes(order) == dict.fromkeys(LEDGERED, "PENDING")


@pytest.mark.django_db
def test_receivers_that_are_on_again_catch_up_once(receivers_off: None, settle: Settle, mailoutbox: Mails) -> None:
    order = place_order(status=Status.SHIPPED)
    for receiver in RECEIVERS:
        switches.set_enabled(receiver, enabled=True)
    settle()
    settle()
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED")
    assert (AuditLog.objects.count(), len(mailoutbox), finished(order)) == (3, 3, 1)
    assert [mail.subject.split()[-1] for mail in mailoutbox] == [order.number, "paid", "way"]


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("receiver", sorted(LEDGERED))
def test_one_receiver_off_leaves_the_others_at_work(receiver: str) -> None:
    switches.set_enabled(receiver, enabled=False)
    expected = dict.fromkeys(LEDGERED, "SUCCEEDED") | {receiver: "PENDING"}
    assert outcomes(place_order()) == expected


@pytest.mark.receivers
@pytest.mark.django_db
def test_relay_alone_reaches_the_same_state(
    django_capture_on_commit_callbacks: Any, settle: Settle, mailoutbox: Mails
) -> None:
    with django_capture_on_commit_callbacks():  # The callback never runs: the process died.
        order = place_order()
    settle()
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED")
    assert (AuditLog.objects.count(), len(mailoutbox), finished(order)) == (1, 1, 1)


# --- Failing ----------------------------------------------------------------------------------------------------------


BREAK = {
    "audit": "orders.receivers.audit.write_audit_logs",
    "notifications": "orders.mail.order_mails.mail_about",
    "processing": "orders.processing.steps.run_step",
}


def fail(*_: Any, **__: Any) -> None:
    raise ConnectionError("out of order")


def failures(receiver: str) -> float:
    labels = {"receiver": receiver, "outcome": "failed"}
    return REGISTRY.get_sample_value("events_receiver_runs_total", labels) or 0.0


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("receiver", BREAK)
def test_failing_receiver_is_logged_counted_and_recorded_and_stops_no_other_receiver(
    receiver: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = failures(receiver)
    monkeypatch.setattr(BREAK[receiver], fail)
    with caplog.at_level(logging.ERROR):
        order = place_order()  # The client sees no error.
    delivery = Delivery.objects.get(receiver=receiver)
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED") | {receiver: "RETRYING"}
    assert (delivery.attempts, delivery.last_error) == (1, "ConnectionError: out of order")
    assert failures(receiver) == before + 1
    (said,) = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert (said["event"], said["receiver"]) == ("delivery_failed", receiver)
    assert said["delivery_id"] == str(delivery_id(event_of(order).id, receiver))


@pytest.mark.receivers
@pytest.mark.django_db
def test_failing_live_receiver_is_logged_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subscriptions, "publish", fail)
    order = place_order()
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED")
    assert {record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)} == {
        "live_receiver_failed"
    }


@pytest.mark.receivers
@pytest.mark.django_db
@pytest.mark.parametrize("task", ["notify_customer_async", "process_order_async"])
def test_task_that_can_not_be_sent_waits_for_the_relay(
    task: str, monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    module = notifications if task == "notify_customer_async" else async_tasks
    receiver = "notifications" if task == "notify_customer_async" else "processing"
    with monkeypatch.context() as away:
        away.setattr(getattr(module, task), "delay", fail)
        order = place_order()
        assert (outcomes(order)["audit"], outcomes(order)[receiver]) == ("SUCCEEDED", "PENDING")
        assert Delivery.objects.get(receiver=receiver).attempts == 0
    outage.broker.succeeded()
    settle()
    assert outcomes(order) == dict.fromkeys(LEDGERED, "SUCCEEDED")


@pytest.mark.receivers
@pytest.mark.django_db
def test_failing_receiver_of_one_order_leaves_the_next_order_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(BREAK["notifications"], fail)
        first = place_order()
    second = place_order()
    assert (outcomes(first)["notifications"], outcomes(second)["notifications"]) == ("RETRYING", "SUCCEEDED")
