"""Run operations of the real schema in a test's own transaction, as one caller or another."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

from graphql_api.access.context import Context
from graphql_api.schema import schema
from graphql_api.tests.serving import executor_for
from graphql_server import connections
from graphql_server.execution.executor import Executor, Operation
from tenants.auth.authentication import demo_caller
from tenants.context import ALL_SCOPES, Caller, acting_as
from tenants.models import Tenant

Answer = dict[str, Any]


@cache
def executor() -> Executor:
    """Runs operations against the real schema."""
    return executor_for(schema)


def caller_of(tenant: Tenant) -> Caller:
    """A person of another tenant, who may do everything there."""
    return Caller(tenant_id=tenant.id, tenant_slug=tenant.slug, actor="token:other", scopes=ALL_SCOPES)


def ask(query: str, variables: Answer | None = None, *, caller: Caller | None = None) -> Answer:
    """The whole response, by default to the demo caller. The connection stays open, because it is the test's."""
    asking = caller or demo_caller()
    with mock.patch.object(connections, "close_old_connections"):
        return executor().run(Operation(query, variables), Context(caller=asking, request_id="r-1"))


def data_of(query: str, variables: Answer | None = None, *, caller: Caller | None = None) -> Answer:
    """The data of a response without errors."""
    response = ask(query, variables, caller=caller)
    assert "errors" not in response, response["errors"]
    data: Answer = response["data"]
    return data


def refusal_of(query: str, variables: Answer | None = None, *, caller: Caller | None = None) -> tuple[str, str]:
    """The code and the message of a response's only error."""
    errors = ask(query, variables, caller=caller)["errors"]
    assert len(errors) == 1, errors
    return errors[0]["extensions"]["code"], errors[0]["message"]


@contextmanager
def as_tenant(tenant: Tenant) -> Iterator[None]:
    """Context manager: act in another tenant."""
    with acting_as(caller_of(tenant)):
        yield
