"""Write the audit trail, and check that nobody has changed it since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.models import AuditHead, AuditLog
from tenants.context import current_caller, current_tenant_id

GENESIS = "0" * 64


def write_audit_log(
    action: str,
    object_id: object,
    metadata: Mapping[str, Any],
    *,
    event_id: UUID | None = None,
    actor: str | None = None,
    ip: str | None = None,
    request_id: str | None = None,
) -> AuditLog:
    """Append one record to the current tenant's chain and return it; who did it defaults to the current caller.

    With an ``event_id``, a repeat for the same event and action returns the first record and writes nothing.
    """
    caller, tenant_id = current_caller(), current_tenant_id()
    with transaction.atomic():
        AuditHead.objects.get_or_create(tenant_id=tenant_id)
        head = AuditHead.objects.select_for_update().get(tenant_id=tenant_id)
        if event_id and (earlier := AuditLog.objects.filter(event_id=event_id, action=action).first()):
            return earlier  # type: ignore[no-any-return]  # the tenant manager is untyped
        record = AuditLog(
            tenant_id=tenant_id,
            position=head.position + 1,
            action=action,
            object_id=str(object_id),
            metadata=dict(metadata),
            event_id=event_id,
            actor=actor or caller.actor,
            ip=ip or caller.ip,
            request_id=request_id or caller.request_id,
            previous_hash=head.hash,
        )
        record.hash = head.hash = chain_hash(record)
        head.position = record.position
        record.save(force_insert=True)
        head.save(update_fields=["position", "hash"])
    return record


def chain_hash(record: AuditLog) -> str:
    """SHA-256, in hex, over the record's canonical JSON (sorted keys, no spaces, UTF-8) with the hash before it."""
    said = {
        "tenant": str(record.tenant_id),
        "position": record.position,
        "action": record.action,
        "object_id": record.object_id,
        "metadata": plain_numbers(record.metadata),
        "event_id": str(record.event_id) if record.event_id else None,
        "actor": record.actor,
        "ip": record.ip,
        "request_id": record.request_id,
        "created_at": record.created_at.isoformat(),
        "previous_hash": record.previous_hash,
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def plain_numbers(value: Any) -> Any:
    """The same JSON with whole floats as integers, as PostgreSQL gives them back: 1e22 as 1 and 22 zeros."""
    match value:
        case float() if value.is_integer():
            return int(Decimal(repr(value)))
        case dict():
            return {key: plain_numbers(inner) for key, inner in value.items()}
        case list():
            return [plain_numbers(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the chain found: how many records are sound, and the first position that is not."""

    verified: int
    broken_at: int | None = None

    @property
    def is_intact(self) -> bool:
        """Whether every record is as it was written."""
        return self.broken_at is None


def verify_audit_log() -> Verification:
    """Walk the current tenant's chain from its first record to its head and name the first that doesn't fit.

    Found are a changed, removed, inserted or moved record, and a tail cut off before the head.
    """
    expected, previous = 1, GENESIS
    for record in AuditLog.objects.order_by("position").iterator(chunk_size=2000):
        fits = record.position == expected and record.previous_hash == previous and record.hash == chain_hash(record)
        if not fits:
            return Verification(expected - 1, broken_at=expected)
        expected, previous = expected + 1, record.hash
    head = AuditHead.objects.filter(tenant_id=current_tenant_id()).first()
    if head and (head.position, head.hash) != (expected - 1, previous):
        return Verification(expected - 1, broken_at=expected)
    return Verification(expected - 1)
