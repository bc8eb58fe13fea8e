"""The same operations run in three ways: by signals, by polls alone, and with every receiver off until the end.

Each way has its own tenant. The final states are equal.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from audit.models import AuditLog
from audit.verification import verify_audit_log
from events import operations
from events.dispatch import notification
from events.log import events_recorded
from events.models import Delivery, Event, Stream
from events.receivers import RECEIVERS
from orders import services
from orders.errors import OrderError
from orders.event_types import PROCESSING
from orders.models import Order
from orders.states import Status
from orders.writing.batches import create_orders
from tenants.context import current_tenant_id, tenant_context
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.signals_driver, pytest.mark.processing_steps]
Settle = Callable[[], int]
Mails = list[EmailMultiAlternatives]


def day_of_business() -> None:
    """Run all services, with inputs that they refuse among them."""
    kept = factories.place_order(external_reference="kept", status=Status.DELIVERED)
    factories.place_order(external_reference="large", total="99.90", idempotency_key="once")
    factories.place_order(external_reference="large", total="99.90", idempotency_key="once")
    factories.place_order(external_reference="cancelled", status=Status.CANCELLED)
    new = [services.NewOrder(total=Decimal(n), external_reference=f"batch-{n}") for n in (1, 2, 3)]
    create_orders(new)
    for refused in (
        lambda: services.cancel_order(kept.id),
        lambda: factories.place_order(external_reference="kept"),
        lambda: factories.place_order(lines=[]),
    ):
        with pytest.raises(OrderError):
            refused()


# --- The three ways ---------------------------------------------------------------------------------------------------


@contextmanager
def by_signals() -> Iterator[None]:
    """Run each commit's callback; a poll finds no work."""
    yield


@contextmanager
def by_polls() -> Iterator[None]:
    """Run without a signal connected."""
    events_recorded.disconnect(dispatch_uid="events.dispatch")
    try:
        yield
    finally:
        notification.connect()


@contextmanager
def without_receivers() -> Iterator[None]:
    """Run with every receiver off, then switch them on and catch up."""
    for name in RECEIVERS:
        operations.switch_receiver(name, enabled=False, tenant_id=current_tenant_id())
    yield
    for name in RECEIVERS:
        operations.switch_receiver(name, enabled=True, tenant_id=current_tenant_id())


# --- The final state --------------------------------------------------------------------------------------------------


def end_state(mails: Mails) -> dict[str, Any]:
    """All of the current tenant's rows and mails, by the orders' references; without ids, numbers and times."""
    references = dict(Order.objects.values_list("id", "external_reference"))
    numbers = dict(Order.objects.values_list("number", "external_reference"))
    mailed = defaultdict(list)
    for mail in mails:
        found = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", str(mail.subject))
        if found and found[0] in numbers:
            reference = numbers[found[0]]
            mailed[reference].append((mail.subject.replace(found[0], "…"), mail.to, len(mail.attachments)))
    orders = Order.objects.values_list(
        *("external_reference", "status", "version", "processing_status", "total", "currency", "customer_email")
    )
    head, events = Stream.objects.values_list("head", flat=True).get(tenant_id=current_tenant_id()), Event.objects.all()
    return {
        "orders": sorted(orders),
        "mails": {reference: sorted(mails) for reference, mails in mailed.items()},
        "events": Counter(
            (references[event.order_id], event.type, version_of(event), *sorted(event.payload["changes"]))
            for event in events
        ),
        "numbered": sorted(event.sequence for event in events) == list(range(1, head + 1)),
        "deliveries": Counter(
            (references[row.order_id], row.event.type, row.receiver, row.status, row.attempts)
            for row in Delivery.objects.select_related("event")
        ),
        "audit": per_order(
            (numbers[record.metadata["number"]], record.action, timeless(record.metadata), record.actor)
            for record in AuditLog.objects.order_by("position")
        ),
        "audit holds": verify_audit_log().is_intact,
    }


def version_of(event: Event) -> int:
    """The version of the order at the event; 0 for processing, whose version depends on timing."""
    return 0 if event.type == PROCESSING else event.order_version


def per_order(records: Iterator[tuple[str, Any, Any, Any]]) -> dict[str, list[Any]]:
    """The records of each order, in sequence."""
    found = defaultdict(list)
    for reference, *record in records:
        found[reference].append(record)
    return dict(found)


def timeless(metadata: dict[str, Any]) -> dict[str, Any]:
    """A record's content, without the order's number and times."""
    changes = {field: change for field, change in metadata["changes"].items() if not field.endswith("_at")}
    return {key: value for key, value in metadata.items() if key != "number"} | {"changes": changes}


@pytest.mark.receivers
@pytest.mark.parametrize("way", [by_polls, without_receivers])
def test_state_at_the_end_is_the_one_that_signals_reach(
    settle: Settle, mailoutbox: Mails, media: Any, way: Callable[[], Any]
) -> None:
    ends, late = {}, {}
    for name, doing in (("signals", by_signals), ("other", way)):
        with tenant_context(factories.tenant(slug=name).pk):
            with doing():
                day_of_business()
                late[name] = AuditLog.objects.count() == 0
            settle()
            ends[name] = end_state(mailoutbox)
    assert ends["other"] == ends["signals"]
    assert late == {"signals": False, "other": True}  # The three ways differ up to here.
    assert len(ends["signals"]["orders"]) == 6
    assert ends["signals"]["mails"].keys() == {order[0] for order in ends["signals"]["orders"] if order[6]}
    assert ends["signals"]["audit holds"]
