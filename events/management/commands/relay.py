"""``manage.py relay``."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from events.dispatch.relay import Relay
from events.metrics import http_server
from tenants import memory

SIGNALS = {signal.SIGTERM, signal.SIGINT}
LOOK_SECONDS = 0.2
END_SECONDS = 8.0
"""How long current work may take to finish; then the process ends, and another relay repeats it."""


class Command(BaseCommand):
    """Run a relay until SIGTERM or Ctrl-C, which end it within seconds. Any number may run, on any number of hosts."""

    help = "Find committed events that are not handled yet, number them and run their receivers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--poll-seconds", type=float, default=0.2, help="The number of seconds to wait when there is no work."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.pthread_sigmask(
            signal.SIG_BLOCK, SIGNALS
        )  # A handler could interrupt the thread that holds the event's lock.
        memory.set_for_a_server()
        http_server.serve()
        stop = threading.Event()
        relay = Relay(poll_seconds=options["poll_seconds"])
        thread = threading.Thread(target=relay.run, args=(stop,), name="relay", daemon=True)
        thread.start()
        self.stdout.write("The relay runs.")
        self.stdout.flush()
        while thread.is_alive() and not SIGNALS & signal.sigpending():
            thread.join(LOOK_SECONDS)  # Not sigtimedwait, which returns as if signalled after a freeze.
        stop.set()
        thread.join(END_SECONDS)
        self.stdout.write("The relay has stopped.")
