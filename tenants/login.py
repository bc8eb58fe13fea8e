"""Where people sign in and out; what they may do then follows from their memberships."""

from http import HTTPStatus

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse


class SignIn(LoginView):
    """Django's, which answers 429 while too many attempts have failed."""

    template_name = "tenants/login.html"

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The form again."""
        response = super().form_invalid(form)
        if form.has_error("__all__", "throttled"):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view(next_page="login")
