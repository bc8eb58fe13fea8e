"""The types of order events, the signal of each, and the payload that all have, versioned.

A receiver connects to a signal: ``@receiver(order_created, dispatch_uid="audit")``; a service records an event by its
type's name, such as ``CREATED``.

Every payload is ``{"order": snapshot, "changes": {field: [old, new]}, "details": {…}}``: the full order after the
change, so that showing a live event needs no query, and the old values, so that a filter can tell an order that
leaves it. ``details`` is what else the change said (a reason, a tracking code, a processing step).
"""

from collections.abc import Mapping
from typing import Any

from events.signals import EventSignal
from orders.states import Status

SCHEMA_VERSION = 1

CREATED, PAID, SHIPPED, DELIVERED, CANCELLED = (
    "order.created",
    "order.paid",
    "order.shipped",
    "order.delivered",
    "order.cancelled",
)
PROCESSING = "order.processing"
CHANGED_OUT_OF_BAND = "order.changed_out_of_band"
"""Recorded afterwards for an order that was changed past the services (:mod:`orders.integrity.out_of_band`)."""

order_created = EventSignal(CREATED, service="orders.services.create_order")
order_paid = EventSignal(PAID, service="orders.services.pay_order")
order_shipped = EventSignal(SHIPPED, service="orders.services.ship_order")
order_delivered = EventSignal(DELIVERED, service="orders.services.deliver_order")
order_cancelled = EventSignal(CANCELLED, service="orders.services.cancel_order")
order_processing = EventSignal(PROCESSING, service="orders.services.set_processing_status")
order_changed_out_of_band = EventSignal(CHANGED_OUT_OF_BAND, service="orders.integrity.out_of_band.record")

STATUS_SIGNALS = (order_created, order_paid, order_shipped, order_delivered, order_cancelled)
ALL_SIGNALS = (*STATUS_SIGNALS, order_processing, order_changed_out_of_band)

OF_STATUS: dict[Status, str] = {
    Status.PAID: PAID,
    Status.SHIPPED: SHIPPED,
    Status.DELIVERED: DELIVERED,
    Status.CANCELLED: CANCELLED,
}
ALL_EVENTS = tuple(signal.type for signal in ALL_SIGNALS)

Changes = Mapping[str, tuple[Any, Any]]


def payload(snapshot: dict[str, Any], changes: Changes | None = None, **details: Any) -> dict[str, Any]:
    """The payload of an event that left the order as in ``snapshot``."""
    said = {name: value for name, value in details.items() if value}
    return {"order": snapshot, "changes": {name: list(pair) for name, pair in (changes or {}).items()}, "details": said}


def snapshot_before(event_payload: Mapping[str, Any]) -> dict[str, Any]:
    """The order's snapshot before the change."""
    order: dict[str, Any] = event_payload["order"]
    return order | {name: old for name, (old, _) in event_payload["changes"].items()}
