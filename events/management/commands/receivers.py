"""``manage.py receivers``."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from events import operations
from events.errors import UnknownReceiver
from events.models import Delivery, ReceiverSwitch
from events.selectors import ReceiverState, receiver_states
from tenants.command_line import add_tenant_or_all, print_table, tenant_named

HEADINGS = ("receiver", "kind", "on", "pending", "retrying", "dead", "lag s", "a minute", "p95 s", "off for")


class Command(BaseCommand):
    """List and switch receivers; without ``--tenant`` for all tenants, which is an operator's right."""

    help = "Show the receivers, and switch them on and off while everything runs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs with their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="list the receivers with their state")
        enable = verbs.add_parser("enable", help="switch a receiver on; its waiting deliveries are handled")
        enable.add_argument("--skip", action="store_true", help="skip its waiting deliveries")
        disable = verbs.add_parser("disable", help="switch a receiver off; its deliveries wait")
        for verb in (enable, disable):
            verb.add_argument("receiver", help="the receiver's name, as shown by list")
        for verb in (listing, enable, disable):
            add_tenant_or_all(verb)

    def handle(self, *args: Any, verb: str, tenant: str, **options: Any) -> None:
        """Run the verb."""
        verbs: dict[str, Callable[..., None]] = {"list": self.show, "enable": self.enable, "disable": self.disable}
        try:
            with operations.left_to_the_dispatcher():
                verbs[verb](tenant_named(tenant).pk if tenant else None, **options)
        except UnknownReceiver as error:
            raise CommandError(str(error)) from error

    def show(self, tenant_id: UUID | None, **_: Any) -> None:
        """Print a table with one line for each receiver."""
        table = Table(*HEADINGS)
        for state in receiver_states(tenant_id):
            table.add_row(*row_of(state))
        print_table(table, self.stdout)

    def enable(self, tenant_id: UUID | None, *, receiver: str, skip: bool, **_: Any) -> None:
        """Switch a receiver on."""
        skipped = operations.switch_receiver(receiver, enabled=True, catch_up=not skip, tenant_id=tenant_id)
        text = f"{skipped} deliveries were skipped." if skip else "What waited for it is being done."
        self.stdout.write(f"{receiver} is on. {text}")

    def disable(self, tenant_id: UUID | None, *, receiver: str, **_: Any) -> None:
        """Switch a receiver off."""
        operations.switch_receiver(receiver, enabled=False, tenant_id=tenant_id)
        self.stdout.write(f"{receiver} is off. Its deliveries wait.")


def row_of(state: ReceiverState) -> list[str]:
    """The receiver's line of the table."""
    name, states = state.receiver.name, state.states
    p95 = states.p95_seconds(name)
    off_for = ReceiverSwitch.objects.filter(receiver=name, enabled=False, tenant__isnull=False)
    return [
        name,
        state.receiver.kind.value,
        "off" if name in states.off else "on",
        str(states.count(name, Delivery.Status.PENDING, Delivery.Status.RUNNING)),
        str(states.count(name, Delivery.Status.RETRYING)),
        str(states.count(name, Delivery.Status.DEAD)),
        f"{states.lag_seconds(name):.1f}",
        f"{states.rates.get(name, 0.0):.1f}",
        "" if p95 is None else f"{p95:.3f}",
        ", ".join(off_for.order_by("tenant__slug").values_list("tenant__slug", flat=True)),
    ]
