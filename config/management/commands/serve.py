"""``manage.py serve``: one web process of production."""

import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from config.embedded import preflight
from config.management.options import port_number
from config.serving.web_server import WebServer, end_with_status_0, run, uvicorn_server
from events.management.start_checks import check_start


def static_problems() -> Iterator[CheckMessage]:
    """The files that browsers load are where they are served from."""
    missing = [str(path) for path in (settings.STATIC_ROOT, settings.FRONTEND_DIST) if not Path(path).is_dir()]
    if missing:
        said = f"There is no {' and no '.join(missing)}: the app, the admin and the API's pages can't be loaded."
        hint = "Build the page (npm run build in frontend_demo), then run: python manage.py collectstatic --no-input"
        yield Warning(said, hint=hint, id="config.W001")


class Command(BaseCommand):
    """Checks the conditions, then serves until SIGTERM or Ctrl-C, and drains (docs/operations.md, Stopping)."""

    help = (
        "Run one web process: HTTP, GraphQL, WebSockets. A process uses one core: start one for each core, behind a "
        "proxy that ends TLS and spreads the load."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, port or socket file to listen on."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 is every address")
        parser.add_argument("--port", type=port_number, default=8000, help="the port; 0 selects a free one")
        parser.add_argument(
            "--unix-socket", metavar="PATH", help="listen on this socket file instead (TRUSTED_PROXIES=unix)"
        )
        parser.add_argument(
            "--server",
            choices=["uvicorn", "daphne"],
            default="uvicorn",
            help="Daphne takes four times the CPU for live events",
        )

    def handle(self, *, host: str, port: int, unix_socket: str | None, server: str, **_: Any) -> None:
        """Serve; status 1 and sentences when it cannot start."""
        end_with_status_0()
        try:
            preflight.refuse_open_demo(host)
            check_start(static_problems())
            warnings.filterwarnings("ignore", "No directory at", UserWarning)  # which static_problems has said
            run(self.made(server, host, port, unix_socket))
        except preflight.CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal

    @staticmethod
    def made(server: str, host: str, port: int, unix_socket: str | None) -> WebServer:
        """The chosen server.

        Raises:
            CannotStart: Daphne can't serve at this address; uvicorn says so itself.
        """
        if server == "uvicorn":
            return uvicorn_server(host=host, port=port, unix_socket=unix_socket)
        if unix_socket:
            raise preflight.CannotStart("Daphne listens on a port here. Take uvicorn for a socket file.")
        made: WebServer = import_string("config.serving.daphne.daphne")(
            address=preflight.free_address(host, port), port=port
        )
        return made
