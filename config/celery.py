"""The Celery app; its settings begin with ``CELERY_`` in :mod:`config.settings`."""

import os
from functools import partial
from typing import Any

from celery import Celery, signals
from django.conf import settings
from kombu import Connection
from kombu.transport import redis as redis_transport
from prometheus_client import multiprocess

from events.management.start_checks import check_start
from events.metrics import http_server
from tenants import memory
from tenants.tracing import spans

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's checks import the whole API, which a worker has no use for. check_start() finds what is wrong with a start.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")


MOST_SHOWN = 1024
"""The most characters of a task's arguments that its message shows."""


class LostChannel(redis_transport.Channel):
    """A channel to Redis that can be closed after its connection is lost.

    kombu's would give back the tasks that are not acknowledged, over a connection that it can't make any more, and the
    AttributeError would end the worker. The ledger sends these tasks again.
    """

    def close(self) -> None:
        """Close it, and give nothing back if its transport or connection is gone."""
        if self.connection is None or self.connection.client is None:
            self.do_restore = False
        super().close()


class WorkerTransport(redis_transport.Transport):
    """kombu's, with such channels, for receiving."""

    Channel = LostChannel


class OneClient(redis_transport.Channel):
    """A channel to Redis that keeps its client. kombu's makes one for each message: a quarter of what sending costs.

    Leans on ``_create_client`` of kombu 5; without it, kombu's own way is taken.
    """

    _client: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]  # the stubs leave private methods out
        if self._client is None or self._client.connection_pool is not self.pool:  # It changes when it is disconnected.
            self._client = super()._create_client()  # type: ignore[misc]
        return self._client


class SenderTransport(redis_transport.Transport):
    """kombu's, with such channels, for sending."""

    Channel = OneClient


class OrdersCelery(Celery):
    """Bounds the time of a send: a sender must not wait for a broker, but a worker has to."""

    def send_task(self, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # type: ignore[override]  # passed on
        """Send a task, with its arguments shown as Python shows them: they are ids.

        For a form that is safe for any object, Celery would take a tenth of what sending costs.
        """
        shown = {"argsrepr": repr(tuple(args or ())), "kwargsrepr": repr(dict(kwargs or {}))}
        shown = {key: text[:MOST_SHOWN] for key, text in shown.items()}
        return super().send_task(name, args, kwargs, **{**shown, **options})

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        """A connection for sending; a send succeeds or raises within a second."""
        given = options.pop("transport_options", None) or {}  # Celery's connection() passes None.
        bounds = {**settings.BROKER_SEND_OPTIONS, **given}
        connection: Connection = super().connection_for_write(url, transport_options=bounds, **options)
        if connection.transport_cls == "redis":
            connection.transport_cls = SenderTransport  # type: ignore[assignment]  # a class is taken as well as a name
        return connection

    def connection_for_read(self, url: str | None = None, **options: Any) -> Connection:
        """A connection for receiving; while the broker is unreachable it retries every two seconds, forever."""
        connection: Connection = super().connection_for_read(url, **options)
        if connection.transport_cls == "redis":
            connection.transport_cls = WorkerTransport  # type: ignore[assignment]  # a class is taken as well as a name
        connection.ensure_connection = partial(  # type: ignore[method-assign]  # for this connection only
            connection.ensure_connection, interval_start=2, interval_step=0, interval_max=2
        )
        return connection


app = OrdersCelery("orders")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def check_before_work(**_: Any) -> None:
    """Refuse to start where something has to be changed first."""
    check_start()


@signals.worker_init.connect
def set_garbage_collector(**_: Any) -> None:
    """Set up the garbage collector before the worker forks, so that its children share unchanged memory."""
    memory.set_for_a_server()


@signals.worker_ready.connect
def serve_metrics(**_: Any) -> None:
    """Serve this worker's metrics, and those of its prefork children if they are merged."""
    http_server.serve()


@signals.worker_init.connect
@signals.worker_process_init.connect
def begin_tracing(**_: Any) -> None:
    """Begin to make spans: in the worker, whose pool may be threads, and in each prefork child."""
    spans.begin("worker")


@signals.worker_shutdown.connect
@signals.worker_process_shutdown.connect
def end_tracing(**_: Any) -> None:
    """Send the spans that are left."""
    spans.end()


@signals.worker_process_shutdown.connect
def forget_metrics(*, pid: int, **_: Any) -> None:
    """Drop the gauges of a prefork child that has ended."""
    if settings.METRICS_MERGED:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # it has no types
