"""The pages for sign-in, sign-out and password change. Rights follow from memberships."""

from http import HTTPStatus
from typing import cast

from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm

from tenants.auth import failed_attempts
from tenants.auth.browsers import remember
from tenants.auth.passwords import Busy
from tenants.context import current_caller


class SignIn(LoginView):
    """Django's, the only one, for the admin too: 429 while too many attempts have failed."""

    template_name = "tenants/login.html"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign the user in, and remember the browser."""
        response = super().form_valid(form)
        remember(self.request, response, form.get_user().get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The form again."""
        response = super().form_invalid(form)
        for error in form.errors.as_data().get("__all__", []):
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


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view(next_page="login")
