"""What callers may do now: whoever stays connected for long is asked about again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, CharField, DateTimeField, F, Q, QuerySet, TextField, Value
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Cast
from django.utils import timezone

from tenants.authentication import ROLE_SCOPES
from tenants.context import ALL_SCOPES, Caller
from tenants.models import ApiToken, Membership


class Credentials(NamedTuple):
    """What a caller's rights hang on: a token, or a person's membership."""

    token_id: int | None
    user_id: int | None
    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done, and until when."""

    scopes: frozenset[str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no rights any more, and why."""

    reason: str


REMOVED = Ended("you no longer belong to this tenant")
REVOKED = Ended("the token was revoked")
EXPIRED = Ended("the token has expired")
DISABLED_TENANT = Ended("the tenant is disabled")
DISABLED_PERSON = Ended("your account is disabled")


class Row(NamedTuple):
    """What the database knows about credentials; ``rights`` are a token's scopes as JSON, or a role."""

    token_id: int | None
    user_id: int | None
    tenant_id: UUID
    tenant_is_active: bool
    is_active: bool
    rights: str
    expires_at: datetime | None


def credentials_of(caller: Caller) -> Credentials | None:
    """What the caller's rights hang on; nothing for the open demo and for somebody who has not said who they are."""
    if caller.tenant_id is None or (caller.token_id is None and caller.user_id is None):
        return None
    return Credentials(caller.token_id, None if caller.token_id else caller.user_id, caller.tenant_id)


def current(known: Iterable[Credentials]) -> dict[Credentials, Rights | Ended]:
    """The rights that each has now, or how they ended. One statement for all of them."""
    wanted = set(known)
    rows = {Credentials(*row[:3]): row for row in read(wanted)} if wanted else {}
    now = timezone.now()
    return {credentials: judged(credentials, rows.get(credentials), now) for credentials in wanted}


def judged(credentials: Credentials, row: Row | None, now: datetime) -> Rights | Ended:
    """The rights under what the database knows now."""
    by_token = credentials.token_id is not None
    if row is None:
        return REVOKED if by_token else REMOVED
    if not row.tenant_is_active:
        return DISABLED_TENANT
    if not row.is_active:
        return REVOKED if by_token else DISABLED_PERSON
    if row.expires_at is not None and row.expires_at <= now:
        return EXPIRED
    scopes = frozenset(json.loads(row.rights)) & ALL_SCOPES if by_token else ROLE_SCOPES[row.rights]
    return Rights(scopes, row.expires_at)


def read(known: set[Credentials]) -> Iterable[Row]:
    """What the database knows about these."""
    tokens = {one.token_id for one in known if one.token_id is not None}
    people = {one.user_id for one in known if one.user_id is not None}
    parts = [part for asked, part in ((tokens, of_tokens(tokens)), (people, of_people(people))) if asked]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Row(*row) for row in rows]


def of_tokens(token_ids: Iterable[int]) -> QuerySet[Any, Any]:
    """The rows of tokens."""
    return ApiToken.objects.filter(pk__in=token_ids).values_list(
        F("pk"),
        Value(None, output_field=ApiToken._meta.pk),
        F("tenant_id"),
        F("tenant__is_active"),
        ExpressionWrapper(Q(revoked_at=None), output_field=BooleanField()),
        Cast("scopes", TextField()),
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
        Cast("role", CharField()),
        Value(None, output_field=DateTimeField()),
    )
