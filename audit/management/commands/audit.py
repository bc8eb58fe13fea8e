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

from audit.anchors import Anchors, AnchorsDamaged, anchor, anchor_checkpoints, anchors_of
from audit.lock import may_remove
from audit.models import AuditHead, AuditLog
from audit.pruning import TrailBroken, prunable, prune_audit_log
from audit.verification import Verification, verify_audit_log
from tenants.command_line import add_tenant_or_all, tenants_named
from tenants.context import tenant_context
from tenants.db.roles import as_owner
from tenants.management.progress_bar import bar
from tenants.models import Tenant

RACES = 10
INTACT, CHANGED, UNKNOWN = 0, 1, 3
"""Exit statuses."""
UNPROVEN = "Without anchors it cannot be proven that pruning removed the records before the checkpoint"
OWNER_NEEDED = (
    "This database login may not remove audit records. For this command set DATABASE_OWNER_URL, the login that "
    "runs migrations."
)


class Command(BaseCommand):
    """Verify the audit trail, remove old records, and anchor the chains.

    The exit status is 1 if it was changed, and 3 if records are removed and no anchors were given to prove why.
    """

    help = "verify: walk the hash chains and name the first bad record. prune: remove old records, keep a checkpoint. "
    help += "anchor: write the present checkpoints and heads to a new file of anchors."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs with their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="verify the chains; exits with status 1 if one is broken")
        anchor = verbs.add_parser("anchor", help="verify the chains, then write anchors for the current checkpoints")
        add_tenant_or_all(anchor)
        prune = verbs.add_parser("prune", help="verify records past their retention, then remove them")
        for verb in (verify, prune):
            add_tenant_or_all(verb)
            verb.add_argument(
                "--anchors",
                type=Path,
                default=settings.AUDIT_ANCHOR_FILE or None,
                help="the file of anchors to compare with, or a log in JSON; defaults to AUDIT_ANCHOR_FILE",
            )
        prune.add_argument("--days", type=int, default=settings.AUDIT_RETENTION_DAYS, help="(AUDIT_RETENTION_DAYS)")
        prune.add_argument("--dry-run", action="store_true", help="only count the records")

    def handle(self, *args: Any, verb: str, tenant: str, **options: Any) -> None:
        """Run the verb for each tenant; prune as the tables' owner if its login is set."""
        act: Callable[..., int] = {"verify": self.verify, "prune": self.prune, "anchor": self.anchor}[verb]
        outcomes: dict[str, int] = {}
        with as_owner(settings.DATABASE_OWNER if verb == "prune" else {}):
            for one in tenants_named(tenant):
                with tenant_context(one.pk):
                    outcomes[one.slug] = act(one, **options)
        for status, what in ((CHANGED, "The audit trail was changed"), (UNKNOWN, UNPROVEN)):
            if slugs := [slug for slug, outcome in outcomes.items() if outcome == status]:
                raise CommandError(f"{what}: {', '.join(slugs)}.", returncode=status)

    def verify(self, tenant: Tenant, *, anchors: Path | None, **options: Any) -> int:
        """Verify one tenant's chain; return the exit status."""
        for _ in range(RACES):
            before, known = checkpoint_of(tenant), anchors_from(anchors, tenant)
            with bar(Console(stderr=True), f"Verifying {tenant.slug}") as progress:
                found = verify_audit_log(anchors=known, progress=progress)
            if found.is_intact or before == found.checkpoint == checkpoint_of(tenant):
                break  # Otherwise records were pruned meanwhile, and the anchors may be older.
        self.stdout.write(f"{tenant.slug}: {sentence(found)}{compared(known)}")
        if not found.is_intact:
            return CHANGED
        return INTACT if found.is_checkpoint_known else UNKNOWN

    def anchor(self, tenant: Tenant, **options: Any) -> int:
        """Anchor one tenant's checkpoint and head if the chain between them is intact; return the exit status."""
        found = verify_audit_log()
        if not found.is_intact:
            self.stdout.write(f"{tenant.slug}: {sentence(found)}")
            return CHANGED
        head = AuditHead.objects.filter(tenant_id=tenant.pk).first() or AuditHead(tenant=tenant)
        if head.floor:
            anchor_checkpoints(tenant.pk, [(head.floor, head.floor_hash)], before=None)
        if head.position:
            anchor([(tenant.pk, head.position, head.hash)])
        self.stdout.write(f"{tenant.slug}: anchored, from position {head.floor} to {head.position}.")
        return INTACT

    def prune(self, tenant: Tenant, *, anchors: Path | None, days: int, dry_run: bool, **options: Any) -> int:
        """Remove one tenant's old records if they are intact; return the exit status."""
        if 0 < days <= settings.EVENTS_RETENTION_DAYS or days < 0:
            raise CommandError("--days must be more than EVENTS_RETENTION_DAYS: events would be recorded again.")
        before = timezone.now() - timedelta(days=days)
        floor, last = prunable(before) if days else (0, 0)
        if dry_run or last == floor:
            self.stdout.write(f"{tenant.slug}: {last - floor} records past their retention.")
            return INTACT
        if not may_remove():
            raise CommandError(OWNER_NEEDED)
        try:
            with bar(Console(stderr=True), f"Pruning {tenant.slug}") as progress:
                removed = prune_audit_log(before=before, anchors=anchors_from(anchors, tenant), progress=progress)
        except TrailBroken as error:
            self.stdout.write(f"{tenant.slug}: {error}")
            return CHANGED
        self.stdout.write(f"{tenant.slug}: {removed} records removed; the checkpoint is at position {last}.")
        return INTACT


def checkpoint_of(tenant: Tenant) -> int:
    """The position up to which the tenant's records are pruned."""
    found = AuditHead.objects.filter(tenant_id=tenant.pk).values_list("floor", flat=True).first()
    return found or 0


def anchors_from(path: Path | None, tenant: Tenant) -> Anchors | None:
    """The file's anchors of the tenant's chain; None without a file.

    Raises:
        CommandError: the file can't be read or is damaged.
    """
    try:
        return anchors_of(path, tenant.pk) if path else None
    except (OSError, AnchorsDamaged) as error:
        raise CommandError(f"The anchors in {path} cannot be used: {error}") from error


def sentence(found: Verification) -> str:
    """The result of a verification as a sentence, with the bad record's id, action and object."""
    if found.broken_at is None:
        begun = f" after the checkpoint at {found.checkpoint}" if found.checkpoint else ""
        return f"intact, {found.verified} records{begun} up to position {found.reached}."
    if found.broken_at == found.checkpoint:
        return f"BROKEN at position {found.checkpoint}: no anchor shows that pruning removed the records up to there."
    row = AuditLog.objects.filter(position=found.broken_at).values_list("id", "action", "object_id").first()
    named = "which is missing or has moved" if row is None else f"row {row[0]}, {row[1]} of {row[2]}"
    return f"BROKEN at position {found.broken_at} ({named}); {found.verified} records before it are sound."


def compared(anchors: Anchors | None) -> str:
    """The number of anchors with which the chain was compared."""
    if anchors is None:
        return " There are no anchors to compare with."
    return f" Compared with {len(anchors)} anchors."
