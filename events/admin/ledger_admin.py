"""The admin of the event log and of the ledger of deliveries."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from events import operations
from events.admin.json_display import pretty
from events.models import Delivery, Event
from events.receivers import RECEIVERS
from tenants.admin.scoped import ScopedAdmin, page_of

LABELS = {
    "PENDING": "info",
    "RUNNING": "primary",
    "SUCCEEDED": "success",
    "RETRYING": "warning",
    "DEAD": "danger",
}


class TypeFilter(admin.SimpleListFilter):
    """Filter by event type; the types are those to which receivers are connected."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        types = {name for receiver in RECEIVERS.values() for name in receiver.event_types}
        return [(name, name) for name in sorted(types)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class ReceiverFilter(admin.SimpleListFilter):
    """Filter by receiver."""

    title = "receiver"
    parameter_name = "receiver"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(RECEIVERS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(receiver=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ScopedAdmin):
    """Events, newest first."""

    public_key = "id"
    list_display = ["sequence", "type", "order_id", "order_version", "actor", "occurred_at"]
    list_display_links = ["sequence", "type"]
    list_filter = [TypeFilter, "occurred_at"]
    found_by = ("id", "order_id")
    search_help_text = "The id of an event or of an order."
    ordering = ["-insertion_id"]
    fields = [
        *("sequence", "type", "id", "order_id", "order_version", "actor", "ip", "request_id", "traceparent"),
        *("occurred_at", "schema_version", "deliveries", "pretty_payload"),
    ]

    @display(description="Payload")
    def pretty_payload(self, event: Event) -> str:
        """The payload as JSON."""
        return pretty(event.payload)

    @display(description="Deliveries")
    def deliveries(self, event: Event) -> str:
        """A link to the event's deliveries."""
        url = reverse("admin:events_delivery_changelist")
        return format_html('<a href="{}?event__id__exact={}">What was done about it</a>', url, event.id)


@admin.register(Delivery)
class DeliveryAdmin(ScopedAdmin):
    """Deliveries of events to receivers."""

    list_display = ["sequence", "receiver", "shown_status", "order_id", "attempts", "due_at", "finished_at", "error"]
    list_display_links = ["sequence", "receiver"]
    list_filter = ["status", ReceiverFilter]
    found_by = ("id", "order_id")
    search_help_text = "The id of a delivery or of an order."
    ordering = ["-sequence"]
    actions = ["try_again"]
    fields = [
        *("sequence", "receiver", "status", "id", "its_event", "order_id", "attempts", "due_at", "started_at"),
        *("finished_at", "created_at", "last_error"),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the filter that an event's page links to."""
        return lookup == "event__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description="Event")
    def its_event(self, delivery: Delivery) -> str:
        """A link to the event."""
        event = delivery.event
        return format_html('<a href="{}">{}</a>', page_of(event, EventAdmin.public_key), event)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.has_scope(request, "receivers:write")

    @admin.action(description="Retry", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Open the selected deliveries again; report those that are done or under way."""
        selected = queryset.count()
        again = operations.retry_rows(queryset)
        if again:
            self.message_user(request, f"{again} of {selected} deliveries are tried again.", "SUCCESS")
        if again < selected:
            left = f"{selected - again} of {selected} were left: they are done, running, or about to."
            self.message_user(request, left, "WARNING")

    @display(description="Status", label=LABELS, ordering="status")
    def shown_status(self, delivery: Delivery) -> str:
        """The status, with its colour."""
        return delivery.status

    @display(description="Last error")
    def error(self, delivery: Delivery) -> str:
        """The beginning of the last error."""
        return delivery.last_error[:80]
