"""Chapter 5. A service that may be called twice."""

from django.db import transaction

from learn.chapter_05.safe import Recorded
from learn.models import AuditLog


def write_audit_log(action, order_id, key):
    """Write an audit record. Called again with the same key, it writes nothing."""
    with transaction.atomic():
        _, is_first = Recorded.objects.get_or_create(key=key)
        if is_first:
            AuditLog.objects.create(action=action, object_id=order_id)
