"""``./dev traffic``."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.live import Live
from rich.text import Text

from orders.demo.traffic import Client, Shop, Unreachable, noted_address


class Command(BaseCommand):
    """Something to watch: orders come in and go their way, until Ctrl-C."""

    help = "Place and move orders on a running server, through its GraphQL API, until stopped."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--rate", type=float, default=5.0, help="the number of calls per second (5)")
        parser.add_argument("--url", default="", help="the server's address; without it that of the running ./dev up")
        parser.add_argument("--token", default="", help="a bearer token; without it the calls act for the open demo")
        parser.add_argument(
            "--calls", type=int, default=0, help=("stop after this number of calls; 0 runs until Ctrl-C")
        )
        parser.add_argument(
            "--seed", type=int, default=None, help=("the random seed; the same seed makes the same calls")
        )

    def handle(self, *args: Any, rate: float, url: str, token: str, calls: int, seed: int | None, **_: Any) -> None:
        """Send operations at an even pace, and show the results in one line."""
        if rate <= 0:
            raise CommandError("--rate must be more than 0.")
        shop = Shop(Client(url or noted_address(), token), seed=seed)
        console, began = Console(), time.monotonic()
        try:
            with Live(console=console, refresh_per_second=4) as live:
                while not calls or shop.calls < calls:
                    shop.act()
                    live.update(Text(shop.progress_line(time.monotonic() - began)))
                    time.sleep(max(0.0, began + shop.calls / rate - time.monotonic()))
        except Unreachable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            console.print("Stopped." if console.is_terminal else "\nStopped.")
