"""The read-only admin of the parts of the schema that clients use."""

from django.contrib import admin

from graphql_api.clients.models import SchemaUse
from tenants.admin.scoped import ScopedAdmin


@admin.register(SchemaUse)
class SchemaUseAdmin(ScopedAdmin):
    """Uses of the schema for the chosen tenant, the latest first."""

    read_scope = "admin"
    list_display = ["coordinate", "client", "client_version", "count", "last_used_at"]
    list_filter = ["client"]
    search_fields = ["coordinate"]
    ordering = ["-last_used_at", "-id"]
    fields = ["coordinate", "client", "client_version", "count", "first_used_at", "last_used_at"]
