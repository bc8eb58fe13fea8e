"""Orders as events' snapshots have them, and the events of deliveries."""

from typing import cast
from uuid import UUID

from events.models import Event
from graphql_api.loading.batch import Batch, as_batch, batch_of, read_once
from orders import models


def order_after(event: Event) -> models.Order:
    """The order in an event's snapshot. Those of events that were read together know each other as well.

    A live one came alone and is shared by all who follow: they share its order too, which knows only what the snapshot
    says. Who reads more than that takes a copy of the event (:mod:`graphql_server.live.payloads`).
    """
    known = event.__dict__
    if "_batch" not in known:
        if "_order" not in known:
            known["_order"] = in_snapshot(event)
        return cast("models.Order", known["_order"])
    batch = batch_of(event)
    orders: dict[UUID, models.Order] = read_once(batch, "orders", lambda: orders_after(batch))
    return orders[event.id]


def orders_after(events: Batch) -> dict[UUID, models.Order]:
    """The orders in the snapshots of events, by the event."""
    orders = {event.id: in_snapshot(event) for event in events}
    as_batch(orders.values())
    return orders


def in_snapshot(event: Event) -> models.Order:
    """The order in one event's snapshot, without a query."""
    return models.Order.from_snapshot(cast("UUID", event.tenant_id), event.payload["order"])


def events_of(deliveries: Batch) -> dict[int, Event]:
    """The events of deliveries, one object for each; all know each other."""
    events = {delivery.event_id: delivery.event for delivery in deliveries}
    as_batch(events.values())
    return events
