"""Write the audit trail."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.db import transaction

from audit.chain import Said, chain_hash
from audit.models import AuditHead, AuditLog
from tenants.context import current_caller, current_tenant_id


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

    Raises:
        TypeError, ValueError: the metadata is not JSON.
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
            ip=as_stored(ip or caller.ip),
            request_id=request_id or caller.request_id,
            previous_hash=head.hash,
        )
        record.hash = head.hash = chain_hash(tenant_id, Said(*(getattr(record, name) for name in Said._fields)))
        head.position = record.position
        record.save(force_insert=True)
        head.save(update_fields=["position", "hash"])
    return record


def as_stored(ip: str | None) -> str | None:
    """The address as the database gives it back: IPv6 can be written in many ways."""
    return cast("str | None", AuditLog._meta.get_field("ip").get_prep_value(ip))
