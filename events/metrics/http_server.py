"""Metrics and liveness, served by a thread: ``/metrics`` and ``/livez`` on ``METRICS_PORT``, in every process.

A thread answers even when the event loop of a web process is stalled.
"""

import json
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import TCPServer
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, GCCollector, ProcessCollector, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.multiprocess import MultiProcessCollector

from events.metrics import process_metrics

CLIENT_SECONDS = 5.0
checks: list[Callable[[], str]] = []
"""Each returns why this process has to be restarted, or an empty text."""
_serving: list[WSGIServer] = []


def registry() -> CollectorRegistry:
    """This process's metrics; with ``PROMETHEUS_MULTIPROC_DIR``, those of all processes that share the folder.

    Memory, garbage collector and database pool are always those of the process that answers.
    """
    if not settings.METRICS_MERGED:
        return REGISTRY
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]  # it has no types
    ours = (process_metrics.Pools, process_metrics.Pauses, process_metrics.MemoryLimit)
    for of_this_process in (ProcessCollector, GCCollector, *ours):
        of_this_process(registry=merged)
    return merged


class Server(ThreadingWSGIServer):
    """A thread for each connection."""

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which may be slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "metrics", self.server_address[1]
        self.setup_environ()


class Handler(WSGIRequestHandler):
    """Logs no request, and drops a client that sends nothing for a few seconds."""

    timeout = CLIENT_SECONDS

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """``/livez``, and the metrics at any other path."""
    if environ["PATH_INFO"] == "/livez":
        return livez(start_response)
    answer: Iterable[bytes] = make_wsgi_app(registry())(environ, start_response)
    return answer


def livez(start_response: Callable[..., Any]) -> Iterable[bytes]:
    """200, or 503 with the reasons why this process has to be restarted."""
    reasons = [reason for check in checks if (reason := check())]
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    answer = {"status": "stalled", "reasons": reasons} if reasons else {"status": "alive"}
    start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def serve() -> int:
    """Serve both from a thread until the process ends, to this host alone unless ``METRICS_PUBLIC``; return the port.

    Without ``METRICS_PORT`` nothing is served and 0 is returned. A second call does nothing.

    Raises:
        OSError: the port is taken.
    """
    if settings.METRICS_PORT and not _serving:
        address = "0.0.0.0" if settings.METRICS_PUBLIC else "127.0.0.1"  # noqa: S104  # METRICS_PUBLIC asks for it
        server = make_server(address, settings.METRICS_PORT, application, Server, Handler)
        _serving.append(server)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return int(settings.METRICS_PORT)


def stop() -> None:
    """Stop serving; for tests."""
    while _serving:
        server = _serving.pop()
        server.shutdown()
        server.server_close()
