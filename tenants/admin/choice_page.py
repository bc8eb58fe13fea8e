"""The page on which the admin's user chooses a tenant, and the parts of the admin that show the choice."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tenants.admin.chosen_tenant import open_tenants
from tenants.auth.authentication import CHOSEN_TENANT
from tenants.middleware import CallerRequest
from tenants.models import User
from tenants.values.languages import in_the_persons_language, text

MOST_SHOWN = 200


@in_the_persons_language
@require_http_methods(["GET", "POST"])
def choose_tenant(request: HttpRequest) -> HttpResponse:
    """Show the tenants that the person may work in, or take their choice; it holds for the session."""
    tenants = open_tenants(cast(User, request.user))
    if request.method == "POST":
        chosen = next((one for one in tenants if str(one.pk) == request.POST.get("tenant")), None)
        if chosen is not None:
            request.session[CHOSEN_TENANT] = str(chosen.pk)
            return HttpResponseRedirect(reverse("admin:index"))
    context = {
        **admin.site.each_context(request),
        "title": text("Select a tenant"),
        "tenants": tenants[:MOST_SHOWN],
        "current": cast(CallerRequest, request).caller.tenant_id,
    }
    return TemplateResponse(request, "tenants/choose_tenant.html", context)


def tenant_badge(request: HttpRequest) -> list[str]:
    """The chosen tenant, for the head of each page."""
    slug = cast(CallerRequest, request).caller.tenant_slug
    return [slug, "info"] if slug else ["no tenant chosen", "warning"]
