"""``manage.py relay``."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from events import garbage_collector, metrics_server
from events.relay import Relay


class Command(BaseCommand):
    """Run a relay until SIGTERM or Ctrl-C; run as many as you like, on as many hosts."""

    help = "Find committed events that nobody has handled yet, number them and run their receivers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--poll-seconds", type=float, default=0.2, help="How long to rest when there is nothing to do."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        garbage_collector.set_for_a_server()
        metrics_server.serve()
        self.stdout.write("The relay runs.")
        Relay(poll_seconds=options["poll_seconds"]).run(stop)
        self.stdout.write("The relay has stopped.")
