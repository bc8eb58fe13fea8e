"""The present rights of callers, read repeatedly for callers who stay connected."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.sessions.models import Session as StoredSession
from django.db.models import BooleanField, CharField, DateTimeField, F, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from tenants.auth.authentication import ROLE_SCOPES
from tenants.context import ALL_SCOPES, Caller, Session
from tenants.models import ApiToken, Membership, User


class Credentials(NamedTuple):
    """The credentials on which a caller's rights depend: a token, or a person's membership and session."""

    token_id: UUID | None
    user_id: int | None
    tenant_id: UUID
    session: Session | None = None


class Grant(NamedTuple):
    """The scopes of a caller, and when they end."""

    scopes: frozenset[str]
    expires_at: datetime | None = None


class EndReason(StrEnum):
    """Why a caller has no rights any more, as the caller reads it."""

    REMOVED = "you no longer belong to this tenant"
    REVOKED = "the token was revoked"
    EXPIRED = "the token has expired"
    DISABLED_TENANT = "the tenant is disabled"
    DISABLED_PERSON = "your account is disabled"
    SIGNED_OUT = "your session has ended"


class Row(NamedTuple):
    """The database's row about credentials; ``rights`` are a token's scopes as JSON, or a role.

    The row of a session has the session's key as ``rights``, and nothing else.
    """

    token_id: UUID | None
    user_id: int | None
    tenant_id: UUID | None
    tenant_is_active: bool
    is_active: bool
    rights: str
    password: str
    expires_at: datetime | None


def credentials_of(caller: Caller) -> Credentials | None:
    """The caller's credentials; None for the open demo and for callers without credentials."""
    if caller.tenant_id is None or (caller.token_id is None and caller.user_id is None):
        return None
    if caller.token_id:
        return Credentials(caller.token_id, None, caller.tenant_id)
    return Credentials(None, caller.user_id, caller.tenant_id, caller.session)


def current(known: Iterable[Credentials]) -> dict[Credentials, Grant | EndReason]:
    """The present rights of each, or why there are none. Sends one statement for all of them."""
    wanted = set(known)
    found = read(wanted) if wanted else []
    rows = {row[:3]: row for row in found if row.tenant_id is not None}
    sessions = {row.rights for row in found if row.tenant_id is None}
    now = timezone.now()
    return {one: judged(one, rows.get(one[:3]), sessions, now) for one in wanted}


def judged(credentials: Credentials, row: Row | None, sessions: Collection[str], now: datetime) -> Grant | EndReason:
    """The rights of credentials, by their row in the database and the keys of the sessions that are still valid."""
    by_token = credentials.token_id is not None
    if row is None:
        return EndReason.REVOKED if by_token else EndReason.REMOVED
    if not row.tenant_is_active:
        return EndReason.DISABLED_TENANT
    if not row.is_active:
        return EndReason.REVOKED if by_token else EndReason.DISABLED_PERSON
    if row.expires_at is not None and row.expires_at <= now:
        return EndReason.EXPIRED
    if credentials.session is not None and not is_valid(credentials.session, row.password, sessions):
        return EndReason.SIGNED_OUT
    scopes = frozenset(json.loads(row.rights)) & ALL_SCOPES if by_token else ROLE_SCOPES[row.rights]
    return Grant(scopes, row.expires_at)


def is_valid(session: Session, password: str, sessions: Collection[str]) -> bool:
    """Whether the session is stored, has not expired, and began with the person's current password."""
    now = User(password=password).get_session_auth_hash()
    return session.key in sessions and constant_time_compare(session.password_hash, now)


def read(known: set[Credentials]) -> list[Row]:
    """The database rows of these credentials."""
    tokens = {one.token_id for one in known if one.token_id is not None}
    people = {one.user_id for one in known if one.user_id is not None}
    sessions = {one.session.key for one in known if one.session is not None}
    asked = ((tokens, of_tokens(tokens)), (people, of_people(people)), (sessions, of_sessions(sessions)))
    parts = [part for keys, part in asked if keys]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Row(*row) for row in rows]


def of_tokens(token_ids: Iterable[UUID]) -> QuerySet[Any, Any]:
    """The rows of tokens."""
    return ApiToken.objects.filter(pk__in=token_ids).values_list(
        F("pk"),
        Value(None, output_field=User._meta.pk),
        F("tenant_id"),
        F("tenant__is_active"),
        ExpressionWrapper(Q(revoked_at=None), output_field=BooleanField()),
        Cast("scopes", TextField()),
        Value("", output_field=CharField()),
        F("expires_at"),
    )


def of_people(user_ids: Iterable[int]) -> QuerySet[Any, Any]:
    """The rows of people's memberships."""
    return Membership.objects.filter(user_id__in=user_ids).values_list(
        Value(None, output_field=ApiToken._meta.pk),
        F("user_id"),
        F("tenant_id"),
        F("tenant__is_active"),
        F("user__is_active"),
        Cast("role", TextField()),
        F("user__password"),
        Value(None, output_field=DateTimeField()),
    )


def of_sessions(keys: Iterable[str]) -> QuerySet[Any, Any]:
    """The rows of sessions that have not expired."""
    return StoredSession.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
        Value(None, output_field=ApiToken._meta.pk),
        Value(None, output_field=User._meta.pk),
        Value(None, output_field=UUIDField()),
        Value(True, output_field=BooleanField()),
        Value(True, output_field=BooleanField()),
        Cast("session_key", TextField()),
        Value("", output_field=CharField()),
        Value(None, output_field=DateTimeField()),
    )
