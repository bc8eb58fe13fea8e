"""The page of an invitation's link: a person joins a tenant, with the account they have or a new one."""

from typing import Any, cast

from django import forms
from django.contrib.auth import login
from django.contrib.auth.forms import BaseUserCreationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.auth import members
from tenants.auth.authentication import CHOSEN_TENANT
from tenants.auth.browsers import remember
from tenants.auth.failed_attempts import form_error
from tenants.auth.passwords import Busy
from tenants.models import Invitation, User
from tenants.values.languages import in_the_persons_language, text_lazy


class NewAccountForm(BaseUserCreationForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A person's new account."""

    email = forms.EmailField(label=text_lazy("E-mail (optional)"), required=False)

    class Meta:
        model = User
        fields = ["username", "email"]
        labels = {"username": text_lazy("Name")}


@in_the_persons_language
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, text: str) -> HttpResponse:
    """Show who invites and for what; on POST become a member, and show the app in that tenant."""
    invitation = members.invitation_of(text)
    if invitation is None:
        return page(request, status=404)
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not (request.user.is_authenticated or form.is_valid()):
        return page(request, invitation=invitation, form=form)
    try:
        user = joined(request, invitation, form)
    except Busy as error:
        form.add_error(None, form_error(error))
        return page(request, invitation=invitation, form=form, status=429)
    if user is None:
        return page(request, status=404)
    request.session[CHOSEN_TENANT] = str(invitation.tenant_id)
    response = HttpResponseRedirect("/")
    remember(request, response, user.get_username())
    return response


@transaction.atomic
def joined(request: HttpRequest, invitation: Invitation, form: NewAccountForm) -> User | None:
    """The new member, signed in; None, and no account, if the invitation was used meanwhile.

    Raises:
        Busy: too many passwords are being hashed.
    """
    is_new = not request.user.is_authenticated
    user = cast(User, form.save() if is_new else request.user)
    if members.join(invitation, user) is None:
        transaction.set_rollback(True)
        return None
    if is_new:
        login(request, user)
    return user


def page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page; without an invitation it says that the link does not work."""
    return TemplateResponse(request, "tenants/join.html", context, status=status)
