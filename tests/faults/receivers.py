"""Receivers' work that fails: processing steps for ``ORDERS_PROCESSING_STEPS``, and an audit receiver."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from events.models import Delivery, Event
from orders.models import Order
from orders.receivers.audit import record_order_events

POISON = "poison"
"""Whose customer's name begins so is never processed."""


class Broken(Exception):
    """What a step that is broken raises."""


def raise_always_or_one_time_in_three(order: Order) -> Mapping[str, Any]:
    """Fail for poisonous orders, every time, and for others at random."""
    if order.customer_email.startswith(POISON):
        raise Broken("this order is never processed")
    stumble(Delivery.objects.get(order_id=order.id, receiver="processing"), order.customer_email)
    return {}


def audit_and_raise_one_time_in_three(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Write the audit records, and then fail at random: the records must not be there then."""
    record_order_events(sender, events=events)
    for event in events:
        stumble(event.deliveries.get(receiver="audit"), event.payload["order"]["customer_email"])


def stumble(delivery: Delivery, customer: str) -> None:
    """Fail one time in three; when follows from the seed, the customer and the number of the attempt."""
    if random.Random(f"{settings.FAULTS_SEED} {customer} {delivery.attempts}").random() < 1 / 3:
        raise Broken(f"attempt {delivery.attempts} fails")
