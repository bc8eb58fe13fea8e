"""What happens to orders, and the payload of each event, versioned.

Every payload is ``{"order": snapshot, "changes": {field: [old, new]}, "details": {…}}``: the full order after the
change, so that showing a live event needs no query, and the old values, so that a filter can tell an order that
leaves it. ``details`` is what else the change said (a reason, a tracking code, a processing step).
"""

from collections.abc import Mapping
from typing import Any

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
"""Told afterwards of an order that something other than the services changed (:mod:`orders.out_of_band`)."""

OF_STATUS: dict[Status, str] = {
    Status.PAID: PAID,
    Status.SHIPPED: SHIPPED,
    Status.DELIVERED: DELIVERED,
    Status.CANCELLED: CANCELLED,
}
STATUS_EVENTS = (CREATED, *OF_STATUS.values())
ALL_EVENTS = (*STATUS_EVENTS, PROCESSING, CHANGED_OUT_OF_BAND)

Changes = Mapping[str, tuple[Any, Any]]


def payload(snapshot: dict[str, Any], changes: Changes | None = None, **details: Any) -> dict[str, Any]:
    """The payload of an event that left the order as in ``snapshot``."""
    said = {name: value for name, value in details.items() if value}
    return {"order": snapshot, "changes": {name: list(pair) for name, pair in (changes or {}).items()}, "details": said}


def snapshot_before(event_payload: Mapping[str, Any]) -> dict[str, Any]:
    """The order's snapshot before the change."""
    order: dict[str, Any] = event_payload["order"]
    return order | {name: old for name, (old, _) in event_payload["changes"].items()}
