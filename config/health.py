"""Liveness, readiness and metrics, for machines that watch us."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from config.celery import app as celery_app
from events.dispatch.periodic.dispatcher_heartbeat import is_any_running
from events.metrics.http_server import registry
from events.models import Event
from graphql_api.server import server
from tenants.auth.proxies import address_of, is_from_this_machine, lower
from tenants.context import across_tenants
from tenants.db.checks import missing_migrations
from tenants.db.replica.monitor import REPLICA
from tenants.db.replica.reading import monitor
from tenants.models import Tenant

CHECK_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Unnumbered events older than this show that no dispatcher is running."""


class Unhealthy(Exception):
    """A dependency answers wrongly; the message is public."""


@dataclass(slots=True)
class Probe:
    """A dependency. A check that hangs is not started a second time, so it holds at most one thread."""

    check: Callable[[], None]
    needed: bool
    running: "Future[float] | None" = None

    async def report(self, pool: ThreadPoolExecutor) -> dict[str, Any]:
        """Check within a second: ``ok``, or why not. Libraries' errors are shown by type: a text may name hosts."""
        if self.running is None or self.running.done():
            self.running = pool.submit(timed, self.check)
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                seconds = await asyncio.shield(asyncio.wrap_future(self.running))
        except TimeoutError:
            return {"ok": False, "needed": self.needed, "error": f"no answer within {CHECK_SECONDS:g} s"}
        except Unhealthy as error:
            return {"ok": False, "needed": self.needed, "error": str(error)}
        except Exception as error:  # any error is reported
            return {"ok": False, "needed": self.needed, "error": type(error).__name__}
        return {"ok": True, "needed": self.needed, "ms": round(seconds * 1000, 1)}


def timed(check: Callable[[], None]) -> float:
    """The seconds that the check took."""
    began = time.perf_counter()
    check()
    return time.perf_counter() - began


def check_database() -> None:
    """The database answers, and has our tables."""
    try:
        Tenant.objects.exists()
    finally:
        connection.close()


def check_broker() -> None:
    """Celery's broker lets us in."""
    with celery_app.connection_for_write(connect_timeout=CHECK_SECONDS) as broker:
        broker.connect()


def check_channel_layer() -> None:
    """The channel layer accepts a message to a channel without readers."""

    async def send() -> None:
        async with asyncio.timeout(CHECK_SECONDS):
            await get_channel_layer().send(f"{settings.CHANNEL_PREFIX}.health.{uuid4().hex}", {"type": "health"})

    asyncio.run(send())


def check_dispatcher() -> None:
    """A dispatcher runs, and no committed event has waited long for its number."""
    try:
        is_running = is_any_running()
        unnumbered = Event.unguarded.filter(sequence=None).order_by("insertion_id")
        with across_tenants():
            oldest = unnumbered.values_list("id", flat=True).first()
    finally:
        connection.close()
    if not is_running:
        raise Unhealthy("none is running; start one: manage.py dispatcher")
    if oldest is not None:
        made_at = (oldest.int >> 80) / 1000  # UUIDv7 begins with its time in milliseconds.
        waited = time.time() - made_at
        if waited > STALE_SECONDS:
            raise Unhealthy(f"the oldest event has waited {waited:.0f} s")


def check_replica() -> None:
    """The replica is used."""
    watched = monitor()
    if watched is None:
        return
    watched.start()
    watched.looked.wait(CHECK_SECONDS)
    if problem := watched.why_not():
        raise Unhealthy(f"it is left out, and the primary does its work: {problem}")


def check_migrations() -> None:
    """The database has the tables that this code needs."""
    try:
        missing = missing_migrations()
    finally:
        connection.close()
    if missing:
        raise Unhealthy(f"missing: {', '.join(missing)}; run: manage.py migrate")


PROBES = {
    "database": Probe(check_database, needed=True),
    "migrations": Probe(check_migrations, needed=True),
    "channel_layer": Probe(check_channel_layer, needed=False),
    "broker": Probe(check_broker, needed=False),
    "dispatcher": Probe(check_dispatcher, needed=False),
}
if REPLICA in settings.DATABASES:
    PROBES["replica"] = Probe(check_replica, needed=False)
pool = ThreadPoolExecutor(max_workers=len(PROBES), thread_name_prefix="health")


@require_safe
async def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. It checks nothing else: a restart would not repair a database."""
    return JsonResponse({"status": "alive"})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """Whether orders can be accepted (200) or not (503), and each dependency by name.

    Orders need only the database, with all migrations of this version. Without broker, channel layer, dispatcher or
    replica the state is degraded. While this process ends the state is ``draining``, at once and without any check.
    """
    if server.is_draining:
        return answer("draining", {})
    reports = await asyncio.gather(*(probe.report(pool) for probe in PROBES.values()))
    checks = dict(zip(PROBES, reports, strict=True))
    status = "ready" if all(one["ok"] for one in reports) else "degraded"
    if not all(one["ok"] for one in reports if one["needed"]):
        status = "unavailable"
    return answer(status, checks)


def answer(status: str, checks: dict[str, Any]) -> JsonResponse:
    """The answer: 503 for a process that must get no requests."""
    code = HTTPStatus.SERVICE_UNAVAILABLE if status in {"unavailable", "draining"} else HTTPStatus.OK
    return JsonResponse({"status": status, "checks": checks}, status=code, headers={"Cache-Control": "no-store"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """This process's metrics in Prometheus's text format; for this machine alone, unless ``METRICS_PUBLIC``."""
    if not (settings.METRICS_PUBLIC or is_from_this_machine(address_of(request), lower(request.headers))):
        return HttpResponse("Metrics are for this machine alone; METRICS_PUBLIC opens them.\n", status=403)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
