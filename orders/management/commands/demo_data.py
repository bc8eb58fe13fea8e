"""``./dev demo-data``."""

import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from orders.demo import history
from orders.models import Order
from tenants.context import tenant_context
from tenants.management.progress_bar import bar
from tenants.models import Tenant


class Command(BaseCommand):
    """Orders of the last 90 days with all that happened to them, and their audit records."""

    help = "Place believable orders of the last 90 days, in all states and several currencies. No mail is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--orders", type=int, default=2000, help="the number of orders (2000)")
        parser.add_argument("--seed", type=int, default=1, help="the random seed (1)")
        parser.add_argument("--tenant", default="", help="the tenant's slug; defaults to the demo tenant")

    def handle(self, *args: Any, orders: int, seed: int, tenant: str, **options: Any) -> None:
        """Place, move, audit, and tell what there is now."""
        if orders < 1:
            raise CommandError("--orders must be at least 1.")
        console, began = Console(), time.monotonic()
        with tenant_context(tenant_named(tenant).pk):
            with bar(console, "Orders and what happened to them") as progress:
                placed = history.seed(orders=orders, seed=seed, progress=progress)
            with bar(console, "Audit records") as progress:
                history.settle_history(progress=progress)
            states = Counter(Order.objects.filter(pk__in=placed).values_list("status", flat=True))
        told = ", ".join(f"{count} {status}" for status, count in states.most_common())
        console.print(f"{orders} orders in {time.monotonic() - began:.1f} s: {told}.", highlight=False)


def tenant_named(slug: str) -> Tenant:
    """The tenant to fill: a named one, or the demo tenant where there is one.

    Raises:
        CommandError: there is no such tenant.
    """
    if not slug and not (settings.ORDERS_DEMO and settings.DEFAULT_TENANT):
        raise CommandError("Name the tenant: --tenant SLUG. There is no demo tenant here.")
    found = Tenant.objects.filter(slug=slug or settings.DEFAULT_TENANT).first()
    if found is None:
        raise CommandError(f"There is no tenant {slug or settings.DEFAULT_TENANT!r}; has the database been migrated?")
    return found
