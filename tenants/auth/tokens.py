"""Tokens of the current tenant: issued by an admin for no more than the admin may do, shown once, revoked forever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tenants.auth.authentication import create_token
from tenants.auth.recent_callers import recent_callers
from tenants.context import ALL_SCOPES, current_caller, current_tenant_id
from tenants.models import ApiToken, Tenant
from tenants.values.texts import unsafe_character

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that the input breaks: a stable ``code``, and the ``path`` that leads to the field."""

    code: str
    path: tuple[str, ...]
    message: str


class TokenRefused(ValueError):
    """No token was made; ``refusals`` has all reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(one.message for one in refusals))
        self.refusals = tuple(refusals)


def tokens() -> QuerySet[ApiToken]:
    """The tenant's tokens, including ended ones."""
    return ApiToken.objects.filter(tenant_id=current_tenant_id())


def issue(*, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token in the name of the current caller; return its row and its text, which cannot be shown again.

    Raises:
        TokenRefused: the name is empty, too long or unprintable, a scope is unknown or not the caller's own, there is
            no scope, or the expiry has passed.
    """
    if refusals := [*wrong_name(name), *wrong_scopes(scopes), *wrong_expiry(expires_at)]:
        raise TokenRefused(refusals)
    tenant = Tenant.objects.get(pk=current_tenant_id())
    return create_token(tenant=tenant, name=name, scopes=scopes, expires_at=expires_at)


def revoke(token_id: UUID) -> ApiToken | None:
    """End a token of the tenant permanently, and return it; None if there is none. A repeat changes nothing.

    In this process it is invalid immediately; other processes may accept it for up to a second.
    """
    tokens().filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now())
    recent_callers.forget()
    return tokens().filter(pk=token_id).first()


def wrong_name(name: str) -> list[Refusal]:
    """Why the name can't be one."""
    if not name.strip():
        return [Refusal("REQUIRED", ("name",), "Must not be empty.")]
    if len(name) > MAX_NAME:
        return [Refusal("LIMIT_EXCEEDED", ("name",), f"Must have at most {MAX_NAME} characters; it has {len(name)}.")]
    if unsafe := unsafe_character(name):
        return [Refusal("INVALID", ("name",), f"Must not contain the character {unsafe}.")]
    return []


def wrong_scopes(scopes: Sequence[str]) -> list[Refusal]:
    """Why these can't be given: an unknown one, or more than the caller has."""
    if not scopes:
        return [Refusal("REQUIRED", ("scopes",), "Must contain at least one scope.")]
    own = current_caller().scopes & ALL_SCOPES
    return [
        Refusal(
            "INVALID", ("scopes", str(index)), (f"You cannot give this scope. You can give: {', '.join(sorted(own))}.")
        )
        for index, scope in enumerate(scopes)
        if scope not in own
    ]


def wrong_expiry(expires_at: datetime | None) -> list[Refusal]:
    """Why the token can't end then."""
    if expires_at is None or (timezone.is_aware(expires_at) and expires_at > timezone.now()):
        return []
    if timezone.is_naive(expires_at):
        return [Refusal("INVALID", ("expiresAt",), "Must include a time zone, such as 2030-01-31T00:00:00Z.")]
    return [Refusal("INVALID", ("expiresAt",), "Must be in the future.")]
