"""Sends the deliveries to endpoints. One runs beside each dispatcher, and starts a thread for each attempt.

How many run at a time is bounded: in all, for each endpoint, and for each host. Endpoints whose last attempt failed
have one at a time, and half of the threads together. So a slow endpoint delays no other. The ledger holds all else:
what is due, in which order, and who has it.
"""

import random
import threading
import time
from collections import Counter, defaultdict
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from events import operations, switches
from events.dispatch import dispatcher, reservations
from events.dispatch.task_runner import run_delivery
from events.errors import RetryLater
from events.models import Delivery, Event
from events.receivers import FAMILIES, Kind, Receiver
from orders.event_types import ALL_EVENTS, CREATED
from tenants.context import across_tenants, tenant_context
from webhooks import services
from webhooks.delivering import attempt
from webhooks.models import FAMILY, Endpoint

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
OF_AN_ENDPOINT, OF_A_HOST = 4, 8
"""The most attempts that run at a time for an endpoint, and for a host."""
MOST_FOUND = 1000
LONGEST_PAUSE_SECONDS: Final = 3 * 3600.0
ATTEMPTS: Final = 45
"""Pauses of 1, 2, 4 … seconds up to three hours, less a quarter by jitter: the last attempt is after three days."""

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
    found: dict[UUID, list[str]] = defaultdict(list)
    with across_tenants():
        for tenant_id, name in due_pairs():
            found[tenant_id].append(name)
    return random.sample([*found.items()], len(found))


def due_pairs() -> QuerySet[Delivery, tuple[UUID, str]]:
    """Each endpoint with deliveries that are due: its tenant's id and its name. The index ``delivery_due_in_family``.

    The two conditions on the receiver are its own and the index's.
    """
    waiting = Delivery.objects.all_tenants().filter(status__in=Delivery.UNFINISHED, receiver__contains=":")
    due = waiting.filter(receiver__startswith=f"{FAMILY}:", due_at__lte=timezone.now())
    pairs: QuerySet[Delivery, tuple[UUID, str]] = due.values_list("tenant_id", "receiver").distinct()[:MOST_FOUND]
    return pairs


class Sender:
    """Starts attempts as they are due."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: dict[threading.Thread, Endpoint] = {}
        self.failing: dict[str, float] = {}
        """The endpoints, by their names in the ledger, whose last attempt failed. Each with the moment, by the
        monotonic clock, before which it wants no other."""
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
        started = 0
        try:
            for tenant_id, names in due_endpoints() if self.has_room() else []:
                started += self.start_for(tenant_id, names)
                if not self.has_room():
                    break
        except Exception:
            log.exception("webhooks_turn_failed")
            connection.close()  # It may be broken; the next turn opens another.
        return started

    def has_room(self) -> bool:
        """Whether a thread is free. The end of an attempt wakes the sender."""
        return len(self.running) < settings.WEBHOOKS_THREADS

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
        """The number of further attempts that may be started for the endpoint now."""
        with self.lock:
            running = list(self.running.values())
            names = Counter(one.receiver for one in running)
            hosts = Counter(host_of(one) for one in running)
            free, most = settings.WEBHOOKS_THREADS - len(running), OF_AN_ENDPOINT
            if endpoint.receiver in self.failing:
                if time.monotonic() < self.failing[endpoint.receiver]:
                    return 0
                failing = sum(number for name, number in names.items() if name in self.failing)
                free, most = min(free, settings.WEBHOOKS_THREADS // 2 - failing), 1
        return min(free, most - names[endpoint.receiver], OF_A_HOST - hosts[host_of(endpoint)])

    def work(self, endpoint: Endpoint, delivery: UUID) -> None:
        """Make one attempt, on a thread of its own."""
        has_succeeded, pause_seconds = False, 0.0

        def send(event: Event) -> None:
            nonlocal pause_seconds
            try:
                attempt(endpoint.pk, delivery, event)
            except RetryLater as error:
                pause_seconds = error.seconds
                raise

        try:
            has_succeeded = run_delivery(delivery, send)
        except Exception:  # The outcome could not be recorded: the lease ends, and another attempt follows.
            log.exception("delivery_not_recorded", delivery_id=str(delivery))
        finally:
            connection.close()
            with self.lock:
                del self.running[threading.current_thread()]
                asked_before = self.failing.pop(endpoint.receiver, 0.0)
                if not has_succeeded:
                    asked = time.monotonic() + min(pause_seconds, LONGEST_PAUSE_SECONDS)
                    self.failing[endpoint.receiver] = max(asked_before, asked)
            self.woken.set()


def host_of(endpoint: Endpoint) -> str:
    """The host that the endpoint is on."""
    return urlsplit(endpoint.url).hostname or ""


dispatcher.COMPANIONS.append(Sender)
