"""The one-process default: web server, worker and dispatcher as threads of one process, on SQLite and in memory.

Its limits: one writer, and a broker that loses its messages at the end. The dispatcher sends lost messages again.
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

from config.celery import app as celery_app
from config.embedded.preflight import cannot_serve
from config.embedded.reloading import Watcher, become_new
from config.serving.daphne import daphne
from config.serving.ending import Ending, catch_signals, say, tell
from config.watchdog import watchdog
from events.dispatch import reservations
from events.dispatch.dispatcher import Dispatcher
from events.lab import lab
from orders.demo.history import seed_first_run
from orders.demo.traffic import GentleTraffic
from orders.models import Order
from tenants.defaults import DEMO_USER, ensure_demo_user
from tenants.models import User

DEMO_ORDERS = 120
WORKER_THREADS = 4
END_SECONDS = 9.0
"""Seconds that the end may take; then running work is left to the next start."""
WORKER = "embedded@localhost"
IN_MEMORY = "memory:"
"""A broker of this process alone: its messages end with the process."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """A line about a step of the start, with its time."""
    began = time.monotonic()
    say(f"  {title} … ", end="")
    yield
    say(f"{time.monotonic() - began:.1f} s")


# --- Before serving ---------------------------------------------------------------------------------------------------


def prepare() -> None:
    """Bring the database up to date and, the first time, add demo data."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with step("Migrating the database"):
            call_command("migrate", verbosity=0, interactive=False)
    if settings.ORDERS_DEMO:
        prepare_demo()
    else:
        close_demo_login()
    if settings.CELERY_BROKER_URL.startswith(IN_MEMORY):
        reservations.release_all()
    connection.close()


def prepare_demo() -> None:
    """The demo login is open, and there are orders to see."""
    ensure_demo_user()
    User.objects.filter(username=DEMO_USER, is_active=False).update(is_active=True)
    if not Order.objects.exists():
        with step(f"Placing demo orders: {DEMO_ORDERS}, most of them in the last hour"):
            seed_first_run(DEMO_ORDERS)


def close_demo_login() -> None:
    """Without the demo, refuse logins with the demo's public password."""
    User.objects.filter(username=DEMO_USER).update(is_active=False)


# --- Beside the web server --------------------------------------------------------------------------------------------


class Background:
    """The worker, on a thread, and the dispatcher."""

    def __init__(self) -> None:
        self.worker = WorkController(
            app=celery_app,
            hostname=WORKER,
            pool="threads",
            concurrency=WORKER_THREADS,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self.worker_thread = threading.Thread(target=self.worker.start, name="worker", daemon=True)
        self.dispatcher = Dispatcher()

    def start(self) -> None:
        """Start both."""
        self.worker_thread.start()
        self.dispatcher.start()

    @staticmethod
    def open_lab() -> None:
        """Open the signal lab, where a demo breaks what runs here."""
        order: dict[str, Any] = {"queue": settings.CELERY_TASK_DEFAULT_QUEUE, "destination": [WORKER]}
        lab.open_lab(
            stop_worker=partial(celery_app.control.cancel_consumer, **order),
            start_worker=partial(celery_app.control.add_consumer, **order),
        )

    def stop(self, *, seconds: float = 4.0) -> None:
        """Give both this time together to finish their work; the dispatcher of the next start does the rest."""
        deadline = time.monotonic() + seconds
        # The switch is read every few seconds, so the message is faster.
        worker_state.should_stop = os.EX_OK  # type: ignore[assignment]  # typed as what it is at first
        threading.Thread(target=celery_app.control.shutdown, name="worker-shutdown", daemon=True).start()
        self.dispatcher.stop(seconds=max(deadline - time.monotonic(), 0))
        self.worker_thread.join(max(deadline - time.monotonic(), 0))


# --- Serving ----------------------------------------------------------------------------------------------------------


def serve(
    *,
    host: str,
    address: str,
    port: int,
    ready: Callable[[int], None],
    traffic: GentleTraffic | None = None,
    watch: bool = False,
) -> bool:
    """Run everything until a signal. Returns whether to restart, because the code has changed.

    ``ready`` is called with the port once it is served. ``traffic`` ends with the server.

    Raises:
        CannotStart: the port was taken in the meantime.
    """
    with step("Loading the application"):
        background = Background()
        server = daphne(address=address, port=port, ready=ready)
    ending = Ending(server.end, seconds=END_SECONDS, say=lambda text: tell(f"\n{text}"), restart=become_new)
    catch_signals(ending.on_signal)
    watchdog.tell = lambda text: tell(f"\n{text}")
    if lab.is_allowed():
        background.open_lab()
    background.start()
    if watch:
        Watcher(ending.end_and_restart).start()
    try:
        server.run()
    finally:
        if traffic:
            traffic.stop()
        background.stop()
    if server.error:
        raise cannot_serve(host, port, server.error)
    return ending.again
