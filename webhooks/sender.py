"""Sends the deliveries to endpoints. One runs beside each dispatcher, and starts a thread for each attempt.

How many run at a time is bounded: in all, for each endpoint, and for each host. Endpoints whose last attempt failed
have one at a time, and half of the threads together. So a slow endpoint delays no other. The ledger holds all else:
what is due, in which order, and who has it.
"""

import random
import threading
from collections import Counter, defaultdict
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from events import operations, switches
from events.dispatch import dispatcher, reservations
from events.dispatch.task_runner import run_delivery
from events.models import Delivery
from events.receivers import FAMILIES, Kind, Receiver
from orders.event_types import ALL_EVENTS, CREATED
from tenants.context import across_tenants, tenant_context
from tenants.db import sql
from webhooks import services
from webhooks.delivering import attempt
from webhooks.models import FAMILY, Endpoint

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
OF_AN_ENDPOINT, OF_A_HOST = 4, 8
"""How many attempts may run at a time."""
MOST_FOUND = 1000
LONGEST_PAUSE_SECONDS: Final = 3 * 3600.0
ATTEMPTS: Final = 45
"""Pauses of 1, 2, 4 … seconds up to three hours, less a quarter by jitter: the last attempt is after three days."""
DUE = """
    SELECT DISTINCT tenant_id, receiver FROM events_delivery
    WHERE status IN {unfinished} AND due_at <= %s AND receiver LIKE %s LIMIT %s
"""

FAMILIES[FAMILY] = Receiver(
    FAMILY,
    frozenset(ALL_EVENTS),
    attempt,
    kind=Kind.OUTSIDE,
    ordered=True,
    first=CREATED,
    max_attempts=ATTEMPTS,
    lease_seconds=2 * settings.WEBHOOKS_TIMEOUT_SECONDS + 15,
    longest_pause_seconds=LONGEST_PAUSE_SECONDS,
)


def due_endpoints() -> list[tuple[UUID, list[str]]]:
    """The tenants with deliveries that are due, and the endpoints' names in the ledger, in random order."""
    statement = DUE.format(unfinished=sql.places(Delivery.UNFINISHED))
    found: dict[UUID, list[str]] = defaultdict(list)
    with across_tenants():
        rows = sql.rows(statement, *Delivery.UNFINISHED, timezone.now(), f"{FAMILY}:%", MOST_FOUND)
    for tenant_id, name in rows:
        found[sql.as_uuid(tenant_id)].append(name)
    return random.sample([*found.items()], len(found))


class Sender:
    """Starts attempts as they are due."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: dict[threading.Thread, Endpoint] = {}
        self.failing: set[str] = set()
        """The endpoints, by their names in the ledger, whose last attempt failed."""
        self.woken = threading.Event()
        self.stopping = False
        self.thread = threading.Thread(target=self.run, name="webhooks", daemon=True)

    def run(self) -> None:
        """Start what is due until :meth:`stop`, then wait for what runs."""
        services.on_opened.append(self.woken.set)
        try:
            while not self.stopping:
                self.woken.wait(POLL_SECONDS)
                self.woken.clear()
                if not self.stopping:
                    self.turn()
        finally:
            services.on_opened.remove(self.woken.set)
            connection.close()
        for thread in list(self.running):
            thread.join()

    def stop(self) -> None:
        """Start no more attempts."""
        self.stopping = True
        self.woken.set()

    def turn(self) -> int:
        """Start what is due and has room; return how many attempts were started. Never raises."""
        try:
            return sum(self.start_for(tenant_id, names) for tenant_id, names in due_endpoints())
        except Exception:
            log.exception("webhooks_turn_failed")
            connection.close()  # It may be broken; the next turn opens another.
            return 0

    def start_for(self, tenant_id: UUID, names: list[str]) -> int:
        """Start attempts for these endpoints of a tenant; skip the deliveries of those that are disabled or gone."""
        if services.RECEIVER in switches.switched_off(tenant_id):
            return 0
        started = 0
        with tenant_context(tenant_id):
            ids = [UUID(name.partition(":")[2]) for name in names]
            enabled = {one.receiver: one for one in services.endpoints().filter(pk__in=ids, enabled=True)}
            for name in names:
                if name in enabled:
                    started += self.start(tenant_id, enabled[name])
                else:
                    operations.skip_waiting(tenant_id, name, reason=services.DISABLED)
        return started

    def start(self, tenant_id: UUID, endpoint: Endpoint) -> int:
        """Start as many attempts for an endpoint as are due and have room; return how many."""
        room = self.room(endpoint)
        due = reservations.reserve(tenant_id, [services.rules_of(endpoint)], limit=room) if room > 0 else []
        for delivery in due:
            thread = threading.Thread(target=self.work, args=(endpoint, delivery.pk), name="webhook", daemon=True)
            with self.lock:
                self.running[thread] = endpoint
            thread.start()
        return len(due)

    def room(self, endpoint: Endpoint) -> int:
        """How many more attempts may be started for the endpoint."""
        with self.lock:
            running = list(self.running.values())
            names = Counter(one.receiver for one in running)
            hosts = Counter(host_of(one) for one in running)
            free, most = settings.WEBHOOKS_THREADS - len(running), OF_AN_ENDPOINT
            if endpoint.receiver in self.failing:
                failing = sum(number for name, number in names.items() if name in self.failing)
                free, most = min(free, settings.WEBHOOKS_THREADS // 2 - failing), 1
        return min(free, most - names[endpoint.receiver], OF_A_HOST - hosts[host_of(endpoint)])

    def work(self, endpoint: Endpoint, delivery: UUID) -> None:
        """Make one attempt, on a thread of its own."""
        has_succeeded = False
        try:
            has_succeeded = run_delivery(delivery, partial(attempt, endpoint.pk, delivery))
        except Exception:  # The outcome could not be recorded: the lease ends, and another attempt follows.
            log.exception("delivery_not_recorded", delivery_id=str(delivery))
        finally:
            connection.close()
            with self.lock:
                del self.running[threading.current_thread()]
                (self.failing.discard if has_succeeded else self.failing.add)(endpoint.receiver)
            self.woken.set()


def host_of(endpoint: Endpoint) -> str:
    """The host that the endpoint is on."""
    return urlsplit(endpoint.url).hostname or ""


dispatcher.COMPANIONS.append(Sender)
