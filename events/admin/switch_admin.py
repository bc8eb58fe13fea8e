"""The admin of the receivers' switches."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from events import operations, selectors
from events.models import Delivery, ReceiverSwitch
from events.receivers import RECEIVERS
from tenants.admin.scoped import ScopedAdmin, caller_of
from tenants.context import current_tenant_id

CATCH_UP, SKIP = "catch_up", "skip"


class SwitchForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A receiver, on or off, for the chosen tenant or for all, and whether it catches up."""

    receiver = forms.ChoiceField(widget=UnfoldAdminSelectWidget, choices=lambda: [(name, name) for name in RECEIVERS])
    missed = forms.ChoiceField(
        widget=UnfoldAdminRadioSelectWidget,
        choices=[(CATCH_UP, "Catch up: it is done"), (SKIP, "Skip: it is never done")],
        initial=CATCH_UP,
        required=False,
        label="Waiting deliveries",
        help_text="Used when the receiver is switched on.",
    )
    for_all = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label="For all tenants", help_text="Superusers only."
    )

    class Meta:
        model = ReceiverSwitch
        fields = ["receiver", "enabled"]


@admin.register(ReceiverSwitch)
class ReceiverSwitchAdmin(ScopedAdmin):
    """Switches of receivers, for the chosen tenant or for all; deliveries wait while a receiver is off."""

    read_scope = "receivers:write"
    form = SwitchForm
    list_display = ["receiver", "enabled", "reach", "changed_at"]
    list_select_related = ["tenant"]
    list_filter = ["enabled"]
    search_fields = ["receiver"]
    list_before_template = "events/receivers.html"
    ordering = ["receiver", "tenant"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and above it every receiver with its state for the chosen tenant, switched before or not."""
        tenant_id = caller_of(request).tenant_id
        shown = [] if tenant_id is None else [*self.receivers(tenant_id)]
        return cast(HttpResponse, super().changelist_view(request, {**(extra_context or {}), "receivers": shown}))

    def receivers(self, tenant_id: UUID) -> Iterator[dict[str, Any]]:
        """Each receiver: its name, whether it is on, its backlog, and the page that switches it."""
        switches = dict(ReceiverSwitch.objects.filter(tenant_id=tenant_id).values_list("receiver", "pk"))
        add = reverse("admin:events_receiverswitch_add")
        for one in selectors.receiver_states(tenant_id):
            name, states = one.receiver.name, one.states
            known = switches.get(name)
            yield {
                "name": name,
                "is_on": name not in states.off,
                "is_off_for_all": name in states.off_for_all,
                "waiting": states.count(name, Delivery.Status.PENDING, Delivery.Status.RUNNING),
                "retrying": states.count(name, Delivery.Status.RETRYING),
                "dead": states.count(name, Delivery.Status.DEAD),
                "url": reverse("admin:events_receiverswitch_change", args=[known])
                if known
                else f"{add}?receiver={name}",
            }

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceiverSwitch]:
        """The switches of the chosen tenant, and those for all."""
        return ReceiverSwitch.objects.filter(Q(tenant_id=current_tenant_id()) | Q(tenant=None))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_scope(request, "receivers:write")

    def has_change_permission(self, request: HttpRequest, obj: ReceiverSwitch | None = None) -> bool:
        concerns_all = obj is not None and obj.tenant_id is None
        return self.has_scope(request, "receivers:write") and (not concerns_all or is_superuser(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A superuser chooses once whether the switch is for all tenants."""
        return ["receiver", "enabled", "missed", *(["for_all"] if obj is None and is_superuser(request) else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The receiver of an existing switch can't be changed."""
        return ["receiver"] if obj else []

    def save_model(self, request: HttpRequest, obj: ReceiverSwitch, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]  # as above
        """Switch the receiver, by the existing switch if there is one."""
        asked = form.cleaned_data.get("for_all", False) and is_superuser(
            request
        )  # The form accepts it from every user.
        for_all = obj.tenant_id is None if change else asked
        tenant_id = None if for_all else current_tenant_id()
        catch_up = form.cleaned_data.get("missed") != SKIP
        skipped = operations.switch_receiver(obj.receiver, enabled=obj.enabled, catch_up=catch_up, tenant_id=tenant_id)
        if skipped:
            self.message_user(request, f"{skipped} deliveries were skipped.", "WARNING")
        concerned = Q(tenant=None) if tenant_id is None else Q(tenant_id=tenant_id)
        obj.pk = ReceiverSwitch.objects.values_list("pk", flat=True).get(concerned, receiver=obj.receiver)

    @display(description="For")
    def reach(self, switch: ReceiverSwitch) -> str:
        """The tenant, or all tenants."""
        return str(switch.tenant or "all tenants")


def is_superuser(request: HttpRequest) -> bool:
    """Whether the user may act for every tenant."""
    return bool(getattr(request.user, "is_superuser", False))
