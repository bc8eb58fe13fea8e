"""Identifiers."""

import uuid
from datetime import UTC, datetime, timedelta

import uuid_utils

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_DEFAULT_TENANTS = uuid.UUID("6f2b1c1e-6d3c-4f6e-9b1b-0d9a3a1f7c55")


def uuid7(moment: datetime | None = None) -> uuid.UUID:
    """A new time-ordered UUID (RFC 9562, version 7), as made now or as if at ``moment``, of the standard library."""
    if moment is None:
        return uuid.UUID(int=uuid_utils.uuid7().int)
    return uuid.UUID(int=uuid_utils.uuid7(nanoseconds=(moment - _EPOCH) // _MICROSECOND * 1000).int)


def made_at(made: uuid.UUID) -> datetime:
    """When :func:`uuid7` made this, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def default_tenant_id(slug: str) -> uuid.UUID:
    """The fixed id of the default tenant, so that finding it never reads the database."""
    return uuid.uuid5(_DEFAULT_TENANTS, slug)
