"""Write the audit trail."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, TypedDict, Unpack, cast
from uuid import UUID

from django.db import connection, transaction

from audit.chain import GENESIS, RecordContent, chain_hash
from audit.models import AuditHead, AuditLog
from tenants.context import current_caller, current_tenant_id
from tenants.db import sql
from tenants.db.bulk_insert import insert, insert_later


class Details(TypedDict, total=False):
    """Optional fields of a record; the actor defaults to the current caller."""

    event_id: UUID | None
    actor: str | None
    ip: str | None
    request_id: str | None


class Entry(Details):
    """The fields of a record to be written."""

    action: str
    object_id: object
    metadata: Mapping[str, Any]


Key = tuple[UUID | None, str]

BEGIN = "INSERT INTO audit_audithead (tenant_id, position, hash) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
LOCK = "SELECT position, hash FROM audit_audithead WHERE tenant_id = %s {lock}"
KNOWN = "SELECT 1 FROM audit_auditlog WHERE tenant_id = %s AND event_id IN {events} LIMIT 1"
MOVE = "UPDATE audit_audithead SET position = %s, hash = %s WHERE tenant_id = %s"


def write_audit_log(
    action: str, object_id: object, metadata: Mapping[str, Any], **details: Unpack[Details]
) -> AuditLog:
    """Append one record to the current tenant's chain and return it; see :func:`write_audit_logs`.

    Raises:
        TypeError, ValueError: the metadata is not JSON.
    """
    entry: Entry = {"action": action, "object_id": object_id, "metadata": metadata, **details}
    return append([entry], insert)[0]


def write_audit_logs(entries: Sequence[Entry]) -> None:
    """Append records to the current tenant's chain, in this order; on PostgreSQL this waits for one answer.

    In the caller's transaction if there is one; the caller must roll back if this, or the transaction's next statement,
    fails in the database. An entry whose ``event_id`` and action have a record already adds nothing.

    Raises:
        TypeError, ValueError: a record's metadata is not JSON; nothing is written.
    """
    append(entries, insert_later)


def append(entries: Sequence[Entry], insert_all: Callable[[Sequence[AuditLog]], object]) -> list[AuditLog]:
    """Append records that are inserted by ``insert_all``, and return them, with those that there were before."""
    tenant_id = current_tenant_id()
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        head, known = locked_head(tenant_id, entries)
        records, added = [], []
        for entry in entries:
            key = entry.get("event_id"), entry["action"]
            record = known.get(key) if key[0] else None
            if record is None:
                record = known[key] = chained(head, entry)
                added.append(record)
            records.append(record)
        if added:
            insert_all(added)
            sql.change_later(MOVE, head.position, head.hash, tenant_id)
    return records


def locked_head(tenant_id: UUID, entries: Sequence[Entry]) -> tuple[AuditHead, dict[Key, AuditLog]]:
    """The end of the tenant's chain, locked until the transaction ends, and the existing records of these events.

    One message to PostgreSQL: a lock that is a statement of its own, and then a statement that sees all that was
    committed before the lock was acquired.
    """
    events: list[UUID | None] = [entry.get("event_id") for entry in entries]
    known = KNOWN.format(events=sql.places(events))
    while True:
        found, repeats = sql.rows_of_each((LOCK, [tenant_id]), (known, [tenant_id, *events]))
        if found:
            break
        sql.change(BEGIN, tenant_id, 0, GENESIS)
    position, digest = found[0]
    return AuditHead(tenant_id=tenant_id, position=position, hash=digest), earlier_records(events) if repeats else {}


def earlier_records(events: Sequence[UUID | None]) -> dict[Key, AuditLog]:
    """The records of these events, by event and action."""
    return {(record.event_id, record.action): record for record in AuditLog.objects.filter(event_id__in=events)}


def chained(head: AuditHead, entry: Entry) -> AuditLog:
    """The entry's record, chained to the head, which moves to it."""
    caller = current_caller()
    record = AuditLog(
        tenant_id=head.tenant_id,
        position=head.position + 1,
        action=entry["action"],
        object_id=str(entry["object_id"]),
        metadata=dict(entry["metadata"]),
        event_id=entry.get("event_id"),
        actor=entry.get("actor") or caller.actor,
        ip=as_stored(entry.get("ip") or caller.ip),
        request_id=entry.get("request_id") or caller.request_id,
        previous_hash=head.hash,
    )
    content = RecordContent(*(getattr(record, name) for name in RecordContent._fields))
    record.hash = head.hash = chain_hash(head.tenant_id, content)
    head.position = record.position
    return record


@lru_cache(1000)
def as_stored(ip: str | None) -> str | None:
    """The address as the database returns it: IPv6 can be written in many ways."""
    return cast("str | None", AuditLog._meta.get_field("ip").get_prep_value(ip))
