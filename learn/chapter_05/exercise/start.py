"""Chapter 5. A service that may be called twice."""

from learn.models import AuditLog


def write_audit_log(action, order_id, key):
    """Write an audit record. Called again with the same key, it writes nothing."""
    AuditLog.objects.create(action=action, object_id=order_id)
