"""Who may: root fields are for callers with a tenant, some for those with a scope."""

from typing import Any, TypeVar

from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver, SyncExtensionResolver
from strawberry.types import Info, get_object_definition

from graphql_api.context import Context
from graphql_api.errors import ApiError, Code
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
            raise ApiError(Code.UNAUTHENTICATED, "Say who you are: send a token or log in.")


class HasScope(Requirement):
    """For callers whose token or role has ``scope``."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def check(self, caller: Caller) -> None:
        if self.scope not in caller.scopes:
            raise ApiError(Code.FORBIDDEN, f"This needs the scope {self.scope}.", scope=self.scope)


def for_tenant_members(root: T) -> T:
    """Require a tenant on every field of a root type, so that none can be forgotten. Stands above its decorator."""
    for field in get_object_definition(root, strict=True).fields:
        # Last: of several extensions the last is asked first, and who you are comes before what you may.
        field.extensions = [*field.extensions, IsTenantMember()]
    return root
