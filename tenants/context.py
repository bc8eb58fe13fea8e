"""The caller and the tenant: the context of every read and write of tenants' rows."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings

from tenants.values.identifiers import default_tenant_id, uuid7

ALL_SCOPES = frozenset({"orders:read", "orders:write", "audit:read", "receivers:write", "admin"})


class NoTenant(RuntimeError):
    """No tenant is set: enter ``tenant_context(tenant_id)`` first, or use ``all_tenants()`` explicitly."""


class Session(NamedTuple):
    """The session on which a person's rights also depend."""

    key: str
    password_hash: str
    """The hash of the session's password, as Django keeps it in the session."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller; ``tenant_id`` is None for a request without credentials.

    ``expires_at`` is when the credentials expire, if they do. ``wrong_tenant`` is true for a caller who requested a
    tenant without a right to it, and so acts for none. ``session`` is set for open connections. ``client`` is the name
    that the program gives itself, unchecked and possibly empty.
    """

    tenant_id: UUID | None = None
    tenant_slug: str = ""
    user_id: int | None = None
    token_id: UUID | None = None
    actor: str = "system"
    scopes: frozenset[str] = field(default_factory=frozenset)
    ip: str | None = None
    request_id: str = ""
    traceparent: str = ""
    client: str = ""
    client_version: str = ""
    is_demo: bool = False
    expires_at: datetime | None = None
    wrong_tenant: bool = False
    session: Session | None = field(default=None, repr=False)

    @property
    def turn(self) -> tuple[Hashable, Hashable]:
        """The tenant, and the caller within it.

        Callers without credentials are one tenant, and differ by their address.
        """
        if self.tenant_id is None:
            return None, self.ip
        return self.tenant_id, (self.token_id, self.user_id)

    def acting(self) -> AbstractContextManager["Caller"]:
        """Act for this caller inside: :func:`acting_as`."""
        return acting_as(self)

    def shared(self) -> "Caller":
        """Any caller of this tenant with these scopes: no person, no address, a new request id."""
        return Caller(
            tenant_id=self.tenant_id,
            tenant_slug=self.tenant_slug,
            actor="subscription",
            scopes=self.scopes,
            request_id=uuid7().hex,
        )

    def for_operation(self) -> "Caller":
        """A copy of the caller with a new request id."""
        return replace(self, request_id=uuid7().hex)

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> "Caller":
        """A copy of the caller with other rights."""
        return replace(self, scopes=scopes, expires_at=expires_at)


P = ParamSpec("P")
T = TypeVar("T")

SYSTEM = Caller(scopes=ALL_SCOPES)

ACROSS, NOWHERE = "*", ""
_caller: ContextVar[Caller] = ContextVar("caller", default=SYSTEM)
_tenant: ContextVar[UUID | str | None] = ContextVar("tenant", default=None)
"""A tenant's id, ``ACROSS``, ``NOWHERE``, or None: the default tenant, if there is one."""


@cache
def _default_id(slug: str) -> UUID:
    return default_tenant_id(slug)


def _tenant_here() -> UUID | str:
    here = _tenant.get()
    if here is None:
        return _default_id(settings.DEFAULT_TENANT) if settings.DEFAULT_TENANT else NOWHERE
    return here


def current_tenant_id() -> UUID:
    """The tenant of this context, else the default tenant. Never reads the database.

    Raises:
        NoTenant: there is neither.
    """
    here = _tenant_here()
    if isinstance(here, UUID):
        return here
    raise NoTenant(NoTenant.__doc__)


def current_reach() -> str:
    """The tenant whose rows the database shows here: its id, or ``ACROSS``, or ``NOWHERE``."""
    return str(_tenant_here())


def current_caller() -> Caller:
    """The current caller, or the system itself if there is none."""
    return _caller.get()


@contextmanager
def _entered(where: UUID | str) -> Iterator[None]:
    token = _tenant.set(where)
    try:
        yield
    finally:
        _tenant.reset(token)


def tenant_context(tenant_id: UUID) -> AbstractContextManager[None]:
    """Read and write that tenant's rows inside, and no other's: PostgreSQL enforces it."""
    return _entered(tenant_id)


def no_tenant() -> AbstractContextManager[None]:
    """Inside, there is no tenant, not even the default one: no row of a tenant can be read."""
    return _entered(NOWHERE)


def across_tenants() -> AbstractContextManager[None]:
    """Inside, read the columns of all tenants' rows that show which tenants have work.

    For dispatchers, their periodic work and health checks; on PostgreSQL no other column can be read and no row
    written. The work itself is done in :func:`tenant_context`.
    """
    return _entered(ACROSS)


def in_its_tenant(function: Callable[Concatenate[UUID, P], T]) -> Callable[Concatenate[UUID, P], T]:
    """Make a function run in the tenant of its first argument."""

    @wraps(function)
    def in_tenant_of_argument(tenant_id: UUID, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with _entered(tenant_id):
            return function(tenant_id, *args, **kwargs)

    return in_tenant_of_argument


class Acting(AbstractContextManager[Caller]):
    """The context manager of :func:`acting_as`. Not a generator: it is entered for each payload of a subscription."""

    __slots__ = ("_caller", "_caller_token", "_tenant_token")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __enter__(self) -> Caller:
        self._caller_token = _caller.set(self._caller)
        self._tenant_token = _tenant.set(self._caller.tenant_id or NOWHERE)
        return self._caller

    def __exit__(self, *_: object) -> None:
        _tenant.reset(self._tenant_token)
        _caller.reset(self._caller_token)


def acting_as(caller: Caller) -> AbstractContextManager[Caller]:
    """Act for ``caller`` inside: its tenant's rows, its name in events. A caller without a tenant reads no rows."""
    return Acting(caller)


def acting_for(tenant_id: UUID, **changes: object) -> Caller:
    """The system acting in one tenant, with the data of the request that it continues."""
    return replace(SYSTEM, tenant_id=tenant_id, **changes)  # type: ignore[arg-type]  # the field names are checked by replace()
