"""The admin of tenants, people, memberships and tokens."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tenants.admin.scoped import ScopedAdmin, caller_of
from tenants.auth.authentication import create_token
from tenants.auth.tokens import wrong_name
from tenants.context import ALL_SCOPES, current_tenant_id
from tenants.models import ApiToken, Membership, Tenant, User

admin.site.unregister(Group)  # What a person may do follows from their memberships.


class SuperusersAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """For superusers; nothing is removed, since history points to it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Tenant)
class TenantAdmin(SuperusersAdmin):
    """Tenants; an inactive one can neither log in nor call."""

    list_display = ["name", "slug", "default_currency", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    readonly_fields = ["id", "created_at"]


@admin.register(User)
class UserAdmin(SuperusersAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    """People."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]


@admin.register(Membership)
class MembershipAdmin(SuperusersAdmin):
    """The people's memberships: in which tenant they work, with which role."""

    list_display = ["user", "tenant", "role"]
    list_filter = ["role", "tenant"]
    list_select_related = ["user", "tenant"]
    search_fields = ["user__username", "tenant__slug"]
    autocomplete_fields = ["user", "tenant"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


class NewTokenForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A token to be; it can't be given more than its maker has."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in sorted(ALL_SCOPES)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the token allows.",
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scopes", "expires_at"]

    def clean_name(self) -> str:
        """The name, if the same rule allows it as everywhere."""
        name: str = self.cleaned_data["name"]
        if refusals := wrong_name(name):
            raise forms.ValidationError(refusals[0].message)
        return name


class TokenStateFilter(admin.SimpleListFilter):
    """Filter by whether a token is still valid."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        has_ended = Q(expires_at__lte=timezone.now())
        wanted = {
            "valid": Q(revoked_at=None) & ~has_ended,
            "expired": has_ended,
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedAdmin):
    """Tokens of the chosen tenant: made here, shown once, revoked, never changed."""

    read_scope = "admin"
    form = NewTokenForm
    list_display = ["name", "prefix", "allowed", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = [TokenStateFilter]
    search_fields = ["name", "prefix"]
    ordering = ["-pk"]
    actions = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """The chosen tenant's."""
        return ApiToken.objects.filter(tenant_id=current_tenant_id())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_scope(request, "admin")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The fields of a new token, or all fields of an existing one."""
        return ["name", "scopes", "expires_at"] if obj is None else self.list_display

    @admin.display(description="Scopes", ordering="scopes")
    def allowed(self, token: ApiToken) -> str:
        """The scopes as a list for people."""
        return ", ".join(token.scopes)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: NewTokenForm, change: bool) -> None:
        """Make the token; its text lives as long as this request."""
        tenant = Tenant.objects.get(pk=current_tenant_id())
        given = form.cleaned_data
        scopes = caller_of(request).scopes & set(given["scopes"])
        row, text = create_token(tenant=tenant, name=given["name"], scopes=scopes, expires_at=given.get("expires_at"))
        vars(obj).update(vars(row))
        vars(request)["new_token"] = text

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token's text, this once: on the page itself, not by a message, which a cookie would carry."""
        context = {**self.admin_site.each_context(request), "title": "The new token", "token": obj}
        context["text"] = vars(request)["new_token"]
        return TemplateResponse(request, "tenants/new_token.html", context)

    @admin.action(description="Revoke", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke the tokens permanently; revoked tokens stay as they are."""
        ended = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"Revoked {ended}.")
