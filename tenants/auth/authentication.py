"""Authentication: a token, a logged-in person, or on loopback the open demo."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.http import is_same_domain

from tenants.auth import failed_attempts
from tenants.auth.proxies import is_from_this_machine
from tenants.auth.recent_callers import recent_callers
from tenants.context import ALL_SCOPES, Caller
from tenants.models import ApiToken, Membership, Tenant, User
from tenants.values.identifiers import default_tenant_id

TOKEN_MARK = "ord_"  # noqa: S105  # a mark that secret scanners know a token by, not a secret
TENANT_HEADER = "x-tenant"
"""The header with the slug of the tenant to act for, for people who belong to several."""
CHOSEN_TENANT = "tenant"
"""The session's name for the id of the tenant that its person chose, in the app or in the admin."""
WRONG_TENANT = "You do not belong to the tenant that you selected."
LAST_USE_SECONDS = 60  # ``last_used_at`` is exact to a minute, so that reading does not mean writing.

ROLE_SCOPES: dict[str, frozenset[str]] = {
    Membership.Role.VIEWER: frozenset({"orders:read"}),
    Membership.Role.OPERATOR: frozenset({"orders:read", "orders:write"}),
    Membership.Role.AUDITOR: frozenset({"orders:read", "audit:read"}),
    Membership.Role.ADMIN: ALL_SCOPES,
}


class InvalidToken(Exception):
    """The token is unknown, expired or revoked."""


class TooManyFailures(InvalidToken):
    """Too many tokens from this address were not valid: this one is not checked for ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many failed attempts. Try again in {retry_after} s.")


def digest(token: str) -> str:
    """The stored form of a token: it has 256 random bits, so a plain SHA-256 can't be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(
    *, tenant: Tenant, name: str, scopes: Iterable[str] = ALL_SCOPES, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return its row and its text, which is shown only once.

    Raises:
        ValueError: a scope is not one of :data:`~tenants.context.ALL_SCOPES`.
    """
    wanted = frozenset(scopes)
    if unknown := wanted - ALL_SCOPES:
        raise ValueError(f"Unknown scopes: {', '.join(sorted(unknown))}.")
    text = TOKEN_MARK + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        tenant=tenant, name=name, prefix=text[:12], digest=digest(text), scopes=sorted(wanted), expires_at=expires_at
    )
    return row, text


def authenticate_token(authorization: str) -> Caller:
    """The caller of ``Bearer <token>``; the scheme's case does not matter (RFC 9110).

    Raises:
        InvalidToken: as :func:`caller_of_token`, or the header has another form.
    """
    return caller_of_token(token_in(authorization))


def recent_caller(authorization: str, wanted: str | None) -> Caller | None:
    """The caller with the requested tenant, if that is known without the database.

    It is known if the token was looked up within the last second.
    """
    recent = recent_callers.find(digest(token_in(authorization)))
    return recent and in_tenant(recent, wanted)


def token_in(authorization: str) -> str:
    """The token's text; empty if there is none."""
    scheme, _, text = authorization.strip().partition(" ")
    text = text.strip()
    return text if scheme.lower() == "bearer" and text.isascii() else ""


def caller_of_token(text: str) -> Caller:
    """The caller of a token's text: one query, or none if it was looked up within the last second.

    Raises:
        InvalidToken: it is unknown, expired, revoked, or its tenant is inactive.
    """
    digested = digest(text)
    if recent := recent_callers.find(digested):
        return recent
    now = timezone.now()
    alive = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now)) & Q(tenant__is_active=True)
    token = ApiToken.objects.filter(alive, digest=digested).select_related("tenant").first() if text else None
    if token is None:
        raise InvalidToken(InvalidToken.__doc__)
    stale = now - timedelta(seconds=LAST_USE_SECONDS)
    if token.last_used_at is None or token.last_used_at < stale:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at=F("last_used_at")), pk=token.pk).update(
            last_used_at=now
        )
    caller = Caller(
        tenant_id=token.tenant_id,
        tenant_slug=token.tenant.slug,
        token_id=token.pk,
        actor=f"token:{token.prefix}",
        scopes=frozenset(token.scopes) & ALL_SCOPES,
        expires_at=token.expires_at,
    )
    expires_in = (token.expires_at - now).total_seconds() if token.expires_at else None
    recent_callers.keep(digested, caller, expires_in=expires_in)
    return caller


def caller_of_user(user: User, slug: str | None = None, chosen: object = None) -> Caller | None:
    """The person acting in the tenant of this slug; None if they do not belong to it. One query.

    Without a slug: in the tenant whose id they chose for their session, while they belong to it, else in their first.
    """
    theirs = Membership.objects.filter(user=user, user__is_active=True, tenant__is_active=True)
    memberships = list(theirs.select_related("tenant").order_by("pk"))
    # Not the database, which refuses texts that no slug is.
    wanted = [one for one in memberships if slug in {None, one.tenant.slug}]
    if not wanted:
        return None
    membership = next((one for one in wanted if str(one.tenant_id) == chosen), wanted[0])
    return Caller(
        tenant_id=membership.tenant_id,
        tenant_slug=membership.tenant.slug,
        user_id=user.pk,
        actor=f"user:{user.get_username()}",
        scopes=ROLE_SCOPES[membership.role],
    )


def demo_caller() -> Caller:
    """The open demo: any user of this machine, in the default tenant."""
    slug = settings.DEFAULT_TENANT
    return Caller(tenant_id=default_tenant_id(slug), tenant_slug=slug, actor="demo", scopes=ALL_SCOPES, is_demo=True)


def anonymous() -> Caller:
    """A caller without credentials: no tenant, no scope."""
    return Caller(actor="anonymous")


def demo_is_open(*, client_ip: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request without credentials acts for the demo tenant.

    Only in the embedded default with ``ORDERS_DEMO`` on, from this machine itself, and from no other site's page.
    ``headers`` has lower-case names.
    """
    return demo_is_here(client_ip=client_ip, headers=headers) and is_from_own_page(headers)


def demo_is_here(*, client_ip: str | None, headers: Mapping[str, str]) -> bool:
    """Whether there is an open demo and the client is on its machine: then its login works as well."""
    return settings.EMBEDDED and settings.ORDERS_DEMO and is_from_this_machine(client_ip, headers)


def is_from_own_page(headers: Mapping[str, str]) -> bool:
    """Whether the request comes from no page, this site's, or a trusted site's (Origin, RFC 6454; Sec-Fetch-Site)."""
    origin = headers.get("origin")
    if origin is not None and is_trusted(origin):
        return True
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return False
    return origin is None or origin.partition("://")[2] == headers.get("host", "")


def is_trusted(origin: str) -> bool:
    """Whether the origin is one of ``CSRF_TRUSTED_ORIGINS``, which include those of ``CORS_ORIGINS``."""
    scheme, _, host = origin.partition("://")
    return any(
        scheme == known_scheme and is_same_domain(host, known_host.removeprefix("*"))
        for known_scheme, _, known_host in (known.partition("://") for known in settings.CSRF_TRUSTED_ORIGINS)
    )


def in_tenant(caller: Caller, wanted: str | None) -> Caller:
    """The caller, if the request names no tenant or the caller's own."""
    return caller if wanted in {None, caller.tenant_slug} else misplaced()


def misplaced() -> Caller:
    """A caller who asked for a tenant that they do not belong to, or that does not exist: no tenant, no scope."""
    return replace(anonymous(), wrong_tenant=True)


def caller_for(
    *, headers: Mapping[str, str], client_ip: str | None, user: User | None, chosen: object = None
) -> Caller:
    """The caller of a request by its credentials: its token first, then its session, then the open demo.

    ``headers`` has lower-case names; ``user`` is the session's, or None, and ``chosen`` what the session has under
    :data:`CHOSEN_TENANT`. A caller who requests, by
    :data:`TENANT_HEADER`, a tenant without being a member gets no tenant, as for a tenant that does not exist.

    Raises:
        InvalidToken: a token was sent and is not valid; a session beside it does not count then.
        TooManyFailures: a token was sent, and too many others from this address were not valid.
    """
    wanted = headers.get(TENANT_HEADER) or None
    if authorization := headers.get("authorization"):
        return in_tenant(attempted(authorization, client_ip), wanted)
    if user is not None:
        return caller_of_user(user, wanted, chosen) or (misplaced() if wanted else anonymous())
    demo = demo_is_open(client_ip=client_ip, headers=headers)
    return in_tenant(demo_caller(), wanted) if demo else anonymous()


def attempted(authorization: str, address: str | None) -> Caller:
    """Like :func:`authenticate_token`, for a client at an address, whose failed attempts are limited."""
    proof = digest(token_in(authorization))
    try:
        with failed_attempts.token(address, proof) as attempt:
            try:
                caller = authenticate_token(authorization)
            except InvalidToken:
                attempt.failed()
                failed_attempts.proven.discard(proof)
                raise
    except failed_attempts.Held as held:
        raise TooManyFailures(held.retry_after) from None
    failed_attempts.proven.add(proof)
    return caller


def caller_at_hand(*, headers: Mapping[str, str], client_ip: str | None) -> Caller | None:
    """Like :func:`caller_for` without a session, also for an event loop: None if the database must be read."""
    if authorization := headers.get("authorization"):
        return recent_caller(authorization, headers.get(TENANT_HEADER) or None)
    return caller_for(headers=headers, client_ip=client_ip, user=None)
