"""``manage.py orders``."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console

from orders.integrity import out_of_band
from orders.integrity.totals import wrong_totals
from orders.stats import kept
from tenants.command_line import add_tenant_or_all, tenants_named
from tenants.context import tenant_context
from tenants.management.progress_bar import bar
from tenants.models import Tenant

SHOWN = 20


class Command(BaseCommand):
    """Check the orders; the exit status is 1 if an order is wrong without an event that says so."""

    help = (
        "verify: each total is that of the lines, and kept counts are right. bypass: no row was changed without an "
        "event. recount: make the kept counts again."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser(
            "verify", help="check that each order's total is the sum of its lines, and that the counts are right"
        )
        bypass = verbs.add_parser("bypass", help="list orders that were changed without the services")
        recount = verbs.add_parser("recount", help="compute again the counts of orders that statistics use")
        for verb in (verify, bypass, recount):
            add_tenant_or_all(verb)
        bypass.add_argument(
            "--compare", action="store_true", help="compare every order with its newest event; works on SQLite too"
        )
        bypass.add_argument("--record", action="store_true", help="write order.changed_out_of_band events")

    def handle(self, *args: Any, verb: str, tenant: str, **options: Any) -> None:
        """Do it for each tenant."""
        act: Callable[..., int] = {"verify": self.verify, "bypass": self.bypass, "recount": self.recount}[verb]
        if verb == "bypass" and connection.vendor != "postgresql" and not options["compare"]:
            raise CommandError("Only PostgreSQL records such changes. Use --compare here.")
        wrong = 0
        for one in tenants_named(tenant):
            with tenant_context(one.pk):
                wrong += act(one, **options)
        if wrong:
            raise CommandError(f"{wrong} found.", returncode=1)

    def verify(self, tenant: Tenant, **options: Any) -> int:
        """Check one tenant's totals and counts; how many are wrong."""
        with bar(Console(stderr=True), f"Verifying {tenant.slug}") as progress:
            wrong = list(wrong_totals(progress=progress))
        self.print_found(tenant, wrong, "orders whose total is not that of their lines")
        for one in wrong[:SHOWN]:
            self.stdout.write(f"  {one.number} {one.order_id}: {one.total}, its lines {one.of_lines}")
        counts = kept.wrong_counts()
        self.stdout.write(
            f"{tenant.slug}: {counts} kept counts that are wrong{': run orders recount' if counts else ''}."
        )
        return len(wrong) + counts

    def recount(self, tenant: Tenant, **options: Any) -> int:
        """Count one tenant's orders again."""
        kept.recount()
        self.stdout.write(f"{tenant.slug}: counted again.")
        return 0

    def bypass(self, tenant: Tenant, *, compare: bool, record: bool, **options: Any) -> int:
        """Report one tenant's orders that were changed past the services; returns the number without an event."""
        found = self.compared(tenant) if compare else self.noticed(tenant)
        if not record:
            return len(found)
        with bar(Console(stderr=True), f"Recording {tenant.slug}") as progress:
            count = 0
            for done, order_id in enumerate(found, 1):
                count += out_of_band.record(order_id)
                progress(done, len(found))
        self.stdout.write(f"{tenant.slug}: {count} order.changed_out_of_band events written.")
        return 0

    def noticed(self, tenant: Tenant) -> list[Any]:
        """The orders that the trigger noticed and that have no event yet."""
        rows = list(out_of_band.unrecorded())
        order_ids = list(dict.fromkeys(row.order_id for row in rows))
        self.print_found(tenant, order_ids, "orders changed without an event")
        for row in rows[:SHOWN]:
            who = f"{row.database_user} ({row.application or 'unnamed'}), transaction {row.transaction_id}"
            what = f"{row.operation} {', '.join(row.columns)}".strip()
            self.stdout.write(f"  {row.noticed_at:%Y-%m-%d %H:%M:%S} {row.order_id}: {what} by {who}")
        return order_ids

    def compared(self, tenant: Tenant) -> list[Any]:
        """The orders that differ from their newest event."""
        with bar(Console(stderr=True), f"Comparing {tenant.slug}") as progress:
            found = list(out_of_band.differences(progress=progress))
        self.print_found(tenant, found, "orders that are not what their newest event says")
        for one in found[:SHOWN]:
            what = "it is gone" if one.is_gone else ", ".join(one.fields) or "there is no event of it"
            self.stdout.write(f"  {one.order_id}: {what}")
        return [one.order_id for one in found]

    def print_found(self, tenant: Tenant, found: list[Any], what: str) -> None:
        """A line with the number of rows, and whether all of them are shown."""
        shown = f", the first {SHOWN} of them" if len(found) > SHOWN else ""
        self.stdout.write(f"{tenant.slug}: {len(found)} {what}{shown}{':' if found else '.'}")
