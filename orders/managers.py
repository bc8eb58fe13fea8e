"""The one function that inserts orders, and managers that refuse every other change.

:mod:`orders.services` and :mod:`orders.writing.batches` call :func:`insert_orders`. ``Order.save()`` and
``bulk_create()`` call it too, so that ``Order.objects.create(total=100)`` writes the event as well. It is below the
models, because a model cannot import the services: docs/decisions/0036.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from django.db import models, transaction

from events import log
from orders.errors import UseOrderService
from tenants.db.bulk_insert import insert_later
from tenants.models import TenantManager

CheckedOrder = tuple[Any, Sequence[models.Model]]
"""A new ``Order`` that ``Order.completed`` has checked, and the line rows that it returned."""


def insert_orders(orders: Sequence[CheckedOrder]) -> None:
    """Insert checked orders, their lines and their ``order.created`` events in one transaction.

    There are three INSERTs, whatever the number of orders, and one more if orders have tags. The transaction is the
    caller's, if one is open.
    """
    with transaction.atomic(savepoint=False):
        insert_later([order for order, _ in orders])
        insert_later([line for _, lines in orders for line in lines])
        insert_later([tag for order, _ in orders for tag in order.tag_rows()])
        log.append(*(order.created_event() for order, _ in orders))


class GuardedQuerySet(models.QuerySet[Any]):
    """Refuses every change that would write no event."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise UseOrderService(UseOrderService.__doc__)

    update = delete = bulk_update = _raw_delete = _refuse


class OrderQuerySet(GuardedQuerySet):
    """Orders; those created in bulk have their events too."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        """Insert new orders without lines, each with its event, in one transaction.

        Raises:
            InvalidOrder: one breaks a rule; nothing is inserted.
            UseOrderService: conflicts are to be ignored or updated, which would leave no event.
        """
        if args[1:] or any(value for name, value in options.items() if name != "batch_size"):
            self._refuse()
        orders = list(objs)
        insert_orders([(order, order.completed(())) for order in orders])
        return orders


class PartQuerySet(GuardedQuerySet):
    """Parts of orders; the services alone write them."""

    bulk_create = GuardedQuerySet._refuse


class OrderManager(TenantManager.from_queryset(OrderQuerySet)):  # type: ignore[misc]  # made at run time
    """The current tenant's orders."""


class PartManager(TenantManager.from_queryset(PartQuerySet)):  # type: ignore[misc]  # made at run time
    """The current tenant's order lines, or other parts of orders."""
