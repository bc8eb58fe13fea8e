"""The lines on an order's page of the admin."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from orders.models import OrderLine


class LineInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """The lines of an order, read-only."""

    model = OrderLine
    fields = ["position", "sku", "name", "quantity", "unit_price", "line_total"]
    readonly_fields = fields
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the order's; Django asks without an order too, and lists no lines if that is refused."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @display(description="Total")
    def line_total(self, line: OrderLine) -> str:
        """Quantity times unit price."""
        return f"{line.total:.2f}"
