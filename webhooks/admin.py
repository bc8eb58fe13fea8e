"""The admin of webhook endpoints and of the log of attempts."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from orders.event_types import ALL_EVENTS
from tenants.admin.scoped import ScopedAdmin
from tenants.context import current_tenant_id
from webhooks import delivering, services
from webhooks.errors import InvalidEndpoint
from webhooks.models import Attempt, Endpoint, Outcome
from webhooks.services import CHANGEABLE
from webhooks.validation import errors_of

OVERLAP = timedelta(hours=24)


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """An endpoint, by the rules that hold everywhere."""

    event_types = forms.MultipleChoiceField(
        choices=[(one, one) for one in ALL_EVENTS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text="The types of events to send. None chosen: all.",
    )

    class Meta:
        model = Endpoint
        fields = CHANGEABLE

    def clean(self) -> dict[str, Any]:
        """The fields, if no rule is broken."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            names = {"eventTypes": "event_types"}
            for error in errors_of(Endpoint(tenant_id=current_tenant_id(), **given)):
                self.add_error(names.get(error.path[0], error.path[0]), error.message)
        return given


@admin.register(Endpoint)
class EndpointAdmin(ScopedAdmin):
    """Endpoints of the chosen tenant; a secret is shown once."""

    read_scope = "admin"
    form = EndpointForm
    list_display = ["url", "description", "enabled", "disabled_reason", "created_at"]
    list_filter = ["enabled"]
    search_fields = ["url", "description"]
    ordering = ["pk"]
    actions = ["rotate", "test"]
    fields = CHANGEABLE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """The chosen tenant's."""
        return services.endpoints()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_scope(request, "admin")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_scope(request, "admin")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_scope(request, "admin")

    def save_model(self, request: HttpRequest, obj: Endpoint, form: EndpointForm, change: bool) -> None:
        """Register or change the endpoint; a new secret lives as long as this request."""
        given = form.cleaned_data
        if change:
            vars(obj).update(vars(services.update_endpoint(obj.pk, **given)))
            return
        made, secret = services.create_endpoint(**given)
        vars(obj).update(vars(made))
        vars(request)["new_secret"] = secret

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        """Remove the endpoint, and skip what waits for it."""
        services.delete_endpoint(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Remove the selected endpoints."""
        for one in queryset:
            services.delete_endpoint(one.pk)

    def response_add(self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret, this once."""
        return self.secret_page(request, obj, vars(request)["new_secret"])

    def secret_page(self, request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
        """A page with a secret: not a message, which a cookie would carry."""
        context = {**self.admin_site.each_context(request), "title": "The new secret"}
        return TemplateResponse(
            request, "webhooks/new_secret.html", {**context, "endpoint": endpoint, "secret": secret}
        )

    @admin.action(description="New secret; the present one signs for a day more", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> HttpResponse | None:
        """Rotate the secret of one endpoint."""
        if queryset.count() != 1:
            self.message_user(request, "Select one endpoint.", "WARNING")
            return None
        rotated, secret = services.rotate_secret(queryset.get().pk, overlap=OVERLAP)
        return self.secret_page(request, rotated, secret)

    @admin.action(description="Send a test", permissions=["change"])
    def test(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Send the newest event to each of the selected endpoints, and show how that ended."""
        for one in queryset:
            try:
                made = delivering.send_test(one.pk)
            except InvalidEndpoint as error:
                self.message_user(request, str(error), "WARNING")
                return
            level = "SUCCESS" if made.outcome == Outcome.DELIVERED else "WARNING"
            self.message_user(request, f"{one}: {made} {made.error}".strip(), level)


@admin.register(Attempt)
class AttemptAdmin(ScopedAdmin):
    """The log of attempts, newest first."""

    read_scope = "admin"
    list_display = ["started_at", "endpoint_id", "outcome", "status_code", "duration_seconds", "error"]
    list_filter = ["outcome"]
    found_by = ("delivery_id", "event_id", "endpoint_id")
    search_help_text = "The id of a delivery (webhook-id), of an event or of an endpoint."
    ordering = ["-pk"]
    fields = [
        *("started_at", "endpoint_id", "delivery_id", "event_id", "outcome", "status_code", "duration_seconds"),
        *("error", "answer"),
    ]
