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
from events.metrics.http_server import registry
from events.models import Event
from tenants.auth.proxies import address_of, is_from_this_machine, lower
from tenants.context import across_tenants
from tenants.models import Tenant

CHECK_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Unnumbered events older than this say that no dispatcher and no relay is at work."""


class NotWell(Exception):
    """A dependency answers, but not as it should; the message is for everybody."""


@dataclass(slots=True)
class Probe:
    """One dependency. A check that hangs is not started twice, so that it never holds more than one thread."""

    check: Callable[[], None]
    needed: bool
    running: "Future[float] | None" = None

    async def report(self, pool: ThreadPoolExecutor) -> dict[str, Any]:
        """How it is, in at most a second: ``ok``, and why not; an error's text stays with us, it may name hosts."""
        if self.running is None or self.running.done():
            self.running = pool.submit(timed, self.check)
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                seconds = await asyncio.shield(asyncio.wrap_future(self.running))
        except TimeoutError:
            return {"ok": False, "needed": self.needed, "error": f"no answer within {CHECK_SECONDS:g} s"}
        except NotWell as error:
            return {"ok": False, "needed": self.needed, "error": str(error)}
        except Exception as error:  # whatever it is, it is what we report
            return {"ok": False, "needed": self.needed, "error": type(error).__name__}
        return {"ok": True, "needed": self.needed, "ms": round(seconds * 1000, 1)}


def timed(check: Callable[[], None]) -> float:
    """How many seconds the check took."""
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


def check_relay() -> None:
    """No committed event has waited long for its number."""
    try:
        unnumbered = Event.unguarded.filter(sequence=None).order_by("insertion_id")
        with across_tenants():
            oldest = unnumbered.values_list("id", flat=True).first()
    finally:
        connection.close()
    if oldest is not None:
        made_at = (oldest.int >> 80) / 1000  # UUIDv7 begins with its time in milliseconds.
        waited = time.time() - made_at
        if waited > STALE_SECONDS:
            raise NotWell(f"the oldest event has waited {waited:.0f} s")


PROBES = {
    "database": Probe(check_database, needed=True),
    "channel_layer": Probe(check_channel_layer, needed=False),
    "broker": Probe(check_broker, needed=False),
    "relay": Probe(check_relay, needed=False),
}
pool = ThreadPoolExecutor(max_workers=len(PROBES), thread_name_prefix="health")


@require_safe
async def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nothing else: restarting us would not mend a database."""
    return JsonResponse({"status": "alive"})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """Whether orders can be taken (200) or not (503), and each dependency by name.

    Orders need the database alone. Without broker, channel layer or relay we are degraded: effects come later.
    """
    reports = await asyncio.gather(*(probe.report(pool) for probe in PROBES.values()))
    checks = dict(zip(PROBES, reports, strict=True))
    status = "ready" if all(one["ok"] for one in reports) else "degraded"
    if not all(one["ok"] for one in reports if one["needed"]):
        status = "unavailable"
    code = HTTPStatus.SERVICE_UNAVAILABLE if status == "unavailable" else HTTPStatus.OK
    return JsonResponse({"status": status, "checks": checks}, status=code, headers={"Cache-Control": "no-store"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """This process's metrics in Prometheus's text format; for this machine alone, unless ``METRICS_PUBLIC``."""
    if not (settings.METRICS_PUBLIC or is_from_this_machine(address_of(request), lower(request.headers))):
        return HttpResponse("Metrics are for this machine alone; METRICS_PUBLIC opens them.\n", status=403)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
