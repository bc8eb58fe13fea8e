"""Checks passwords. Sessions store this module's path, so the module cannot move."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from tenants.auth import failed_attempts
from tenants.auth.authentication import demo_is_here
from tenants.auth.browsers import known_browser
from tenants.auth.passwords import Busy
from tenants.auth.proxies import address_of, lower
from tenants.defaults import DEMO_PASSWORD, DEMO_USER
from tenants.models import User


class PeopleBackend(ModelBackend):
    """Django's backend, with limits on failed passwords and on the demo's login."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person, or None, which takes equally long whether there is an account of this name or not.

        The demo's public password is valid on the machine of an open demo only.

        Raises:
            ValidationError: too many attempts from there, or for this account, have failed, or too many people are
                signing in. Every form shows it; its parameter ``retry_after`` is in seconds.
        """
        if username is None or password is None:
            return None
        address = None if request is None else address_of(request)
        browser = None if request is None else known_browser(request, username)
        try:
            with failed_attempts.login(address, username, browser) as attempt:
                found = super().authenticate(request, username=username, password=password, **kwargs)
                if isinstance(found, User) and not is_open_secret(request, username, password):
                    return found
                attempt.failed()
                return None
        except (failed_attempts.Held, Busy) as error:
            raise failed_attempts.form_error(error) from None


def is_open_secret(request: HttpRequest | None, username: str, password: str) -> bool:
    """Whether these are the demo's name and password, which are refused from other machines."""
    if (username, password) != (DEMO_USER, DEMO_PASSWORD):
        return False
    return request is None or not demo_is_here(client_ip=address_of(request), headers=lower(request.headers))
