"""The admin of the audit trail; it is read-only."""

from django.contrib import admin
from unfold.decorators import display

from audit.models import AuditLog
from events.admin.json_display import pretty
from tenants.admin.scoped import ScopedAdmin


@admin.register(AuditLog)
class AuditLogAdmin(ScopedAdmin):
    """Audit records, newest first."""

    read_scope = "audit:read"
    public_key = "position"
    list_display = ["position", "action", "object_id", "actor", "ip", "created_at"]
    list_display_links = ["position", "action"]
    list_filter = ["created_at"]
    found_by = ("object_id", "action")
    search_help_text = "The id of an order, or an action such as ORDER_PAID."
    ordering = ["-position"]
    fields = [
        *("position", "action", "object_id", "actor", "ip", "request_id", "created_at", "event_id"),
        *("pretty_metadata", "previous_hash", "hash"),
    ]

    @display(description="Metadata")
    def pretty_metadata(self, record: AuditLog) -> str:
        """The metadata as JSON."""
        return pretty(record.metadata)
