"""Who is calling, and for which tenant: the context that every read and write of tenant-owned rows stands in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings

from tenants.ids import default_tenant_id

ALL_SCOPES = frozenset({"orders:read", "orders:write", "audit:read", "receivers:write", "admin"})


class NoTenant(RuntimeError):
    """No tenant is set: enter ``tenant_context(tenant_id)`` first, or say ``all_tenants()`` and mean it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling; ``tenant_id`` is None for somebody who has not said who they are.

    ``expires_at`` is when the credentials end by themselves, if they do.
    """

    tenant_id: UUID | None = None
    tenant_slug: str = ""
    user_id: int | None = None
    token_id: int | None = None
    actor: str = "system"
    scopes: frozenset[str] = field(default_factory=frozenset)
    ip: str | None = None
    request_id: str = ""
    traceparent: str = ""
    is_demo: bool = False
    expires_at: datetime | None = None


SYSTEM = Caller(scopes=ALL_SCOPES)

_caller: ContextVar[Caller] = ContextVar("caller", default=SYSTEM)
_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)
_without_default: ContextVar[bool] = ContextVar("without_default", default=False)


@cache
def _default_id(slug: str) -> UUID:
    return default_tenant_id(slug)


def current_tenant_id() -> UUID:
    """The tenant of this context, else the default tenant. Never asks the database.

    Raises:
        NoTenant: there is neither.
    """
    tenant_id = _tenant.get()
    if tenant_id is not None:
        return tenant_id
    if settings.DEFAULT_TENANT and not _without_default.get():
        return _default_id(settings.DEFAULT_TENANT)
    raise NoTenant(NoTenant.__doc__)


def current_caller() -> Caller:
    """Who is calling; the system itself where nobody is."""
    return _caller.get()


@contextmanager
def tenant_context(tenant_id: UUID) -> Iterator[None]:
    """Read and write that tenant's rows inside."""
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


@contextmanager
def no_tenant() -> Iterator[None]:
    """Have no tenant inside, not even the default one: tenant-owned rows are out of reach."""
    tenant, without = _tenant.set(None), _without_default.set(True)
    try:
        yield
    finally:
        _without_default.reset(without)
        _tenant.reset(tenant)


@contextmanager
def acting_as(caller: Caller) -> Iterator[Caller]:
    """Act for ``caller`` inside: its tenant's rows, its name in events. One without a tenant reaches no rows."""
    token = _caller.set(caller)
    try:
        with tenant_context(caller.tenant_id) if caller.tenant_id else no_tenant():
            yield caller
    finally:
        _caller.reset(token)


def acting_for(tenant_id: UUID, **changes: object) -> Caller:
    """The system acting in one tenant, with what else is known of the request that it carries on."""
    return replace(SYSTEM, tenant_id=tenant_id, **changes)  # type: ignore[arg-type]  # the field names are checked by replace()
