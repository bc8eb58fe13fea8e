"""The one-process default: web server, worker and relay as threads of one process, on SQLite and in memory.

What it is not: it has one writer, and a broker that forgets. What the broker forgets, the relay sends again.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from config.celery import app as celery_app
from config.embedded.ending import Ending, catch_signals, say, tell
from config.embedded.preflight import cannot_serve
from config.embedded.reloading import Watcher
from config.embedded.webserver import WebServer, reactor
from config.watchdog import watchdog
from events.dispatch import ledger
from events.dispatch.dispatcher import stop_threads
from events.dispatch.relay import Relay
from events.lab import lab
from orders.demo.history import seed
from orders.models import Order
from tenants.defaults import DEMO_USER, ensure_demo_user
from tenants.models import User

DEMO_ORDERS = 40
WORKER_THREADS = 4
WORKER = "embedded@localhost"
IN_MEMORY = "memory:"
"""A broker of this process alone: whatever was in it ended with the last run."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """One line for a step of the start, with its time."""
    began = time.monotonic()
    say(f"  {title} … ", end="")
    yield
    say(f"{time.monotonic() - began:.1f} s")


# --- Before serving ---------------------------------------------------------------------------------------------------


def prepare() -> None:
    """Bring the database up to date and, the first time, put something into it to look at."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with step("Migrating the database"):
            call_command("migrate", verbosity=0, interactive=False)
    if settings.ORDERS_DEMO:
        prepare_demo()
    else:
        close_demo_login()
    if settings.CELERY_BROKER_URL.startswith(IN_MEMORY):
        ledger.release_all()
    connection.close()


def prepare_demo() -> None:
    """The demo login is open, and there are orders to see."""
    ensure_demo_user()
    User.objects.filter(username=DEMO_USER, is_active=False).update(is_active=True)
    if not Order.objects.exists():
        with step("Placing demo orders"):
            seed(orders=DEMO_ORDERS)


def close_demo_login() -> None:
    """Without the demo, refuse logins with the demo's public password."""
    User.objects.filter(username=DEMO_USER).update(is_active=False)


# --- Beside the web server --------------------------------------------------------------------------------------------


class Background:
    """The worker and the relay, each on a thread."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.worker = WorkController(
            app=celery_app,
            hostname=WORKER,
            pool="threads",
            concurrency=WORKER_THREADS,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self.threads = [
            threading.Thread(target=self.worker.start, name="worker", daemon=True),
            threading.Thread(target=Relay(poll_seconds=0.2).run, args=(self.stopping,), name="relay", daemon=True),
        ]

    def start(self) -> None:
        """Start both."""
        for thread in self.threads:
            thread.start()

    @staticmethod
    def open_lab() -> None:
        """Let those who learn break what runs here."""
        order: dict[str, Any] = {"queue": settings.CELERY_TASK_DEFAULT_QUEUE, "destination": [WORKER]}
        lab.open_lab(
            stop_worker=partial(celery_app.control.cancel_consumer, **order),
            start_worker=partial(celery_app.control.add_consumer, **order),
        )

    def stop(self, *, seconds: float = 4.0) -> None:
        """Let both finish what they are at, for so long together; what is left, the relay of the next start finds."""
        deadline = time.monotonic() + seconds
        self.stopping.set()
        # It is looked at every few seconds, hence the message, which is faster.
        worker_state.should_stop = os.EX_OK  # type: ignore[assignment]  # typed as what it is at first
        threading.Thread(target=celery_app.control.shutdown, name="worker-shutdown", daemon=True).start()
        for thread in self.threads:
            thread.join(max(deadline - time.monotonic(), 0))
        stop_threads(seconds=max(deadline - time.monotonic(), 0))


# --- Serving ----------------------------------------------------------------------------------------------------------


def serve(*, host: str, address: str, port: int, ready: Callable[[int], None], watch: bool = False) -> bool:
    """Run everything until a signal. Returns whether to restart, because the code has changed.

    ``ready`` is called with the port once it is served.

    Raises:
        Refused: the port was taken in the meantime.
    """
    background = Background()
    server = WebServer(import_string(settings.ASGI_APPLICATION), address=address, port=port, ready=ready)
    ending = Ending(partial(reactor.callFromThread, server.end))
    catch_signals(ending.on_signal)
    watchdog.tell = lambda text: tell(f"\n{text}")
    if lab.is_allowed():
        background.open_lab()
    background.start()
    if watch:
        Watcher(ending.start_anew).start()
    try:
        server.run()
    finally:
        background.stop()
    if server.error:
        raise cannot_serve(host, port, server.error)
    return ending.again
