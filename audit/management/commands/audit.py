"""``manage.py audit``."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from audit.anchors import AnchorsDamaged, anchors_of
from audit.models import AuditLog
from audit.pruning import TrailBroken, prunable, prune_audit_log
from audit.verification import Anchors, Verification, verify_audit_log
from events.progress import bar
from tenants.command_line import add_tenant_options, tenants_named
from tenants.context import tenant_context
from tenants.models import Tenant


class Command(BaseCommand):
    """Check that nobody has changed the audit trail, and remove what is old; the exit status is 1 if it was changed."""

    help = "verify: walk the hash chains and name the first bad record. prune: remove old records, keep a checkpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="walk the chains; the exit status is 1 if one is broken")
        prune = verbs.add_parser("prune", help="remove records past their retention, once they are verified")
        for verb in (verify, prune):
            add_tenant_options(verb)
            verb.add_argument(
                "--anchors",
                type=Path,
                default=settings.AUDIT_ANCHOR_FILE or None,
                help="a file of anchors, or a log in JSON, to compare with (AUDIT_ANCHOR_FILE)",
            )
        prune.add_argument("--days", type=int, default=settings.AUDIT_RETENTION_DAYS, help="(AUDIT_RETENTION_DAYS)")
        prune.add_argument("--dry-run", action="store_true", help="say how many, remove none")

    def handle(self, *args: Any, verb: str, tenant: str, **options: Any) -> None:
        """Do it for each tenant."""
        act: Callable[..., bool] = self.verify if verb == "verify" else self.prune
        bad = []
        for one in tenants_named(tenant):
            with tenant_context(one.pk):
                if not act(one, **options):
                    bad.append(one.slug)
        if bad:
            raise CommandError(f"The audit trail was changed: {', '.join(bad)}.", returncode=1)

    def verify(self, tenant: Tenant, *, anchors: Path | None, **options: Any) -> bool:
        """Walk one tenant's chain; whether it is intact."""
        known = anchors_from(anchors, tenant)
        with bar(Console(stderr=True), f"Verifying {tenant.slug}") as progress:
            found = verify_audit_log(anchors=known, progress=progress)
        self.stdout.write(f"{tenant.slug}: {told(found)}{compared(known)}")
        return found.is_intact

    def prune(self, tenant: Tenant, *, anchors: Path | None, days: int, dry_run: bool, **options: Any) -> bool:
        """Remove one tenant's old records; whether those were intact."""
        if 0 < days <= settings.EVENTS_RETENTION_DAYS or days < 0:
            raise CommandError("--days must be more than EVENTS_RETENTION_DAYS: events would be recorded again.")
        before = timezone.now() - timedelta(days=days)
        floor, last = prunable(before) if days else (0, 0)
        if dry_run or last == floor:
            self.stdout.write(f"{tenant.slug}: {last - floor} records past their retention.")
            return True
        try:
            with bar(Console(stderr=True), f"Pruning {tenant.slug}") as progress:
                removed = prune_audit_log(before=before, anchors=anchors_from(anchors, tenant), progress=progress)
        except TrailBroken as error:
            self.stdout.write(f"{tenant.slug}: {error}")
            return False
        self.stdout.write(f"{tenant.slug}: {removed} records removed; the checkpoint is at position {last}.")
        return True


def anchors_from(path: Path | None, tenant: Tenant) -> Anchors:
    """What the file knows of the tenant's chain.

    Raises:
        CommandError: it cannot be read, or is damaged.
    """
    try:
        return anchors_of(path, tenant.pk) if path else {}
    except (OSError, AnchorsDamaged) as error:
        raise CommandError(f"The anchors in {path} are of no use: {error}") from error


def told(found: Verification) -> str:
    """What a walk found, for people; the bad record with what tells it apart."""
    if found.broken_at is None:
        return f"intact, {found.verified} records up to position {found.reached}."
    row = AuditLog.objects.filter(position=found.broken_at).values_list("id", "action", "object_id").first()
    named = "which is missing or has moved" if row is None else f"row {row[0]}, {row[1]} of {row[2]}"
    return f"BROKEN at position {found.broken_at} ({named}); {found.verified} records before it are sound."


def compared(anchors: Anchors) -> str:
    """What it was compared with."""
    return f" Compared with {len(anchors)} anchors." if anchors else " There were no anchors to compare with."
