"""``manage.py dispatcher``."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from events.dispatch.dispatcher import POLL_SECONDS, Dispatcher
from events.management.start_checks import check_start
from events.metrics import http_server
from tenants import memory
from tenants.tracing import spans

SIGNALS = {signal.SIGTERM, signal.SIGINT}
LOOK_SECONDS = 0.2
END_SECONDS = 8.0
"""Seconds in which current work may finish; then the process ends, and another dispatcher repeats the work."""


class Command(BaseCommand):
    """Run a dispatcher until SIGTERM or Ctrl-C, which end it within seconds. Any number may run, on any hosts."""

    help = "Number committed events, notify subscribers, run receivers and send tasks."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--poll-seconds",
            type=float,
            default=POLL_SECONDS,
            help="how often to look for work of which no notification came",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check_start()
        # A signal's handler could interrupt the thread that holds a lock that the handler needs.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        memory.set_for_a_server()
        http_server.serve()
        spans.begin("dispatcher")
        dispatcher = Dispatcher(poll_seconds=options["poll_seconds"])
        dispatcher.start()
        self.stdout.write("The dispatcher runs.")
        self.stdout.flush()
        while dispatcher.thread.is_alive() and not SIGNALS & signal.sigpending():
            dispatcher.thread.join(LOOK_SECONDS)  # Not sigtimedwait, which returns as if signalled after a freeze.
        dispatcher.stop(seconds=END_SECONDS)
        spans.end()
        self.stdout.write("The dispatcher has stopped.")
