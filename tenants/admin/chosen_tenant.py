"""The admin works in one chosen tenant, which this middleware sets for each of its requests."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenants.auth.authentication import CHOSEN_TENANT, ROLE_SCOPES
from tenants.auth.passwords import Busy
from tenants.context import ALL_SCOPES, Caller, acting_as
from tenants.middleware import CallerRequest, Response, SyncAndAsyncMiddleware
from tenants.models import Membership, Tenant, User
from tenants.selectors import tenants_of
from tenants.values.identifiers import default_tenant_id


class AdminTenantMiddleware(SyncAndAsyncMiddleware):
    """In the admin, acts as the person logged in, for the chosen tenant; comes after TenantMiddleware.

    A person acts in the tenants of their memberships with their role's scopes, a superuser in any tenant with all
    scopes. Without a choice there is no tenant: then the pages of tenants' rows are closed, and none of them fails.
    """

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self.acall(request)
        if not self.concerns(request):
            return self.get_response(request)
        with acting_as(admin_caller(cast(CallerRequest, request))):
            return self.get_response(request)

    async def acall(self, request: HttpRequest) -> HttpResponseBase:
        """Handle a request under ASGI."""
        if not self.concerns(request):
            return await cast(Awaitable[HttpResponseBase], self.get_response(request))
        caller = await sync_to_async(admin_caller)(cast(CallerRequest, request))
        with acting_as(caller):
            return await cast(Awaitable[HttpResponseBase], self.get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A form that sets a password may answer 429 with the time to wait."""
        if not isinstance(exception, Busy):
            return None
        headers = {"Retry-After": str(exception.retry_after)}
        return HttpResponse(f"{exception}\n", status=429, content_type="text/plain", headers=headers)

    def concerns(self, request: HttpRequest) -> bool:
        """Whether the request is for the admin."""
        return request.path.startswith(reverse("admin:index"))


def admin_caller(request: CallerRequest) -> Caller:
    """The person in the admin, and the tenant; it is ``request.caller`` from then on. At most two queries."""
    user = request.user
    caller = replace(request.caller, tenant_id=None, tenant_slug="", token_id=None, scopes=frozenset(), is_demo=False)
    if isinstance(user, User) and user.is_active and user.is_staff:
        caller = replace(caller, user_id=user.pk, actor=f"user:{user.get_username()}")
        tenant = chosen_tenant(user, request.session.get(CHOSEN_TENANT))
        if tenant is not None:
            scopes = ALL_SCOPES if user.is_superuser else ROLE_SCOPES[role_in(user, tenant)]
            caller = replace(caller, tenant_id=tenant.pk, tenant_slug=tenant.slug, scopes=scopes)
    request.caller = caller
    return caller


def open_tenants(user: User) -> QuerySet[Tenant]:
    """The tenants that this person may work in, by name."""
    return Tenant.objects.filter(is_active=True).order_by("name", "pk") if user.is_superuser else tenants_of(user.pk)


def chosen_tenant(user: User, choice: object) -> Tenant | None:
    """The tenant that the person chose, else a default: their first, the default tenant, or the only one."""
    tenants = open_tenants(user)
    if isinstance(choice, str) and (chosen := tenants.filter(pk=UUID(choice)).first()):
        return chosen
    first = tenants.filter(memberships__user=user).order_by("memberships__pk").first()
    if first is not None or not user.is_superuser:
        return first
    if settings.DEFAULT_TENANT:
        return tenants.filter(pk=default_tenant_id(settings.DEFAULT_TENANT)).first()
    two = tenants[:2]
    return two[0] if len(two) == 1 else None


def role_in(user: User, tenant: Tenant) -> str:
    """The person's role in a tenant of theirs."""
    return Membership.objects.values_list("role", flat=True).get(user=user, tenant=tenant)
