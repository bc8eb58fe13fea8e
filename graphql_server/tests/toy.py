"""A small schema with everything that a transport must handle."""

import threading
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from decimal import Decimal
from inspect import isawaitable
from typing import Any, NewType, TypeVar

import strawberry
from django.db import OperationalError, connection
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver, SyncExtensionResolver
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info, get_object_definition

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from graphql_server.tests.chat.people import acting

T = TypeVar("T", bound=type)

gate = threading.Event()
"""``Query.wait`` waits for it."""
calls: list[str] = []
"""Fields that record their runs."""
mark: ContextVar[str] = ContextVar("mark", default="")


class Needs(FieldExtension):
    """Refuses a field to callers without a tenant or without a scope, before its resolver is called."""

    def __init__(self, scope: str | None = None) -> None:
        self.scope = scope

    def check(self, context: Context) -> None:
        """Refuse the caller, or return."""
        if context.caller.tenant_id is None:
            raise ApiError(Code.UNAUTHENTICATED, "Say who you are.")
        if self.scope and self.scope not in context.caller.scopes:
            raise ApiError(Code.FORBIDDEN, f"This needs the scope {self.scope}.", scope=self.scope)

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info[Context, Any], **kwargs: Any) -> Any:
        self.check(info.context)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info[Context, Any], **kwargs: Any
    ) -> Any:
        self.check(info.context)
        result = next_(source, info, **kwargs)
        return await result if isawaitable(result) else result  # A subscription's result is its source.


def for_members(root: T) -> T:
    """Require a tenant on every field of a root type."""
    for each in get_object_definition(root, strict=True).fields:
        each.extensions = [*each.extensions, Needs()]
    return root


def parse_amount(value: object) -> Decimal:
    """Refuse a value as our scalars do."""
    if not isinstance(value, str) or not value.isdigit():
        raise ApiError(Code.BAD_USER_INPUT, "An amount is written in digits.")
    return Decimal(value)


Amount = NewType("Amount", Decimal)


@strawberry.type
class Node:
    """A node of a tree."""

    name: str = "node"

    @strawberry.field
    def child(self) -> "Node":
        return Node()

    @strawberry.field
    def fault(self) -> str | None:
        raise KeyError("secret@example.com")

    @strawberry.field
    def required_fault(self) -> str:
        raise KeyError("secret@example.com")


@for_members
@strawberry.type
class Query:
    """Reads values."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def node(self) -> Node | None:
        return Node()

    @strawberry.field
    def nodes(self, count: int) -> list[Node]:
        return [Node() for _ in range(count)]

    @strawberry.field
    def double(self, amount: Amount) -> str:
        return str(amount * 2)

    @strawberry.field
    def at_least(self, number: int = 1) -> int:
        return number

    @strawberry.field
    def refused(self) -> str | None:
        raise ApiError(Code.CURSOR_EXPIRED, "The cursor is too old.", oldest="abc")

    @strawberry.field
    def database_down(self) -> str | None:
        raise OperationalError("connection to 10.0.0.1 refused")

    @strawberry.field
    def surrogate(self) -> str:
        return "\ud800"

    @strawberry.field
    def wait(self) -> bool:
        calls.append("wait")
        return gate.wait(10)

    @strawberry.field
    def trace(self, name: str) -> str:
        calls.append(name)
        return name

    @strawberry.field
    def who(self, info: Info[Context, None]) -> str:
        return str(info.context.caller.actor)

    @strawberry.field
    def acting(self) -> str:
        return acting.get()

    @strawberry.field
    def marked(self) -> str:
        return mark.get()

    @strawberry.field
    def thread(self) -> str:
        return threading.current_thread().name

    @strawberry.field
    def one(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])

    audited: str = strawberry.field(resolver=lambda: "audited", extensions=[Needs("audit:read")])

    @strawberry.field
    def transport(self, info: Info[Context, None]) -> str:
        return info.context.transport


@for_members
@strawberry.type
class Mutation:
    """Writes values."""

    @strawberry.mutation
    def note(self, text: str) -> str:
        calls.append(text)
        return text


@for_members
@strawberry.type
class Subscription:
    """Streams values."""

    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        try:
            for number in range(to):
                yield number
        finally:
            calls.append("count closed")

    @strawberry.subscription
    async def broken(self) -> AsyncGenerator[int, None]:
        yield 1
        raise KeyError("secret@example.com")

    @strawberry.subscription
    async def lagged(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ApiError(Code.STREAM_LAGGED, "Too slow.", cursor="c1")

    @strawberry.subscription
    async def faulty_events(self) -> AsyncGenerator[Node, None]:
        yield Node()

    @strawberry.subscription
    async def actors(self, info: Info[Context, None]) -> AsyncGenerator[str, None]:
        yield str(info.context.caller.actor)

    @strawberry.subscription
    async def acting(self) -> AsyncGenerator[str, None]:
        yield acting.get()


AMOUNT = strawberry.scalar(name="Amount", parse_value=parse_amount, serialize=str)
CONFIG = StrawberryConfig(scalar_map={Amount: AMOUNT})
schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, config=CONFIG)
