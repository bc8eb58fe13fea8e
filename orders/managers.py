"""Managers that refuse changes past the services."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models

from orders.errors import UseOrderService
from orders.insertion import insert_orders
from tenants.models import TenantManager


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


class LineQuerySet(GuardedQuerySet):
    """Lines; they are written with their order alone."""

    bulk_create = GuardedQuerySet._refuse


class OrderManager(TenantManager.from_queryset(OrderQuerySet)):  # type: ignore[misc]  # made at run time
    """The current tenant's orders."""


class LineManager(TenantManager.from_queryset(LineQuerySet)):  # type: ignore[misc]  # made at run time
    """The current tenant's order lines."""
