"""Receivers that fail for the orders of some customers: a processing step, and an audit receiver."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from events.models import Delivery, Event
from orders.models import Order
from orders.receivers.audit import record_order_events

POISON = "poison"
"""Orders of customers with this prefix are never processed."""
UNLUCKY = "unlucky"
"""Receivers of orders of customers with this prefix fail one time in three."""


class Broken(Exception):
    """Raised by a broken step."""


def raise_always_or_one_time_in_three(order: Order) -> Mapping[str, Any]:
    """Fail for poisoned orders every time, and for unlucky ones at random."""
    if order.customer_email.startswith(POISON):
        raise Broken("this order is never processed")
    if order.customer_email.startswith(UNLUCKY):
        stumble(Delivery.objects.get(order_id=order.id, receiver="processing"), order.customer_email)
    return {}


def audit_and_raise_one_time_in_three(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Write the audit records, and then fail at random: the records must not be there then."""
    record_order_events(sender, events=events)
    for event in events:
        customer = event.payload["order"]["customer_email"]
        if customer.startswith((POISON, UNLUCKY)):
            stumble(event.deliveries.get(receiver="audit"), customer)


def stumble(delivery: Delivery, customer: str) -> None:
    """Fail one time in three; which times follows from the seed, the customer and the number of the attempt."""
    if random.Random(f"{settings.FAULTS_SEED} {customer} {delivery.attempts}").random() < 1 / 3:
        raise Broken(f"attempt {delivery.attempts} fails")
