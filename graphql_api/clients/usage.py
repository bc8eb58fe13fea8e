"""Counts which parts of the schema each client uses, in memory, and writes the counts in batches.

An operation costs one addition: 5 µs, measured on a machine with other work. A thread of its own writes every
``GRAPHQL_USAGE_SECONDS``, tenant by tenant, and once more when the process ends. Counts are an aid, not a record: a
process that is killed loses its last seconds.
"""

import atexit
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import Counter as Metric

from graphql_api.clients.models import SchemaUse
from graphql_server.documents.uses import Use
from tenants.context import Caller, tenant_context
from tenants.values.identifiers import uuid7

logger = structlog.get_logger(__name__)

MOST_KEYS: Final = 2_000
"""The most combinations of tenant, client and operation that are counted until the next write."""
MOST_CLIENTS: Final = 100
"""The most names and versions of clients of a tenant; the operations of further ones count as ``OTHER``."""
OTHER: Final = "other"
KEPT: Final = timedelta(days=90)
"""A row that was last used so long ago is deleted."""
CLEANING_SECONDS: Final = 3_600.0

DEPRECATED_USES = Metric(
    "graphql_deprecated_uses",
    "Operations that used a deprecated part of the schema, by its coordinate and the client: one with documents in "
    "contracts/, else other.",
    ["coordinate", "client"],
)
NOT_COUNTED = Metric(
    "graphql_uses_not_counted", "Operations whose use of the schema was not counted, for lack of room."
)

Key = tuple[UUID | None, str, str, Use]
Counts = Counter[tuple[str, str, str]]
"""By coordinate, client and version."""
UPSERT: Final = """
INSERT INTO clients_schemause
    (id, tenant_id, coordinate, client, client_version, count, first_used_at, last_used_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, coordinate, client, client_version) DO UPDATE
SET count = clients_schemause.count + excluded.count, last_used_at = excluded.last_used_at
"""


class Usage:
    """The counts of this process. Safe for threads.

    Args:
        deprecated: the deprecated parts of the schema.
        clients: the names of clients that metrics may show.
    """

    def __init__(self, deprecated: Mapping[str, str], clients: frozenset[str]) -> None:
        self._deprecated = deprecated
        self._clients = clients
        self._counts: Counter[Key] = Counter()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._cleaned: dict[UUID, float] = {}
        self._known: dict[UUID, set[tuple[str, str]]] = {}
        """By tenant: the clients and versions that have rows, as far as they were needed."""

    def count(self, caller: Caller, use: Use) -> None:
        """Count one operation."""
        if not settings.GRAPHQL_USAGE_SECONDS:
            return
        key = caller.tenant_id, caller.client, caller.client_version, use
        with self._lock:
            if len(self._counts) >= MOST_KEYS and key not in self._counts:
                NOT_COUNTED.inc()
                return
            self._counts[key] += 1
            if self._thread is None:
                self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()
        atexit.register(self.flush)

    def _run(self) -> None:
        while True:
            time.sleep(settings.GRAPHQL_USAGE_SECONDS)
            self.flush()
            connection.close()

    def flush(self) -> None:
        """Write what was counted. What could not be written is counted again, for the next time. Never raises."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        by_tenant: defaultdict[UUID | None, Counts] = defaultdict(Counter)
        for (tenant_id, client, version, use), times in counts.items():
            for coordinate in use.coordinates:
                by_tenant[tenant_id][coordinate, client, version] += times
        failed = set()
        for tenant_id, uses in by_tenant.items():
            try:
                if tenant_id is not None:
                    self._write(tenant_id, uses)
            except Exception as error:
                failed.add(tenant_id)
                logger.warning("graphql_usage_not_written", error=type(error).__qualname__)
            else:
                self._show(uses)
        with self._lock:
            again = Counter({key: times for key, times in counts.items() if key[0] in failed})
            self._counts = again + self._counts if len(again) + len(self._counts) <= MOST_KEYS else self._counts

    def _show(self, uses: Counts) -> None:
        for (coordinate, client, _), times in uses.items():
            if coordinate in self._deprecated:
                DEPRECATED_USES.labels(coordinate, client if client in self._clients else OTHER).inc(times)

    def _write(self, tenant_id: UUID, uses: Counts) -> None:
        now = timezone.now()
        with tenant_context(tenant_id), transaction.atomic():
            if time.monotonic() - self._cleaned.get(tenant_id, -CLEANING_SECONDS) >= CLEANING_SECONDS:
                SchemaUse.objects.filter(last_used_at__lt=now - KEPT).delete()
                self._cleaned[tenant_id] = time.monotonic()
                self._known.pop(tenant_id, None)
            folded = self._folded(tenant_id, uses)
            rows = [self._row(tenant_id, *key, times, now) for key, times in sorted(folded.items())]
            with connection.cursor() as cursor:
                cursor.executemany(UPSERT, rows)

    def _folded(self, tenant_id: UUID, uses: Counts) -> Counts:
        """The counts, with the clients for which the tenant has no room as ``OTHER``.

        Clients choose their names and versions, so without a limit the table could grow forever. The table is read
        only for a client that is not known yet, while there is room.
        """
        known = self._known.setdefault(tenant_id, set())
        if len(known) < MOST_CLIENTS and not {key[1:] for key in uses} <= known:
            known |= set(SchemaUse.objects.values_list("client", "client_version").distinct())
        found: Counts = Counter()
        for (coordinate, client, version), times in uses.items():
            one = client, version
            if len(known) < MOST_CLIENTS:
                known.add(one)
            found[(coordinate, *(one if one in known else (OTHER, "")))] += times
        return found

    @staticmethod
    def _row(tenant_id: UUID, coordinate: str, client: str, version: str, times: int, now: datetime) -> list[Any]:
        fields = {field.attname: field for field in SchemaUse._meta.concrete_fields}
        values = (uuid7(), tenant_id, coordinate, client, version, times, now, now)
        names = ("id", "tenant_id", "coordinate", "client", "client_version", "count", "first_used_at", "last_used_at")
        return [fields[name].get_db_prep_save(value, connection) for name, value in zip(names, values, strict=True)]
