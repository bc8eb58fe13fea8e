"""``manage.py tenants``."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants.models import Tenant


class Command(BaseCommand):
    """Make and list the tenants of this installation."""

    help = "Make and list the tenants of this installation."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two verbs with their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="create a tenant")
        create.add_argument("slug", help="the tenant's short name: lower-case letters, digits and hyphens")
        create.add_argument("--name", help="the tenant's name for people; defaults to the slug")
        create.add_argument(
            "--currency",
            default=settings.DEFAULT_CURRENCY,
            help=("the currency of orders that give none, an ISO 4217 code"),
        )
        verbs.add_parser("list", help="list the tenants")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do what was asked."""
        if verb == "create":
            self.create(**options)
        else:
            for tenant in Tenant.objects.order_by("slug"):
                active = "" if tenant.is_active else "  (inactive)"
                self.stdout.write(f"{tenant.slug:<24} {tenant.default_currency}  {tenant.name}{active}")

    def create(self, *, slug: str, name: str | None, currency: str, **_: Any) -> None:
        """Make a tenant.

        Raises:
            CommandError: the slug is taken or malformed.
        """
        tenant = Tenant(slug=slug, name=name or slug, default_currency=currency)
        try:
            tenant.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        tenant.save(force_insert=True)
        self.stdout.write(f"Created the tenant {slug}. Next: manage.py tokens create --tenant {slug}")
