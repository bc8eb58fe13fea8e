"""The one function that inserts orders: their rows, the rows of their lines, and their events.

:mod:`orders.services` and :mod:`orders.batches` call it. ``Order.save()`` and ``bulk_create()`` call it too, so that
``Order.objects.create(total=100)`` writes the event as well. It is below the models, because a model cannot import the
services: docs/decisions/0036.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction

from events import log
from tenants.db.bulk_insert import insert_later

CheckedOrder = tuple[Any, Sequence[models.Model]]
"""A new ``Order`` that ``Order.completed`` has checked, and the line rows that it returned."""


def insert_orders(orders: Sequence[CheckedOrder]) -> None:
    """Insert checked orders, their lines and their ``order.created`` events in one transaction.

    There are three INSERTs, whatever the number of orders. The transaction is the caller's, if one is open.
    """
    with transaction.atomic(savepoint=False):
        insert_later([order for order, _ in orders])
        insert_later([line for _, lines in orders for line in lines])
        log.append(*(order.created_event() for order, _ in orders))
