"""Where processes without a web server tell their metrics: workers and relays, on ``METRICS_PORT``."""

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def registry() -> CollectorRegistry:
    """This process's metrics; with ``PROMETHEUS_MULTIPROC_DIR``, those of all processes that share the folder."""
    if not settings.METRICS_MERGED:
        return REGISTRY
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]  # it has no types
    return merged


def serve() -> int:
    """Serve them from a thread until the process ends, to this machine alone unless ``METRICS_PUBLIC``; the port.

    Without ``METRICS_PORT`` nothing is served, and the answer is 0.
    """
    if not settings.METRICS_PORT:
        return 0
    address = "0.0.0.0" if settings.METRICS_PUBLIC else "127.0.0.1"  # noqa: S104  # that is what it says
    start_http_server(settings.METRICS_PORT, addr=address, registry=registry())
    return int(settings.METRICS_PORT)
