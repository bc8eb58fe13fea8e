"""How people's passwords are checked."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tenants import failures
from tenants.authentication import demo_is_here
from tenants.defaults import DEMO_PASSWORD, DEMO_USER
from tenants.middleware import address_of, lower
from tenants.models import User


class PeopleBackend(ModelBackend):
    """Django's, which knows the embedded default's login for what it is: without the demo it opens nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person, or None; a password that everybody knows is nobody's where the demo is closed.

        Raises:
            ValidationError: too many attempts from there, or for this account, have failed. Every form shows it.
        """
        if (username, password) == (DEMO_USER, DEMO_PASSWORD) and not (request and is_at_the_demo(request)):
            return None
        if username is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR") if request is not None else None
        keys = [failures.of_address(address), failures.of_account(username)]
        proof = f"{keys[0]} {keys[1]}"
        if wait := failures.wait_seconds(keys, proof=proof):
            raise ValidationError(f"Too many attempts have failed. Try again in {wait} s.", code="throttled")
        found = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(found, User):
            failures.failed(keys, what="login")
            return None
        failures.succeeded(proof=proof)
        return found


def is_at_the_demo(request: HttpRequest) -> bool:
    """Whether the demo's login opens to this request."""
    return demo_is_here(client_ip=address_of(request), headers=lower(request.headers))
