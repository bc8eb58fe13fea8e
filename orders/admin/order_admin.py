"""The admin's pages for orders. They create orders and change them through the services."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from events.admin.json_display import pretty
from orders import services
from orders.admin.forms import CancelForm, EditForm, NewOrderForm, RefundForm, ShipForm
from orders.admin.line_inline import LineInline
from orders.errors import OrderError
from orders.managers import insert_orders
from orders.models import Order
from orders.states import Status, is_allowed
from orders.values.currencies import as_money
from orders.values.naming import searchable
from orders.views import order_id
from orders.writing.refunds import left_to_refund, refund_order
from orders.writing.updates import update_order
from tenants.admin.scoped import ScopedAdmin

STATUS_LABELS = {"NEW": "info", "PAID": "primary", "SHIPPED": "warning", "DELIVERED": "success", "CANCELLED": "danger"}
PROCESSING_LABELS = {"PENDING": "info", "RUNNING": "primary", "DONE": "success", "FAILED": "danger"}
Service = Callable[..., Order]
MOVES = {"pay": Status.PAID, "ship": Status.SHIPPED, "deliver": Status.DELIVERED, "cancel": Status.CANCELLED}
"""The actions that change an order's status, and to what."""


def dialog(title: str, form: type[BaseDialogForm] | None = None) -> dict[str, Any]:
    """A confirmation dialog: unfold shows it on GET and acts on POST."""
    return {"title": title, "description": "", "form_class": form, "form_submit_text": title}


def is_offered(action: str, order: Order) -> bool:
    """Whether an action can succeed for an order: a refund as long as there is something left to refund."""
    return bool(left_to_refund(order)) if action == "refund" else leads_on(action, order.status)


def leads_on(action: str, status: str) -> bool:
    """Whether a status allows an action: a move to another status must be one of its transitions."""
    return action not in MOVES or is_allowed(status, MOVES[action])


@admin.register(Order)
class OrderAdmin(ScopedAdmin):
    """Orders of the chosen tenant, newest first."""

    form = NewOrderForm
    list_display = ["number", "created_at", "customer_name", "amount", "shown_status", "shown_processing"]
    list_filter = ["status", "processing_status", "created_at"]
    ordering = ["-created_at", "-id"]
    search_fields = ["number"]  # for the box to be there; see get_search_results
    search_help_text = "Number, reference, name or e-mail"
    actions = ["pay_selected", "ship_selected", "deliver_selected", "cancel_selected"]
    actions_detail = ["pay", "ship", "deliver", "refund", "edit", "cancel"]
    NEW = ("customer_name", "customer_email", "currency", "external_reference", "new_lines", "total", "metadata")
    OLD = (
        *("number", "status", "amount", "customer_name", "customer_email", "external_reference", "processing_status"),
        *("notes", "shown_tags", "refunded"),
        *("version", "created_at", "updated_at", "paid_at", "shipped_at", "delivered_at", "cancelled_at"),
        *("pretty_metadata", "id", "history"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_scope(request, "orders:write")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The fields of a new order, or all fields of an existing order."""
        return self.NEW if obj is None else self.OLD

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[LineInline]]:
        """The lines of an existing order; a new order's are typed into a field."""
        return [] if obj is None else [LineInline]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Search as the API does, in one column."""
        text = searchable(search_term.replace("\x00", "")).strip()
        return (queryset.filter(search_text__contains=text) if text else queryset), False

    def save_model(self, request: HttpRequest, obj: Order, form: NewOrderForm, change: bool) -> None:
        """Insert the order with its lines and its event."""
        insert_orders([(obj, obj.completed(form.cleaned_data["new_lines"]))])

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the form, and errors that only the database finds, such as a reference taken meanwhile."""
        try:
            with services.reference_conflicts_named():
                return super().changeform_view(request, *args, **kwargs)
        except OrderError as error:
            self.message_user(request, str(error), "ERROR")
            return HttpResponseRedirect(request.path)

    # --- Which are offered --------------------------------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """The actions that the order's status allows."""
        order = self.get_object(request, object_id)
        offered = super().get_actions_detail(request, object_id)
        return [] if order is None else [one for one in offered if is_offered(one.path, order)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions for selected orders: in a list of one status, those that it allows."""
        status = request.GET.get("status__exact", "")
        actions = super().get_actions(request)
        if status not in Status:
            return cast(dict[str, Any], actions)
        return {name: one for name, one in actions.items() if leads_on(name.removesuffix("_selected"), status)}

    # --- Moves --------------------------------------------------------------------------------------------------------

    def move(self, request: HttpRequest, service: Service, object_id: str, **details: Any) -> HttpResponse:
        """Change one order, and show it with its status, or the error."""
        try:
            order = service(order_id(object_id), **details)
        except OrderError as error:
            self.message_user(request, str(error), "ERROR")
        else:
            self.message_user(request, f"{order.number} is {order.status}.", "SUCCESS")
        url = reverse("admin:orders_order_change", args=[object_id])
        return (
            HttpResponse(headers={"HX-Redirect": url}) if "hx-request" in request.headers else HttpResponseRedirect(url)
        )

    def move_selected(self, request: HttpRequest, queryset: QuerySet[Order], service: Service) -> None:
        """Change the status of the selected orders, each in its own transaction, and show the first ten errors."""
        moved, refused = 0, set()
        for selected, number in queryset.values_list("pk", "number"):
            try:
                service(selected)
                moved += 1
            except OrderError as error:
                refused.add(f"{number}: {error}")
        if moved:
            self.message_user(request, f"Moved {moved}.", "SUCCESS")
        for message in sorted(refused)[:10]:
            self.message_user(request, message, "ERROR")

    @admin.action(description="Mark as paid", permissions=["add"])
    def pay_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Pay the selected orders."""
        self.move_selected(request, queryset, services.pay_order)

    @admin.action(description="Mark as shipped", permissions=["add"])
    def ship_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Ship the selected orders, without tracking codes."""
        self.move_selected(request, queryset, services.ship_order)

    @admin.action(description="Mark as delivered", permissions=["add"])
    def deliver_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Deliver the selected orders."""
        self.move_selected(request, queryset, services.deliver_order)

    @admin.action(description="Cancel orders", permissions=["add"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Cancel the selected orders, without a reason."""
        self.move_selected(request, queryset, services.cancel_order)

    @action(
        description="Mark as paid",
        permissions=["write"],
        url_path="pay",
        icon="payments",
        dialog=dialog("Mark as paid"),
    )
    def pay(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Pay this order."""
        return self.move(request, services.pay_order, object_id)

    @action(
        description="Mark as shipped",
        permissions=["write"],
        url_path="ship",
        icon="local_shipping",
        dialog=dialog("Mark as shipped", ShipForm),
    )
    def ship(self, request: HttpRequest, form: ShipForm, object_id: str) -> HttpResponse:
        """Ship this order."""
        return self.move(request, services.ship_order, object_id, tracking_code=form.cleaned_data["tracking_code"])

    @action(
        description="Mark as delivered",
        permissions=["write"],
        url_path="deliver",
        icon="package_2",
        dialog=dialog("Mark as delivered"),
    )
    def deliver(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Deliver this order."""
        return self.move(request, services.deliver_order, object_id)

    @action(
        description="Cancel order",
        permissions=["write"],
        url_path="cancel",
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog=dialog("Cancel this order", CancelForm),
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        """Cancel this order."""
        return self.move(request, services.cancel_order, object_id, reason=form.cleaned_data["reason"])

    @action(
        description="Refund",
        permissions=["write"],
        url_path="refund",
        icon="currency_exchange",
        dialog=dialog("Refund the payment", RefundForm),
    )
    def refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        """Refund this order, fully or in part."""
        given = form.cleaned_data
        names = ("amount", "reason", "expected_version")
        return self.move(request, refund_order, object_id, **{name: given[name] for name in names})

    @action(
        description="Notes and tags",
        permissions=["write"],
        url_path="edit",
        icon="edit_note",
        dialog=dialog("Save notes and tags", EditForm),
    )
    def edit(self, request: HttpRequest, form: EditForm, object_id: str) -> HttpResponse:
        """Change the notes and the tags of this order."""
        changes = {name: form.cleaned_data[name] for name in ("notes", "tags")}
        version = form.cleaned_data["expected_version"]
        return self.move(request, update_order, object_id, changes=changes, expected_version=version)

    def has_write_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whether the user may change orders. The services check each change."""
        return self.has_scope(request, "orders:write")

    # --- Shown --------------------------------------------------------------------------------------------------------

    @display(description="Total", ordering="total_cents")
    def amount(self, order: Order) -> str:
        """The total in its currency."""
        return as_money(order.total, order.currency)

    @display(description="Status", label=STATUS_LABELS, ordering="status")
    def shown_status(self, order: Order) -> str:
        """The status in its colour."""
        return order.status

    @display(description="Processing", label=PROCESSING_LABELS, ordering="processing_status")
    def shown_processing(self, order: Order) -> str:
        """The worker's status in its colour."""
        return order.processing_status

    @display(description="Tags")
    def shown_tags(self, order: Order) -> str:
        """The tags, in one line."""
        return ", ".join(order.tags)

    @display(description="Refunds")
    def refunded(self, order: Order) -> str:
        """The amount of each refund, and its reason."""
        refunds = [f"{one.amount:.2f} {one.currency}: {one.reason}".rstrip(": ") for one in order.known_refunds]
        return "; ".join(refunds) or "None"

    @display(description="Metadata")
    def pretty_metadata(self, order: Order) -> str:
        """The metadata as JSON."""
        return pretty(order.metadata)

    @display(description="History")
    def history(self, order: Order) -> str:
        """Links to the order's events, deliveries and audit records."""
        links = [("events_event", "order_id", "Events"), ("events_delivery", "order_id", "Deliveries")]
        links.append(("audit_auditlog", "object_id", "Audit"))
        shown = [(reverse(f"admin:{name}_changelist"), field, order.pk, title) for name, field, title in links]
        return format_html_join(" · ", '<a href="{}?{}={}">{}</a>', shown)
