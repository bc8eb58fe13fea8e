"""``manage.py events``."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from events import operations, retention
from events.errors import EventsError
from events.models import Delivery, Event, Stream
from events.operations import Comparison, Replay
from tenants.command_line import add_tenant, add_tenant_or_all, print_table, tenant_named
from tenants.context import tenant_context
from tenants.management.progress_bar import bar
from tenants.models import Tenant

BATCH = 500


class Command(BaseCommand):
    """The log and its ledger from the command line: list, replay, retry, prune and resume."""

    help = "Show events and their deliveries; replay, retry and prune them; go on after a restore."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verbs with their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        add_list_options(verbs.add_parser("list", help="list the newest events with their deliveries"))
        add_replay_options(
            verbs.add_parser("replay", help="make a receiver handle events again; without --apply only count them")
        )
        add_retry_options(verbs.add_parser("retry", help="retry deliveries: the given ones, or all that are DEAD"))
        prune = verbs.add_parser("prune", help="remove events past their retention now; a dispatcher does so each hour")
        prune.add_argument("--days", type=int, default=settings.EVENTS_RETENTION_DAYS, help="(EVENTS_RETENTION_DAYS)")
        prune.add_argument("--dry-run", action="store_true", help="only count the events")
        bypass = verbs.add_parser("audit-bypass", help="orders changed without an event: `manage.py orders bypass`")
        bypass.add_argument("--compare", action="store_true", help="compare every order with its newest event")
        bypass.add_argument("--record", action="store_true", help="write order.changed_out_of_band events")
        verbs.add_parser("resume", help="after the database was set back: go on above all sequences ever given")
        for verb in (prune, bypass):
            add_tenant_or_all(verb)

    def handle(self, *args: Any, verb: str, tenant: str = "", **options: Any) -> None:
        """Run the verb."""
        if verb == "resume":
            self.stdout.write(
                f"{operations.resume_logs()} event logs go on above all sequences that were given. Start the system."
            )
            return
        if verb == "audit-bypass":
            # By name: this package does not import orders.
            asked = {name: options[name] for name in ("compare", "record")}
            call_command("orders", "bypass", tenant=tenant, stdout=self.stdout, **asked)
            return
        if verb == "prune":
            self.prune(tenants_with_events(tenant), **options)
            return
        verbs: dict[str, Callable[..., None]] = {"list": self.show, "replay": self.replay, "retry": self.retry}
        with tenant_context(tenant_named(tenant).pk), operations.left_to_the_dispatcher():
            try:
                verbs[verb](**options)
            except EventsError as error:
                raise CommandError(str(error)) from error

    def show(self, *, limit: int, order: UUID | None, status: str | None, receiver: str, **_: Any) -> None:
        """Print a table with one line for each event, newest last."""
        events = Event.objects.filter(sequence__isnull=False).order_by("-sequence")
        wanted = {"order_id": order, "deliveries__status": status, "deliveries__receiver": receiver or None}
        events = events.filter(**{name: value for name, value in wanted.items() if value is not None}).distinct()
        table = Table("sequence", "event", "order", "occurred", "actor", "deliveries")
        for event in reversed(events.prefetch_related("deliveries")[:limit]):
            text = ", ".join(f"{one.receiver} {one.status} {one.pk}" for one in event.deliveries.all())
            table.add_row(
                str(event.sequence), event.type, str(event.order_id), f"{event.occurred_at:%F %T}", event.actor, text
            )
        print_table(table, self.stdout)

    def replay(self, *, receiver: str, apply: bool, **options: Any) -> None:
        """Replay batch by batch, in short transactions."""
        asked = replay_of(receiver, **options)
        total, seen, reopened, opened, more = asked.events().count(), 0, 0, 0, True
        with bar(Console(stderr=True), f"Replaying to {receiver}") as progress:
            while more:
                done = operations.replay(asked, limit=BATCH, dry_run=not apply)
                seen, reopened, opened = seen + done.events, reopened + done.reopened, opened + done.opened
                asked, more = replace(asked, after=done.last), done.more
                progress(seen, total)
        text = "are done again" if apply else "would be done again; --apply does it"
        self.stdout.write(f"{seen} events: {reopened + opened} deliveries {text} ({opened} for the first time).")

    def retry(self, *, deliveries: list[UUID], receiver: str, status: str, **_: Any) -> None:
        """Open deliveries again."""
        if not deliveries:
            again = operations.retry_all(receiver=receiver or None, statuses=[status])
        else:
            with bar(Console(stderr=True), "Retrying") as progress:
                for again, delivery in enumerate(deliveries, 1):
                    operations.retry(delivery)
                    progress(again, len(deliveries))
        self.stdout.write(f"{again} deliveries are tried again.")

    def prune(self, tenants: Any, *, days: int, dry_run: bool, **_: Any) -> None:
        """Prune tenant by tenant; an unfinished delivery keeps its event and later ones, and is reported."""
        before = timezone.now() - timedelta(days=days)
        for tenant in tenants:
            total, keeps = retention.prunable(tenant.pk, before=before)
            removed = 0
            if not dry_run:
                with bar(Console(stderr=True), f"Pruning {tenant.slug}") as progress:
                    while batch := retention.prune(tenant.pk, before=before):
                        removed += batch
                        progress(removed, total)
            text = f"{total} events could be removed" if dry_run else f"{removed} events removed"
            kept = "" if keeps is None else f"; an unfinished delivery of event {keeps} keeps the others"
            self.stdout.write(f"{tenant.slug}: {text}{kept}.")


def add_list_options(parser: ArgumentParser) -> None:
    """Which events to list."""
    parser.add_argument("--limit", type=int, default=20, help="the number of events (20)")
    parser.add_argument("--order", type=UUID, help="only events of the order with this UUID")
    parser.add_argument("--status", choices=Delivery.Status.values, help="only events with a delivery of this status")
    parser.add_argument("--receiver", default="", help="only events with a delivery to this receiver, of that status")
    add_tenant(parser)


def add_replay_options(parser: ArgumentParser) -> None:
    """Which events to replay, and to which receiver."""
    parser.add_argument("--receiver", required=True, help="the receiver's name")
    parser.add_argument("--after", type=int, default=None, help="only events after this sequence number")
    parser.add_argument("--until", type=int, default=None, help="only events up to this sequence number")
    parser.add_argument("--since", type=moment, help="only events that occurred at this time (ISO 8601, UTC) or later")
    parser.add_argument("--before", type=moment, help="only events that occurred before this time")
    parser.add_argument("--order", type=UUID, help="only events of the order with this UUID")
    parser.add_argument("--apply", action="store_true", help="replay the events")
    add_tenant(parser)


def add_retry_options(parser: ArgumentParser) -> None:
    """Which deliveries to retry."""
    parser.add_argument("deliveries", nargs="*", type=UUID, help="the deliveries' UUIDs")
    parser.add_argument("--receiver", default="", help="all deliveries to this receiver")
    parser.add_argument(
        "--status", choices=sorted(operations.RETRYABLE), default="DEAD", help="all deliveries of this status"
    )
    add_tenant(parser)


def moment(text: str) -> datetime:
    """A time on the command line; without an offset it is UTC."""
    given = datetime.fromisoformat(text)
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def replay_of(
    receiver: str,
    *,
    after: int | None,
    until: int | None,
    order: UUID | None,
    since: datetime | None,
    before: datetime | None,
    **_: Any,
) -> Replay:
    """The replay that the arguments describe."""
    when: dict[Comparison, datetime] = {}
    if since:
        when["gte"] = since
    if before:
        when["lt"] = before
    return Replay(receiver, after=after, until=until, order_id=order, occurred_at=when)


def tenants_with_events(slug: str) -> Any:
    """The tenant of this slug, or all tenants that have events."""
    if slug:
        return [tenant_named(slug)]
    return Tenant.objects.filter(pk__in=Stream.objects.values("tenant_id")).order_by("slug")
