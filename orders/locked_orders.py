"""Orders locked for a change, and the one place that updates an order. Services call this in their transactions."""

from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import UUIDField

from events import clock, log
from events.log import NewEvent
from orders.errors import InvalidTransition, StaleVersion
from orders.models import Order
from orders.search.filters import SEARCHED
from orders.selectors import with_lines
from orders.states import Status, is_allowed
from orders.tables.order_parts import OrderTag
from tenants.db.bulk_insert import insert_later, update_later
from tenants.db.compiled_queries import Slot, Statement


def check_transition(order: Order, status: Status) -> None:
    """Refuse a status that the order may not take.

    Raises:
        InvalidTransition: it may not.
    """
    if not is_allowed(order.status, status):
        raise InvalidTransition(order.status, status)


def check_version(order: Order, expected_version: int | None) -> None:
    """Refuse a change by a client that has read another version.

    Raises:
        StaleVersion: the order is not at ``expected_version``.
    """
    if expected_version not in {None, order.version}:
        raise StaleVersion(order.version)


def moved(order: Order, status: Status) -> dict[str, Any]:
    """The fields that change when the order takes this status now."""
    now = clock.now()
    return {"status": status.value, "version": order.version + 1, f"{status.lower()}_at": now, "updated_at": now}


def locked(order_id: UUID, expected_version: int | None = None) -> Order:
    """The tenant's order with its lines, locked until the transaction ends.

    Raises:
        OrderNotFound: there is none.
        StaleVersion: it is not at ``expected_version``.
    """
    statement = locking()
    found = with_lines(next(iter(statement.read(order=order_id) if statement else ()), None))
    check_version(found, expected_version)
    return found


@cache
def locking() -> Statement[Order] | None:
    """Selects one order and locks it."""
    return Statement.of(lambda: Order.objects.select_for_update().filter(pk=Slot("order", UUIDField())))


def change(order: Order, event_type: str, changes: dict[str, Any], **details: Any) -> None:
    """Write changed fields of a locked order and the event about them."""
    log.append(changed(order, event_type, changes, **details))


def changed(order: Order, event_type: str, changes: dict[str, Any], **details: Any) -> NewEvent:
    """Write changed fields of a locked order; the one place that updates an order.

    Returns the event about them, to be appended in the same transaction.
    """
    event = order.changed(event_type, changes, **details)
    if changes.keys() & set(SEARCHED):
        order.search_text = order.searched_text()
        changes = changes | {"search_text": order.search_text}
    update_later(order, changes)
    if "tags" in changes:
        OrderTag.unguarded.filter(order_id=order.pk).delete()
        insert_later(order.tag_rows())
    return event
