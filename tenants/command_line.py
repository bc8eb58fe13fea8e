"""What commands that work through tenants have in common."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from tenants.models import Tenant


def add_tenant_options(parser: ArgumentParser) -> None:
    """``--tenant SLUG``, or ``--all``, which is what is done if neither is given."""
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--tenant", default="", help="the tenant's slug")
    whose.add_argument("--all", action="store_true", help="all tenants, which is the default")


def tenants_named(slug: str) -> list[Tenant]:
    """The tenant of this name, or all where none is named.

    Raises:
        CommandError: there is no such tenant.
    """
    found = list(Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("slug"))
    if slug and not found:
        raise CommandError(f"There is no tenant {slug!r}.")
    return found
