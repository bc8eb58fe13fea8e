"""The Celery app; its settings begin with ``CELERY_`` in :mod:`config.settings`."""

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
    """Bounds the time of a send: a sender must not wait for a broker, but a worker has to."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        """A connection for sending; a send succeeds or raises within a second."""
        given = options.pop("transport_options", None) or {}  # Celery's connection() passes None.
        bounds = {**settings.BROKER_SEND_OPTIONS, **given}
        connection: Connection = super().connection_for_write(url, transport_options=bounds, **options)
        return connection

    def connection_for_read(self, url: str | None = None, **options: Any) -> Connection:
        """A connection for receiving; while the broker is away it retries every two seconds, without end."""
        connection: Connection = super().connection_for_read(url, **options)
        connection.ensure_connection = partial(  # type: ignore[method-assign]  # for this connection only
            connection.ensure_connection, interval_start=2, interval_step=0, interval_max=2
        )
        return connection


app = OrdersCelery("orders")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def set_garbage_collector(**_: Any) -> None:
    """Set up the garbage collector before the worker forks, so that its children share unchanged memory."""
    memory.set_for_a_server()


@signals.worker_ready.connect
def serve_metrics(**_: Any) -> None:
    """Serve this worker's metrics, and those of its prefork children if they are merged."""
    http_server.serve()


@signals.worker_process_shutdown.connect
def forget_metrics(*, pid: int, **_: Any) -> None:
    """Drop the gauges of a prefork child that has ended."""
    if settings.METRICS_MERGED:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # it has no types
