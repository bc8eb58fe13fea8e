"""Processing steps that fail, for ``ORDERS_PROCESSING_STEPS``."""

import random
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from events.models import Delivery
from orders.models import Order

POISON = "poison"
"""Whose customer's name begins so is never processed."""


class Broken(Exception):
    """What a step that is broken raises."""


def raise_always(order: Order) -> Mapping[str, Any]:
    """Fail for poisonous orders, every time."""
    if order.customer_email.startswith(POISON):
        raise Broken("this order is never processed")
    return {}


def raise_one_time_in_three(order: Order) -> Mapping[str, Any]:
    """Fail at random; whether it does follows from the seed, the customer and the number of the attempt."""
    attempts = Delivery.objects.get(order_id=order.id, receiver="processing").attempts
    if random.Random(f"{settings.FAULTS_SEED} {order.customer_email} {attempts}").random() < 1 / 3:
        raise Broken(f"attempt {attempts} fails")
    return {}
