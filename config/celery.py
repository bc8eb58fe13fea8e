"""The Celery app; every setting of its own begins with ``CELERY_`` in :mod:`config.settings`."""

import os
from functools import partial
from typing import Any

from celery import Celery, signals
from django.conf import settings
from kombu import Connection
from prometheus_client import multiprocess

from events.metrics import http_server
from tenants import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class OrdersCelery(Celery):
    """Sends with bounds of its own: a sender must not wait for a broker, a worker has to."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        """A connection to send through; within a second it has sent or it raises."""
        given = options.pop("transport_options", None) or {}  # Celery's own connection() names it and gives None.
        bounds = {**settings.BROKER_SEND_OPTIONS, **given}
        connection: Connection = super().connection_for_write(url, transport_options=bounds, **options)
        return connection

    def connection_for_read(self, url: str | None = None, **options: Any) -> Connection:
        """A connection to receive through; who waits for a broker asks every two seconds, however long it is away."""
        connection: Connection = super().connection_for_read(url, **options)
        connection.ensure_connection = partial(  # type: ignore[method-assign]  # of this connection alone
            connection.ensure_connection, interval_start=2, interval_step=0, interval_max=2
        )
        return connection


app = OrdersCelery("orders")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def set_garbage_collector(**_: Any) -> None:
    """Before the worker forks, so that its children share the memory of what is never looked at."""
    memory.set_for_a_server()


@signals.worker_ready.connect
def serve_metrics(**_: Any) -> None:
    """Tell this worker's metrics; those of its prefork children too, if they are merged."""
    http_server.serve()


@signals.worker_process_shutdown.connect
def forget_metrics(*, pid: int, **_: Any) -> None:
    """A prefork child has ended: what it said of the present holds no more."""
    if settings.METRICS_MERGED:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # it has no types
