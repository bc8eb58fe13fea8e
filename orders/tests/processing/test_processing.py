"""The processing of orders: its steps, its progress, its failures."""

from typing import Any

import pytest

from events.models import Delivery, Event
from orders import event_types, selectors
from orders.models import Order
from orders.processing import steps as processing
from orders.processing.risk import check_risk
from orders.processing.steps import process_order
from orders.states import ProcessingStatus
from orders.writing.worker_progress import set_processing_status
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.relay_too]
ran: list[str] = []


def first_step(order: Order) -> dict[str, Any]:
    ran.append(f"first {order.number}")
    return {"found": [1, "two"]}


def failing_step(order: Order) -> dict[str, Any]:
    ran.append("failing")
    raise TimeoutError("too slow")


def last_step(order: Order) -> dict[str, Any]:
    ran.append("last")
    return {}


@pytest.fixture(autouse=True)
def nothing_ran_yet() -> None:
    ran.clear()


@pytest.fixture
def steps(settings: Any) -> Any:
    def use(*functions: Any) -> None:
        settings.ORDERS_PROCESSING_STEPS = [f"{__name__}.{function.__name__}" for function in functions]

    return use


def progress(order: Order) -> list[tuple[str, dict[str, Any]]]:
    """The events' processing status and details, in order."""
    events = Event.objects.filter(order_id=order.id, type=event_types.PROCESSING).order_by("insertion_id")
    return [(event.payload["order"]["processing_status"], event.payload["details"]) for event in events]


def event_of(order: Order) -> Event:
    found: Event = Event.objects.get(order_id=order.id, type=event_types.CREATED)
    return found


def fresh(order: Order) -> Order:
    again: Order = Order.objects.get(pk=order.pk)
    return again


@pytest.mark.receivers
@pytest.mark.processing_steps
def test_new_order_is_processed_step_by_step() -> None:
    order = place_order()
    assert fresh(order).processing_status == ProcessingStatus.DONE
    assert progress(order) == [
        ("RUNNING", {}),
        ("RUNNING", {"step": "check_risk"}),
        ("RUNNING", {"step": "issue_invoice"}),
        ("RUNNING", {"step": "confirm", "verified": ["total", "invoice"]}),
        ("DONE", {}),
    ]


def test_processing_changes_neither_status_nor_version() -> None:
    order = place_order(total="9999999", customer_email="x@mailinator.com")
    assert (fresh(order).status, fresh(order).version) == ("NEW", 1)


@pytest.mark.receivers
def test_findings_of_a_step_are_in_its_event(steps: Any) -> None:
    steps(first_step)
    order = place_order()
    assert ran == [f"first {order.number}"]
    assert ("RUNNING", {"step": "first_step", "found": [1, "two"]}) in progress(order)


@pytest.mark.receivers
def test_repeat_for_a_finished_order_does_nothing(steps: Any) -> None:
    steps(first_step)
    order = place_order()
    before = progress(order)
    process_order(event_of(order))
    assert (len(ran), progress(order)) == (1, before)


@pytest.mark.receivers
def test_failing_step_fails_the_order_and_its_delivery_is_retried(steps: Any) -> None:
    steps(first_step, failing_step, last_step)
    order = place_order()
    delivery = Delivery.objects.get(receiver="processing", order_id=order.id)
    assert ran == [f"first {order.number}", "failing"]
    assert fresh(order).processing_status == ProcessingStatus.FAILED
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("RETRYING", 1, "TimeoutError: too slow")


@pytest.mark.receivers
def test_retry_runs_every_step_and_records_finished_steps_once(steps: Any) -> None:
    steps(first_step, failing_step, last_step)
    order = place_order()
    steps(first_step, last_step)
    process_order(event_of(order))
    assert progress(order) == [
        ("RUNNING", {}),
        ("RUNNING", {"step": "first_step", "found": [1, "two"]}),
        ("FAILED", {}),
        ("RUNNING", {}),
        ("RUNNING", {"step": "last_step"}),
        ("DONE", {}),
    ]
    assert fresh(order).processing_status == ProcessingStatus.DONE


@pytest.mark.receivers
@pytest.mark.parametrize("status", [ProcessingStatus.RUNNING, ProcessingStatus.FAILED, ProcessingStatus.DONE])
def test_late_worker_does_not_undo_progress(status: ProcessingStatus) -> None:
    order = place_order()
    before = progress(order)
    set_processing_status(order.id, status)
    set_processing_status(order.id, status, step="late", findings={"risks": ["LATE"]})
    assert (fresh(order).processing_status, progress(order)) == ("DONE", before)


@pytest.mark.receivers
def test_unknown_step_fails_the_delivery_and_loses_nothing(settings: Any) -> None:
    settings.ORDERS_PROCESSING_STEPS = ["orders.nowhere.step"]
    order = place_order()
    delivery = Delivery.objects.get(receiver="processing", order_id=order.id)
    assert delivery.status == "RETRYING"
    assert delivery.last_error.startswith("ModuleNotFoundError")


def test_steps_of_an_order_see_its_lines_without_another_statement(django_assert_num_queries: Any) -> None:
    order = selectors.existing(place_order(lines=[line(), line(sku="TEA-2")]).id)
    with django_assert_num_queries(0):
        check_risk(order)


RISKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "ordinary": ({}, []),
    "limit itself": ({"total": "5000"}, []),
    "over the limit": ({"total": "5000.01"}, ["LARGE_TOTAL"]),
    "yen limit itself": ({"total": "500000", "currency": "JPY"}, []),
    "yen over the limit": ({"total": "500001", "currency": "JPY"}, ["LARGE_TOTAL"]),
    "100 lines": ({"lines": [line(sku=f"A{n}", quantity=1) for n in range(100)]}, []),
    "101 lines": ({"lines": [line(sku=f"A{n}", quantity=1) for n in range(101)]}, ["MANY_LINES"]),
    "10,001 pieces": ({"lines": [line(quantity=10_001, unit_price="0.01")]}, ["MANY_PIECES"]),
    "disposable": ({"customer_email": "a@MAILINATOR.com"}, ["DISPOSABLE_EMAIL"]),
    "disposable subdomain": ({"customer_email": "a@x.y.yopmail.com"}, ["DISPOSABLE_EMAIL"]),
    "looks alike": ({"customer_email": "a@notmailinator.com"}, []),
    "anonymous": ({"customer_email": "", "customer_name": ""}, ["NO_CUSTOMER"]),
    "anonymous, for nothing": ({"customer_email": "", "customer_name": "", "total": "0"}, []),
    "several": ({"total": "6000", "customer_email": "a@yopmail.com"}, ["LARGE_TOTAL", "DISPOSABLE_EMAIL"]),
}


@pytest.mark.parametrize("case", RISKS)
def test_risk_rules(case: str) -> None:
    fields, risks = RISKS[case]
    assert check_risk(place_order(**fields)) == {"risks": risks}


@pytest.mark.receivers
@pytest.mark.processing_steps
def test_risks_reach_subscribers() -> None:
    order = place_order(total="6000")
    assert ("RUNNING", {"step": "check_risk", "risks": ["LARGE_TOTAL"]}) in progress(order)


@pytest.mark.receivers
def test_task_claims_its_delivery_once(monkeypatch: pytest.MonkeyPatch, steps: Any) -> None:
    from orders import tasks

    steps(first_step)
    order = place_order()
    delivery = Delivery.objects.get(receiver="processing", order_id=order.id)
    monkeypatch.setattr(tasks, "process_order", processing.process_order)
    tasks.process_order_async(deliveries=[str(delivery.id)])
    assert (len(ran), Delivery.objects.get(pk=delivery.pk).attempts) == (1, 1)
