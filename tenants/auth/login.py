"""The pages for sign-in, sign-out, the tenant and password change. Rights follow from memberships."""

from http import HTTPStatus
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.forms import AdminOwnPasswordChangeForm

from tenants.auth import failed_attempts
from tenants.auth.authentication import CHOSEN_TENANT, WRONG_TENANT, caller_of_user
from tenants.auth.browsers import remember
from tenants.auth.passwords import Busy
from tenants.context import current_caller
from tenants.models import User
from tenants.selectors import tenants_of
from tenants.values.languages import in_the_persons_language, text_lazy


class SignInForm(AuthenticationForm):
    """Django's, in the words of its page."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": text_lazy("The name or the password is wrong. Capital and small letters differ.")
    }


class SignIn(LoginView):
    """Django's, the only one, for the admin too: 429 while too many attempts have failed."""

    authentication_form = SignInForm
    template_name = "tenants/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For a person who is signed in: their tenant, and the others that they belong to."""
        tenants = list(tenants_of(self.request.user.pk)) if self.request.user.is_authenticated else []
        mine = current_caller().tenant_id
        return {
            **super().get_context_data(**kwargs),
            "tenant": next((one for one in tenants if one.pk == mine), None),
            "others": [one for one in tenants if one.pk != mine],
        }

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign the user in, and remember the browser."""
        response = super().form_valid(form)
        remember(self.request, response, form.get_user().get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The form again. Its errors forget where they were raised: a traceback would keep the whole request."""
        response = super().form_invalid(form)
        for error in form.errors.as_data().get("__all__", []):
            error.__traceback__ = error.__context__ = None
            if error.code == "throttled" and error.params:
                response.status_code = HTTPStatus.TOO_MANY_REQUESTS
                response.headers["Retry-After"] = str(error.params["retry_after"])
        return response


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    """The admin's, in which the old password can't be guessed at more often than at the login."""

    def clean_old_password(self) -> str:
        """The old password, if it is that.

        Raises:
            ValidationError: it is not, or too many attempts have failed.
        """
        try:
            with failed_attempts.login(current_caller().ip, self.user.get_username(), None) as attempt:
                try:
                    return cast(str, super().clean_old_password())
                except ValidationError:
                    attempt.failed()
                    raise
        except (failed_attempts.Held, Busy) as error:
            raise failed_attempts.form_error(error) from None


def change_password(request: HttpRequest) -> HttpResponseBase:
    """The page of the admin on which its user changes their password."""
    return PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context=admin.site.each_context(request),
    )(request)


@require_POST
@login_required
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Have the session act for another tenant of its person, given by its slug as ``tenant``; then show the app.

    Raises:
        PermissionDenied: the person does not belong to it, or there is none.
    """
    caller = caller_of_user(cast(User, request.user), request.POST.get("tenant", ""))
    if caller is None:
        raise PermissionDenied(WRONG_TENANT)
    request.session[CHOSEN_TENANT] = str(caller.tenant_id)
    return HttpResponseRedirect("/")


sign_in = in_the_persons_language(SignIn.as_view())
sign_out = LogoutView.as_view(next_page="login")
