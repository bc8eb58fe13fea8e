"""The types of order events, the signal of each, and the payload that all have, versioned.

A receiver connects to a signal: ``@receiver(order_created, dispatch_uid="audit")``; a service records an event by its
type's name, such as ``CREATED``.

Every payload is ``{"order": snapshot, "changes": {field: [old, new]}, "details": {…}}``: the full order after the
change, so that showing a live event needs no query, and the old values, so that a filter can see that an order leaves
it. ``details`` has the change's further data (a reason, a tracking code, a processing step, a refund).

A reader ignores names that it does not know, and takes the values of :data:`ADDED` for names that an older event lacks.
"""

from collections.abc import Mapping
from typing import Any

from events.signals import EventSignal
from orders.states import Status

ADDED: Mapping[str, Any] = {"notes": "", "tags": [], "refunded_total": "0.00", "refunds": []}
"""Fields of a snapshot that older events of version 1 lack, with the value that every order had then."""

CREATED, PAID, SHIPPED, DELIVERED, CANCELLED = (
    "order.created",
    "order.paid",
    "order.shipped",
    "order.delivered",
    "order.cancelled",
)
UPDATED, REFUNDED = "order.updated", "order.refunded"
PROCESSING = "order.processing"
CHANGED_OUT_OF_BAND = "order.changed_out_of_band"
"""Recorded afterwards for an order that was changed past the services (:mod:`orders.integrity.out_of_band`)."""

order_created = EventSignal(CREATED, service="orders.services.create_order")
order_paid = EventSignal(PAID, service="orders.services.pay_order")
order_shipped = EventSignal(SHIPPED, service="orders.services.ship_order")
order_delivered = EventSignal(DELIVERED, service="orders.services.deliver_order")
order_cancelled = EventSignal(CANCELLED, service="orders.services.cancel_order")
order_updated = EventSignal(UPDATED, service="orders.writing.updates.update_order")
order_refunded = EventSignal(REFUNDED, service="orders.writing.refunds.refund_order")
order_processing = EventSignal(PROCESSING, service="orders.writing.worker_progress.set_processing_status")
order_changed_out_of_band = EventSignal(CHANGED_OUT_OF_BAND, service="orders.integrity.out_of_band.record")

STATUS_SIGNALS = (order_created, order_paid, order_shipped, order_delivered, order_cancelled)
BUSINESS_SIGNALS = (*STATUS_SIGNALS, order_updated, order_refunded)
"""Changes that people and programs ask for; each raises the order's ``version``."""
ALL_SIGNALS = (*BUSINESS_SIGNALS, order_processing, order_changed_out_of_band)

OF_STATUS: dict[Status, str] = {
    Status.PAID: PAID,
    Status.SHIPPED: SHIPPED,
    Status.DELIVERED: DELIVERED,
    Status.CANCELLED: CANCELLED,
}
ALL_EVENTS = tuple(signal.type for signal in ALL_SIGNALS)

VERSIONS: dict[str, int] = dict.fromkeys(ALL_EVENTS, 1)
"""The version in which each type's payload is recorded (docs/decisions/0051)."""

Changes = Mapping[str, tuple[Any, Any]]


def action_of(event_type: str) -> str:
    """The audit trail's name of an event's type, such as ``ORDER_CREATED``."""
    return event_type.upper().replace(".", "_")


ACTIONS = tuple(action_of(one) for one in ALL_EVENTS if one != PROCESSING)
"""The actions of the audit trail. Programs beside this one may write others."""
OTHER_ACTION = "OTHER"


def payload(snapshot: dict[str, Any], changes: Changes | None = None, **details: Any) -> dict[str, Any]:
    """The payload of an event that left the order as in ``snapshot``."""
    said = {name: value for name, value in details.items() if value}
    return {"order": snapshot, "changes": {name: list(pair) for name, pair in (changes or {}).items()}, "details": said}


def snapshot_before(event_payload: Mapping[str, Any]) -> dict[str, Any]:
    """The order's snapshot before the change."""
    order: dict[str, Any] = event_payload["order"]
    return order | {name: old for name, (old, _) in event_payload["changes"].items()}
