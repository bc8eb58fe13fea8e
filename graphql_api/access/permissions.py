"""Permissions: root fields are for callers with a tenant, and each for callers with its scope."""

from collections.abc import Callable
from typing import Any, TypeVar

from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver, SyncExtensionResolver
from strawberry.types import Info, get_object_definition

from graphql_api.access.context import Context
from graphql_server.errors import ApiError, Code
from tenants.context import Caller

T = TypeVar("T", bound=type)


class Requirement(FieldExtension):
    """Refuses a field, of a query, mutation or subscription, before its resolver is called."""

    def check(self, caller: Caller) -> None:
        """Raise an :class:`ApiError` for a caller who may not."""
        raise NotImplementedError

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info[Context, Any], **kwargs: Any) -> Any:
        self.check(info.context.caller)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info[Context, Any], **kwargs: Any
    ) -> Any:
        self.check(info.context.caller)
        result = next_(source, info, **kwargs)
        return await result if hasattr(result, "__await__") else result  # a subscription's is its stream


class IsTenantMember(Requirement):
    """For callers who act in a tenant."""

    def check(self, caller: Caller) -> None:
        if caller.tenant_id is None:
            raise ApiError(Code.UNAUTHENTICATED, "Authentication is required. Send a token or log in.")


class HasScope(Requirement):
    """For callers whose token or role has ``scope``."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def check(self, caller: Caller) -> None:
        if self.scope not in caller.scopes:
            raise ApiError(Code.FORBIDDEN, f"This needs the scope {self.scope}.", scope=self.scope)


class AnyScope(Requirement):
    """For every caller, whatever the scopes."""

    def check(self, caller: Caller) -> None:
        """Refuse no caller."""


def for_tenant_members(*, scope: str) -> Callable[[T], T]:
    """Require a tenant on every field of a root type, so that no field can be forgotten. Goes above its decorator.

    A field that names no :class:`HasScope` of its own, and not :class:`AnyScope`, needs ``scope``. Its description says
    what it needs.
    """

    def require(root: T) -> T:
        for field in get_object_definition(root, strict=True).fields:
            if not any(isinstance(one, HasScope | AnyScope) for one in field.extensions):
                field.extensions = [*field.extensions, HasScope(scope)]
            if needed := next((one.scope for one in field.extensions if isinstance(one, HasScope)), None):
                field.description = f"{field.description or ''} Needs the scope `{needed}`.".lstrip()
            # Last: of several extensions the last runs first, and authentication comes before scopes.
            field.extensions = [*field.extensions, IsTenantMember()]
        return root

    return require
