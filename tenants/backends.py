"""How people's passwords are checked."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from tenants.defaults import DEMO_PASSWORD, DEMO_USER
from tenants.models import User


class PeopleBackend(ModelBackend):
    """Django's, which knows the embedded default's login for what it is: without the demo it opens nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person, or None; a password that everybody knows is nobody's where the demo is closed."""
        if (username, password) == (DEMO_USER, DEMO_PASSWORD) and not settings.ORDERS_DEMO:
            return None
        found = super().authenticate(request, username=username, password=password, **kwargs)
        return found if isinstance(found, User) else None
