"""The numbering pass: number the committed events of many tenants in one transaction, and open their deliveries."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from events import switches
from events.dispatch import ledger
from events.dispatch.backoff import backoff, database_answers
from events.log_reader import head
from events.metrics import metrics
from events.models import Delivery, Event, Stream
from events.receivers import Kind, of_types, receivers_for, receivers_of
from tenants.context import in_its_tenant, tenant_context
from tenants.db import sql
from tenants.db.bulk_insert import insert
from tenants.db.compiled_queries import Rows
from tenants.tracing import spans

log = structlog.get_logger(__name__)

PASS_EVENTS = 500
"""The most events of one tenant that a pass numbers; after as many of several tenants, it leaves the rest."""
LOCK = """
    SELECT tenant_id, CASE WHEN head < resumed_at THEN resumed_at ELSE head END, asked_for FROM events_stream
    WHERE tenant_id IN {ids} ORDER BY tenant_id {lock}
"""
COLUMNS = ", ".join(str(field.column) for field in Event._meta.concrete_fields)
NUMBER = f"""
    UPDATE events_event SET sequence = waiting.place, numbered_at = %s FROM (
        SELECT insertion_id AS which, %s + ROW_NUMBER() OVER (ORDER BY insertion_id) AS place FROM events_event
        WHERE tenant_id = %s AND sequence IS NULL ORDER BY insertion_id LIMIT {PASS_EVENTS}
    ) AS waiting WHERE insertion_id = waiting.which RETURNING {COLUMNS}
"""  # noqa: S608  # made of constants
MOVE = "UPDATE events_stream SET head = %s WHERE tenant_id = %s"

ReservedFor = Callable[[UUID], Collection[str]]
"""The receivers of a tenant whose new deliveries are reserved for the caller."""


class Locked(NamedTuple):
    """The values of a locked stream: its last sequence, and the receivers that the tenant has requested."""

    head: int
    asked_for: frozenset[str]


class Numbered(NamedTuple):
    """The events of a tenant that a pass has numbered, in order, and the deliveries that it opened for them."""

    tenant_id: UUID
    events: list[Event]
    opened: list[Delivery]

    @property
    def reserved(self) -> list[Delivery]:
        """The deliveries that are reserved for the caller."""
        return [delivery for delivery in self.opened if delivery.is_reserved]

    @property
    def is_full(self) -> bool:
        """Whether the tenant may have more unnumbered events."""
        return len(self.events) >= PASS_EVENTS


def no_receivers(tenant_id: UUID) -> Collection[str]:
    """Reserve no deliveries."""
    return ()


def number(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """Run a numbering pass of one tenant that reserves no deliveries; return the numbered events, in order."""
    return [event for numbered in run_numbering_pass([tenant_id], wait=wait) for event in numbered.events]


def advance(tenant_id: UUID) -> int:
    """Number every committed event, notify the live receivers, and return the new head of the stream."""
    while events := number(tenant_id):
        notify_live_receivers(tenant_id, events)
        if len(events) < PASS_EVENTS:
            return events[-1].sequence or 0
    with tenant_context(tenant_id):
        return head(tenant_id)


def number_and_notify(
    tenant_ids: Sequence[UUID], *, wait: bool = False, reserved_for: ReservedFor = no_receivers
) -> list[Numbered]:
    """Number the tenants' committed events, then notify the live receivers; return the tenants that had any.

    A tenant whose numbering fails is paused, and does not stop the others.
    """
    began = time.time()
    passed = number_each(tenant_ids, wait=wait, reserved_for=reserved_for)
    if spans.tracing is not None:
        events = [event for numbered in passed for event in numbered.events]
        traces = [event.traceparent for event in events]
        spans.tracing.record("numbering pass", "consumer", began, traces, events=len(events))
    for numbered in passed:
        notify_live_receivers(numbered.tenant_id, numbered.events)
    return passed


def number_each(tenant_ids: Sequence[UUID], *, wait: bool, reserved_for: ReservedFor) -> list[Numbered]:
    """Number the tenants together; if that fails, each separately."""
    ready = [tenant_id for tenant_id in tenant_ids if not backoff.is_paused("numbering", tenant_id)]
    if len(ready) > 1:
        try:
            return run_numbering_pass(ready, wait=wait, reserved_for=reserved_for)
        except Exception as error:  # of any kind: the tenant to blame is found below
            if connection.in_atomic_block or not database_answers():
                raise
            log.warning("pass_failed", tenants=len(ready), error=type(error).__name__)
    passed: list[Numbered] = []
    for tenant_id in ready:
        alone = partial(run_numbering_pass, [tenant_id], wait=wait, reserved_for=reserved_for)
        passed += backoff.attempt("numbering", tenant_id, alone) or []
    return passed


def run_numbering_pass(
    tenant_ids: Sequence[UUID], *, wait: bool = True, reserved_for: ReservedFor = no_receivers
) -> list[Numbered]:
    """Give the tenants' committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the locks of the tenants' streams. The lock is one statement and the numbering is a later one:
    under READ COMMITTED it sees every event that had committed when the lock was acquired. So no event can appear later
    with a sequence before one that is numbered here. Each tenant is one message to PostgreSQL, in its own context:
    row-level security holds here too. Without ``wait`` a stream that another process is numbering (PostgreSQL) is left
    alone. For ``reserved_for`` see :func:`events.dispatch.ledger.open_deliveries`.
    """
    passed: list[Numbered] = []
    types: Counter[str] = Counter()
    with transaction.atomic():
        for tenant_id, stream in locked_streams(tenant_ids, wait=wait).items():
            with tenant_context(tenant_id):
                if events := numbered_after(tenant_id, stream.head):
                    sql.change_later(MOVE, events[-1].sequence, tenant_id)
                    wanted = receivers_for(stream.asked_for)
                    opened = ledger.open_deliveries(events, wanted, reserved_for=reserved_for(tenant_id))
                    passed.append(Numbered(tenant_id, events, opened))
                    types.update(event.type for event in events)
            if types.total() >= PASS_EVENTS:
                break
    if types:
        transaction.on_commit(partial(metrics.count_numbered, types))  # The caller's transaction, if there is one.
    return passed


def locked_streams(tenant_ids: Sequence[UUID], *, wait: bool) -> dict[UUID, Locked]:
    """Lock the tenants' streams and return what they say; without ``wait``, of those that are not locked.

    A stream that does not exist is made.
    """
    streams: dict[UUID, Locked] = {}
    while missing := sorted(set(tenant_ids) - streams.keys()):
        found = sql.rows(LOCK.format(ids=sql.places(missing), lock="{lock}"), *missing, wait=wait)
        for tenant_id, last, asked_for in found:
            streams[sql.as_uuid(tenant_id)] = Locked(int(last), frozenset(asked_for.split()))
        new = [Stream(tenant_id=tenant_id) for tenant_id in missing if tenant_id not in streams]
        if not insert(new, skip_conflicts=True) and not wait:
            break
    return streams


def numbered_after(tenant_id: UUID, last: int) -> list[Event]:
    """Number the tenant's first unnumbered events, from the sequence after ``last`` on; return them in order."""
    numbered = event_rows().objects(sql.rows(NUMBER, timezone.now(), last, tenant_id))
    return sorted(numbered, key=lambda event: event.sequence or 0)


@cache
def event_rows() -> Rows[Event]:
    """Makes events of ``COLUMNS``."""
    return Rows.of(Event.unguarded.all())


@in_its_tenant
def notify_live_receivers(tenant_id: UUID, events: Sequence[Event]) -> None:
    """Call the live receivers. A failure is logged and does no harm, since subscribers read the log."""
    off = switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.LIVE]):
        wanted = [] if receiver.name in off else of_types(events, receiver)
        try:
            if wanted:
                receiver.handle(wanted)
        except Exception:
            log.exception("live_receiver_failed", receiver=receiver.name, tenant_id=str(tenant_id))
