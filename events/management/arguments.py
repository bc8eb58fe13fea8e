"""Arguments and tables that several commands share."""

from argparse import ArgumentParser
from typing import IO, cast

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from rich.console import Console
from rich.table import Table

from tenants.models import Tenant


def add_tenant(parser: ArgumentParser) -> None:
    """Add ``--tenant``; without it the default tenant is meant."""
    parser.add_argument("--tenant", default=settings.DEFAULT_TENANT, help="the tenant's slug")


def tenant_named(slug: str) -> Tenant:
    """The tenant of this slug.

    Raises:
        CommandError: there is no such tenant.
    """
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no tenant {slug!r}." if slug else "Name the tenant: --tenant SLUG.")
    return found


def print_table(table: Table, out: OutputWrapper) -> None:
    """Print the table; if the output is no terminal, lines are not wrapped."""
    to_terminal = out.isatty()
    Console(file=cast("IO[str]", out), width=None if to_terminal else 500).print(table)
