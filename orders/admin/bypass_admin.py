"""The admin's list of changes that bypassed the services."""

from django.contrib import admin

from orders.models import Bypass
from tenants.admin.scoped import ScopedAdmin


@admin.register(Bypass)
class BypassAdmin(ScopedAdmin):
    """Changes of orders that bypassed the services. ``manage.py orders bypass --record`` writes events for them."""

    read_scope = "audit:read"
    list_display = ["noticed_at", "operation", "order_id", "columns", "database_user", "application", "recorded_at"]
    list_display_links = None  # The list shows the whole row, except two numbers that count all tenants' rows.
    list_filter = ["operation", "noticed_at"]
    found_by = ("order_id",)
    search_help_text = "The id of an order."
    ordering = ["-noticed_at"]
    fields = list_display
