"""Remove old audit records and keep a checkpoint from which the rest can be verified."""

from datetime import datetime

from django.db import models

from audit.anchors import Anchors, anchor_checkpoints
from audit.lock import unlocked
from audit.models import AuditHead, AuditLog
from audit.verification import Progress, silent, verify_audit_log
from tenants.context import current_tenant_id

BATCH = 5000


class TrailBroken(Exception):
    """The records to be removed are not as they were written; removing them would remove the evidence."""

    def __init__(self, position: int) -> None:
        super().__init__(f"{type(self).__doc__} The first is at position {position}.")
        self.position = position


def prunable(before: datetime) -> tuple[int, int]:
    """The current tenant's checkpoint, and the last position up to which all records were written before that time."""
    head = AuditHead.objects.filter(tenant_id=current_tenant_id()).first() or AuditHead()
    kept = AuditLog.objects.filter(created_at__gte=before).order_by("position").values_list("position", flat=True)
    first_kept: int = kept.first() or head.position + 1
    return head.floor, max(first_kept - 1, head.floor)


def prune_audit_log(*, before: datetime, anchors: Anchors | None = None, progress: Progress = silent) -> int:
    """Remove the current tenant's records from before that time; return how many.

    They are verified first, and each checkpoint is anchored. Each batch is one transaction with its checkpoint, so that
    the chain can be verified whenever this is interrupted. On PostgreSQL only the tables' owner may remove records.

    Raises:
        TrailBroken: one of them is not as it was written; nothing is removed.
    """
    floor, last = prunable(before)
    if last == floor:
        return 0
    found = verify_audit_log(limit=last - floor, anchors=anchors)
    if found.broken_at is not None:
        raise TrailBroken(found.broken_at)
    stops = [*range(floor + BATCH, last, BATCH), last]
    anchor_checkpoints(current_tenant_id(), [(stop, hash_at(stop)) for stop in stops], before=before)
    for stop in stops:
        remove_to(stop)
        progress(stop - floor, last - floor)
    return last - floor


def hash_at(position: int) -> str:
    """The hash of the current tenant's record at this position."""
    return str(AuditLog.objects.values_list("hash", flat=True).get(position=position))


def remove_to(position: int) -> None:
    """Move the checkpoint to this record, and remove it and earlier ones."""
    tenant_id = current_tenant_id()
    with unlocked():
        head = AuditHead.objects.select_for_update().get(tenant_id=tenant_id)
        head.floor, head.floor_hash = position, hash_at(position)
        head.save(update_fields=["floor", "floor_hash"])
        models.QuerySet(AuditLog).filter(tenant_id=tenant_id, position__lte=position).delete()
