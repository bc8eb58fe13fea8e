"""``./dev up``: the whole system in one process."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from config.embedded import preflight, process
from config.embedded.reloading import become_new
from config.embedded.traffic_switch import SWITCH
from config.management.options import port_number
from orders.demo.traffic import GentleTraffic, note_address
from tenants.defaults import DEMO_PASSWORD, DEMO_USER

PLACES = {
    "App": "/",
    "Signal lab": "/lab/",
    "Guide": "/learn/",
    "GraphiQL": "/graphql/",
    "REST docs": "/api/docs/",
    "Admin": "/admin/",
    "Health": "/readyz",
}
QUERY = "{ orders(first: 3) { nodes { number status } } }"
MUTATION = 'mutation { createOrder(input: {total: \\"100.00\\"}) { order { number } userErrors { message } } }'
SUBSCRIPTION = "subscription { orderCreated { sequence order { number total { amount } } } }"


class Command(BaseCommand):
    """Checks the conditions, starts all parts and prints their addresses."""

    help = "Run everything in one process: app, GraphQL, REST, worker and dispatcher, on SQLite."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of ``./dev up``."""
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help=("the address to listen on; an address other than loopback needs ORDERS_DEMO=0"),
        )
        parser.add_argument("--port", type=port_number, default=8000, help="the port; 0 selects a free one")
        parser.add_argument("--reload", action="store_true", help="restart when the code changes")
        parser.add_argument("--reset", action="store_true", help="delete the embedded data first")
        parser.add_argument("--quiet", action="store_true", help="no orders arrive by themselves in the open demo")

    def handle(self, *, host: str, port: int, reload: bool, reset: bool, quiet: bool, **_: Any) -> None:
        """Run until a signal; status 1 and a sentence when it cannot start."""
        try:
            again = self.up(host, port, watch=reload, reset=reset, quiet=quiet)
        except preflight.CannotStart as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        if again:
            become_new()

    def up(self, host: str, port: int, *, watch: bool, reset: bool, quiet: bool) -> bool:
        """Check, prepare and serve. Returns whether to restart."""
        preflight.refuse_production()
        preflight.refuse_open_demo(host)
        address = preflight.free_address(host, port)
        with preflight.own_data_dir():
            if reset:
                self.reset()
            process.prepare()
            traffic = SWITCH.traffic = GentleTraffic() if settings.ORDERS_DEMO and not quiet else None

            def ready(served: int) -> None:
                note_address(url_of(host, served))
                show(host, served, quiet=quiet)
                if traffic:
                    traffic.start(url_of(host, served))

            try:
                return process.serve(host=host, address=address, port=port, watch=watch, traffic=traffic, ready=ready)
            finally:
                note_address("")

    def reset(self) -> None:
        """Delete the data, then begin again as a new process, which makes its own secret key."""
        gone = preflight.reset(settings.DATA_DIR)
        self.stderr.write(f"  Deleted from {settings.DATA_DIR}: {', '.join(gone) or 'nothing'}. {after_reset()}")
        become_new(without="--reset")


def url_of(host: str, port: int) -> str:
    """The address for a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # compared, not bound
    return f"http://{name}:{port}"


def after_reset() -> str:
    """The data with which an emptied system begins."""
    if settings.ORDERS_DEMO:
        return "A first start follows, with new demo orders; ORDERS_DEMO=0 starts empty."
    return "It starts empty."


def show(host: str, port: int, *, quiet: bool = False) -> None:
    """Print the addresses, the logins, and what to try."""
    url = url_of(host, port)
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, path in PLACES.items():
        table.add_row(name, f"[link={url}{path}]{url}{path}[/link]")
    table.add_row("Login", login_line())
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(table)
    console.print(f"\n{caller_line()}\n\nTry:", markup=False)
    for line in tries(url):
        console.print(f"  {line}", markup=False)
    if settings.ORDERS_DEMO and not quiet:
        console.print(
            "\nDemo orders arrive every few seconds; the page's ❚❚ stops them, ./dev up --quiet leaves them out."
        )
    console.print("\nCtrl-C ends it.")


def login_line() -> str:
    """The logins of the admin."""
    if settings.ORDERS_DEMO:
        return f"{DEMO_USER} / {DEMO_PASSWORD}"
    return "none for the demo; ./dev createsuperuser makes one"


def caller_line() -> str:
    """The caller of a request without credentials."""
    if settings.ORDERS_DEMO:
        return "Requests from this machine without credentials act for the demo tenant; ORDERS_DEMO=0 ends that."
    return "Requests need credentials: a session or a bearer token."


def tries(url: str) -> list[str]:
    """A query, a mutation and where to subscribe."""
    post = f"curl -s {url}/graphql/ -H 'Content-Type: application/json' -d"
    return [
        f"""{post} '{{"query": "{QUERY}"}}'""",
        f"""{post} '{{"query": "{MUTATION}"}}'""",
        f"{url}/graphql/ in a browser: {SUBSCRIPTION}",
    ]
