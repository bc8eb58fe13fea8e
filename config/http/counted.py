"""Counts and times HTTP requests, by the part of the site and the class of the status."""

from functools import cache
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram

from graphql_server.asgi_types import App, Message, Receive, Scope, Send

AREAS: Final = frozenset({"graphql", "api", "admin", "documents", "static", "livez", "readyz", "metrics"})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LEFT: Final = "none"
"""The status of a request whose client left before there was one."""
LONGEST_FIRST_SEGMENT: Final = 10

REQUESTS = Counter(
    "http_requests",
    "HTTP requests by the part of the site, the method and the class of the status (2xx …; none: the client left).",
    ["area", "method", "status"],
)
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "From a request's headers to the end of its answer, in seconds.",
    ["area"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_requests, _seconds = cache(REQUESTS.labels), cache(REQUEST_SECONDS.labels)


class Counted:
    """ASGI middleware for HTTP. Costs about 5 µs a request: two calls on metrics."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = perf_counter(), LEFT

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        noting.__wrapped__ = send  # type: ignore[attr-defined]  # for graphql_server.servers.writers.protocol_of
        try:
            await self.app(scope, receive, noting)
        except Exception:
            status = "5xx"
            raise
        finally:
            area, method = area_of(scope), scope["method"]
            _requests(area, method if method in METHODS else "other", status).inc()
            _seconds(area).observe(perf_counter() - began)


def area_of(scope: Scope) -> str:
    """The part of the site: the first segment of the path, if it is one of ours; else ``site``."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    first = path[1 : LONGEST_FIRST_SEGMENT + 1].partition("/")[0]
    return first if first in AREAS else "site"
