"""Root fields are for callers with a tenant, and each for callers with its scope."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult

from graphql_api.access.context import Context
from graphql_api.access.permissions import AnyScope, HasScope, for_tenant_members
from graphql_server.errors import ApiError
from tenants.auth.authentication import anonymous, demo_caller
from tenants.context import Caller

calls: list[str] = []


def called(name: str) -> str:
    """Record the call."""
    calls.append(name)
    return name


@for_tenant_members(scope="orders:read")
@strawberry.type
class Query:
    """Reads."""

    plain: str = strawberry.field(resolver=lambda: called("plain"))
    audited: str = strawberry.field(resolver=lambda: called("audited"), extensions=[HasScope("audit:read")])
    anyone: str = strawberry.field(resolver=lambda: called("anyone"), extensions=[AnyScope()])


@for_tenant_members(scope="orders:write")
@strawberry.type
class Mutation:
    """Writes."""

    note: str = strawberry.mutation(resolver=lambda: called("note"))


async def ones() -> AsyncGenerator[int, None]:
    """One event."""
    yield 1


@for_tenant_members(scope="orders:read")
@strawberry.type
class Subscription:
    """Live."""

    plain: AsyncGenerator[int, None] = strawberry.subscription(resolver=ones)
    audited: AsyncGenerator[int, None] = strawberry.subscription(resolver=ones, extensions=[HasScope("audit:read")])


schema = strawberry.Schema(Query, Mutation, Subscription)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """No field has recorded a call yet."""
    calls.clear()


def reader() -> Caller:
    """The demo caller with one scope."""
    return Caller(tenant_id=demo_caller().tenant_id, scopes=frozenset({"orders:read"}))


def ask(query: str, caller: Caller) -> ExecutionResult:
    """The result of a query."""
    made: ExecutionResult = schema.execute_sync(query, context_value=Context(caller=caller, request_id="r-1"))
    return made


async def begin(query: str, caller: Caller) -> Any:
    """The first result of a subscription."""
    began: Any = await schema.subscribe(query, context_value=Context(caller=caller, request_id="r-1"))
    return await anext(began)


def refusal(result: ExecutionResult) -> tuple[Any, Any]:
    """The code of the only error, and its path."""
    [error] = result.errors or ()
    assert isinstance(error.original_error, ApiError)
    return error.original_error.extensions, error.path


@pytest.mark.parametrize("query", ["{ plain }", "{ audited }", "{ anyone }", "mutation { note }"])
def test_caller_without_a_tenant_is_refused_every_root_field(query: str) -> None:
    extensions, _ = refusal(ask(query, anonymous()))

    assert extensions == {"code": "UNAUTHENTICATED"}
    assert calls == []


def test_caller_without_a_tenant_may_read_the_schema() -> None:
    result = ask("{ __typename __schema { queryType { name } } }", anonymous())

    assert result.data == {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}}


def test_caller_without_the_scope_is_refused() -> None:
    assert ask("{ plain anyone }", reader()).data == {"plain": "plain", "anyone": "anyone"}
    calls.clear()

    assert refusal(ask("{ audited }", reader())) == ({"code": "FORBIDDEN", "scope": "audit:read"}, ["audited"])
    assert refusal(ask("mutation { note }", reader())) == ({"code": "FORBIDDEN", "scope": "orders:write"}, ["note"])
    assert calls == []
    assert ask("{ audited }", demo_caller()).data == {"audited": "audited"}


async def test_subscription_needs_a_tenant_and_its_scope() -> None:
    assert refusal(await begin("subscription { plain }", anonymous()))[0] == {"code": "UNAUTHENTICATED"}
    assert refusal(await begin("subscription { audited }", reader()))[0] == {"code": "FORBIDDEN", "scope": "audit:read"}
    assert (await begin("subscription { audited }", demo_caller())).data == {"audited": 1}
