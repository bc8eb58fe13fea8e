"""The options and the output that management commands share."""

from argparse import ArgumentParser
from typing import IO, cast

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from rich.console import Console
from rich.table import Table

from tenants.models import Tenant


def add_tenant(parser: ArgumentParser) -> None:
    """Add ``--tenant SLUG``; the default is ``DEFAULT_TENANT``."""
    parser.add_argument("--tenant", default=settings.DEFAULT_TENANT, help="the tenant's slug")


def add_tenant_or_all(parser: ArgumentParser) -> None:
    """Add ``--tenant SLUG`` and ``--all``; without either the command is for all tenants."""
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--tenant", default="", help="the slug of one tenant")
    whose.add_argument("--all", action="store_true", help="all tenants, which is the default")


def tenant_named(slug: str) -> Tenant:
    """The tenant of this slug.

    Raises:
        CommandError: there is no such tenant, or the slug is empty.
    """
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no tenant {slug!r}." if slug else "Name the tenant: --tenant SLUG.")
    return found


def tenants_named(slug: str) -> list[Tenant]:
    """The tenant of this slug; all tenants if the slug is empty.

    Raises:
        CommandError: there is no such tenant.
    """
    return [tenant_named(slug)] if slug else list(Tenant.objects.order_by("slug"))


def print_table(table: Table, out: OutputWrapper) -> None:
    """Print the table; if the output is no terminal, lines are not wrapped."""
    to_terminal = out.isatty()
    Console(file=cast("IO[str]", out), width=None if to_terminal else 500).print(table)
