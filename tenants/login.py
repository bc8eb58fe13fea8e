"""Where people sign in and out; what they may do then follows from their memberships."""

from django.contrib.auth.views import LoginView, LogoutView

sign_in = LoginView.as_view(template_name="tenants/login.html")
sign_out = LogoutView.as_view(next_page="login")
