"""``manage.py tokens``."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from tenants.auth.authentication import create_token
from tenants.auth.tokens import wrong_name
from tenants.command_line import add_tenant, tenant_named
from tenants.context import ALL_SCOPES
from tenants.models import ApiToken


class Command(BaseCommand):
    """Make, list and revoke the tokens that programs call with."""

    help = "Make, list and revoke the tokens that programs call with."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs with their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="create a token and print its text, which is shown only once")
        create.add_argument("--name", default="command line", help="what the token is for")
        create.add_argument(
            "--scopes", type=scopes_of, nargs="+", help=f"some of {', '.join(sorted(ALL_SCOPES))}; defaults to all"
        )
        create.add_argument(
            "--days", type=float, help=("the number of days until the token expires; defaults to never")
        )
        listing = verbs.add_parser("list", help="list the tokens")
        for verb in (create, listing):
            add_tenant(verb)
        revoke = verbs.add_parser("revoke", help="revoke a token permanently")
        revoke.add_argument("prefix", help="the token's first characters, at least 8, as shown by list")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do what was asked."""
        verbs: dict[str, Callable[..., None]] = {"create": self.create, "list": self.list, "revoke": self.revoke}
        verbs[verb](**options)

    def create(self, *, name: str, scopes: list[set[str]] | None, days: float | None, tenant: str, **_: Any) -> None:
        """Make a token. Its text goes to standard output alone, so that it can be piped; the rest goes beside it."""
        if refusals := wrong_name(name):
            raise CommandError(f"--name: {refusals[0].message}")
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        wanted = set[str]().union(*scopes) if scopes else ALL_SCOPES
        row, text = create_token(tenant=tenant_named(tenant), name=name, scopes=wanted, expires_at=expires_at)
        self.stderr.write(f"Created the token {row.prefix}… of {tenant}. Its text is shown only once:", str)
        self.stdout.write(text)

    def list(self, *, tenant: str, **_: Any) -> None:
        """Print a line for each token, newest first."""
        for row in ApiToken.objects.filter(tenant=tenant_named(tenant)).order_by("-pk"):
            used = f"last used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            self.stdout.write(f"{row.prefix}…  {state(row):<22} {used:<26} {row.name} ({', '.join(row.scopes)})")

    def revoke(self, *, prefix: str, **_: Any) -> None:
        """End the one token that begins so."""
        found = list(ApiToken.objects.filter(Q(prefix=prefix[:12]) | Q(prefix__startswith=prefix[:12]))[:2])
        if len(prefix) < 8 or len(found) != 1:
            raise CommandError(f"{prefix!r} is not the beginning, of at least 8 characters, of exactly one token.")
        ApiToken.objects.filter(pk=found[0].pk, revoked_at=None).update(revoked_at=timezone.now())
        self.stdout.write(f"Revoked the token {found[0].prefix}… ({found[0].name}).")


def scopes_of(text: str) -> set[str]:
    """Scopes as they are typed, with commas or spaces between them.

    Raises:
        ArgumentTypeError: one is unknown.
    """
    given = set(text.replace(",", " ").split())
    if unknown := given - ALL_SCOPES:
        raise ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(ALL_SCOPES))}")
    return given


def state(row: ApiToken) -> str:
    """Whether the token is valid."""
    if row.revoked_at:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at is None:
        return "valid"
    return f"{'expired' if row.expires_at <= timezone.now() else 'valid until'} {row.expires_at:%Y-%m-%d}"
