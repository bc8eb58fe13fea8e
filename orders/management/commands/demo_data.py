"""``./dev demo-data``."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models
from rich.console import Console

from orders.demo import history
from orders.models import Order
from orders.stats import kept
from tenants.command_line import tenant_named
from tenants.context import tenant_context
from tenants.db.copying import may_copy
from tenants.management.progress_bar import bar
from tenants.models import Tenant

AT_A_TIME = 1000
"""Orders per transaction where COPY is not possible: SQLite's other writers wait for it, for at most 20 seconds."""


class Command(BaseCommand):
    """Orders of the past with all that happened to them, and their audit records."""

    help = "Place believable past orders, in all states and several currencies. No mail is sent."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--orders", type=int, default=2000, help="the number of orders (2000)")
        parser.add_argument("--days", type=int, default=history.DAYS, help="over how many days until now (90)")
        parser.add_argument("--seed", type=int, help="the random seed; without one, each run differs")
        parser.add_argument("--tenant", default="", help="the tenant's slug; defaults to the demo tenant")
        parser.add_argument(
            "--tenants",
            type=int,
            default=1,
            help="how many tenants share the orders: the first has half, the next half of the rest … (1)",
        )

    def handle(self, *args: Any, orders: int, tenants: int, tenant: str, **options: Any) -> None:
        """Place the orders, and print the result."""
        if orders < 1 or tenants < 1 or options["days"] < 1:
            raise CommandError("--orders, --days and --tenants must be at least 1.")
        console, began = Console(), time.monotonic()
        demo_tenant = settings.DEFAULT_TENANT if settings.ORDERS_DEMO else ""
        first = tenant_named(tenant or demo_tenant)
        for one, share in zip(among(first, tenants), shares(orders, tenants), strict=True):
            with tenant_context(one), bar(console, "Orders and what happened to them") as progress:
                place(share, seed=options["seed"], days=options["days"], progress=progress)
                kept.recount()
        if may_copy():
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")  # Statistics and visibility maps, as autovacuum would in time.
        counted = Order.objects.all_tenants().values_list("status").annotate(models.Count("pk")).order_by("-pk__count")
        with tenant_context(first.pk):
            by_status = ", ".join(f"{count} {status}" for status, count in counted.filter(tenant_id=first.pk))
        console.print(
            f"{orders} orders in {time.monotonic() - began:.1f} s. {first.slug}: {by_status}.", highlight=False
        )


def place(orders: int, *, seed: int | None, days: int, progress: history.Progress) -> None:
    """Place orders in the current tenant; between two transactions, other processes write."""
    most = orders if may_copy() else AT_A_TIME
    for done in range(0, orders, most):
        history.seed(
            orders=min(most, orders - done),
            seed=None if seed is None else seed + done,
            days=days,
            progress=lambda now, _, before=done: progress(before + now, orders),  # type: ignore[misc]  # its default
        )


def among(first: Tenant, count: int) -> Iterator[UUID]:
    """The first tenant, and others that are named after it; missing ones are made."""
    yield first.pk
    for number in range(2, count + 1):
        slug = f"{first.slug}-{number}"
        yield Tenant.objects.get_or_create(slug=slug, defaults={"name": f"{first.name} {number}"})[0].pk


def shares(orders: int, tenants: int) -> Iterator[int]:
    """The number of orders of each tenant: half, half of the rest, and so on; the last tenant gets the rest."""
    for _ in range(tenants - 1):
        yield orders // 2
        orders -= orders // 2
    yield orders
