"""Clients get codes and safe messages; the log gets types and places."""

import re
from typing import Any

import pytest
import strawberry
from django.db import InterfaceError, OperationalError
from strawberry import relay
from structlog.testing import capture_logs

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure, input_path
from graphql_server.execution.executor import Executor, Operation
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from graphql_server.tests.executors import executor_for

MASKED = {"message": "Internal server error.", "extensions": {"code": "INTERNAL", "requestId": "r-1"}}
SECRET = "secret@example.com"


def run(executor: Executor, context: Context, query: str, **variables: Any) -> dict[str, Any]:
    """The response to a query."""
    return executor.run(Operation(query, variables), context)


def test_fault_is_masked_and_keeps_its_place(executor: Executor, context: Context) -> None:
    response = run(executor, context, "{ hello node { fault name } }")

    error = {**MASKED, "locations": [{"line": 1, "column": 16}], "path": ["node", "fault"]}
    assert uncharged(response) == {
        "errors": [error],
        "data": {"hello": "hello world", "node": {"fault": None, "name": "node"}},
    }


def test_fault_of_a_required_field_takes_the_nearest_nullable_parent(executor: Executor, context: Context) -> None:
    response = run(executor, context, "{ hello node { child { requiredFault } } }")

    assert response["data"] == {"hello": "hello world", "node": None}
    assert response["errors"][0]["path"] == ["node", "child", "requiredFault"]


def test_internal_errors_are_logged_once_without_user_text(executor: Executor, context: Context) -> None:
    with capture_logs() as logs:
        run(
            executor, context, "query Q($name: String!) { hello(name: $name) node { fault again: fault } }", name=SECRET
        )

    [entry] = logs
    where = entry.pop("where")
    assert entry == {
        "event": "graphql_fault",
        "log_level": "error",
        "request_id": "r-1",
        "code": "INTERNAL",
        "error": "KeyError",
        "path": ["node", "fault"],
        "count": 2,
    }
    assert where[-1].endswith("fault")
    assert SECRET not in str(where)


@pytest.mark.parametrize("error", [OperationalError("10.0.0.1 refused"), InterfaceError("gone")])
def test_database_out_of_reach_is_unavailable(error: Exception) -> None:
    [entry] = failure(error, "r-1")["errors"]

    assert entry == {
        "message": "The service is not available at the moment. Try again.",
        "extensions": {"code": "UNAVAILABLE", "requestId": "r-1"},
    }


def test_database_out_of_reach_in_a_resolver_keeps_the_rest(executor: Executor, context: Context) -> None:
    response = run(executor, context, "{ databaseDown hello }")

    assert response["data"] == {"databaseDown": None, "hello": "hello world"}
    assert response["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "requestId": "r-1"}


def test_error_for_the_client_is_shown_whole_and_not_logged(executor: Executor, context: Context) -> None:
    with capture_logs() as logs:
        response = run(executor, context, "{ refused }")

    assert response["errors"] == [
        {
            "message": "The cursor is too old.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["refused"],
            "extensions": {"code": "CURSOR_EXPIRED", "oldest": "abc"},
        }
    ]
    assert logs == []


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{", "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        ("", "GRAPHQL_PARSE_FAILED", "Syntax Error: Unexpected <EOF>."),
        ("{ node { xyzzy } }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'xyzzy' on type 'Node'."),
        ('{ double(amount: "x") }', "BAD_USER_INPUT", "An amount is written in digits."),
        (
            "{ atLeast(number: 2147483648) }",
            "BAD_USER_INPUT",
            "Int cannot represent non 32-bit signed integer value: 2147483648",
        ),
        (
            "query Q($amount: Amount!) { double(amount: $amount) }",
            "BAD_USER_INPUT",
            "Variable '$amount' has invalid value: An amount is written in digits.",
        ),
        (
            "query Q($other: Int!) { atLeast(number: $other) }",
            "BAD_USER_INPUT",
            "Variable '$other' has invalid value: Expected a value of non-null type 'Int!' to be provided.",
        ),
    ],
)
def test_malformed_request_runs_nothing_and_gets_an_error(
    executor: Executor, context: Context, query: str, code: str, message: str
) -> None:
    with capture_logs() as logs:
        response = run(executor, context, query, amount="x" * 100_000)

    assert "data" not in response
    [error] = response["errors"]
    variable = re.match(r"Variable '\$(\w+)'", message)
    assert error["extensions"] == {"code": code, **({"inputPath": [variable[1]]} if variable else {})}
    assert error["message"] == message
    assert len(error["locations"]) == 1
    assert logs == []


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'", ["n"]),
        (
            "Variable '$a' has invalid value at .lines[10].unitPrice: No: at .b[1]: x",
            ["a", "lines", 10, "unitPrice"],
        ),
        ("Variable '$a' has invalid value at [0][1]: x", ["a", 0, 1]),
        ("Variable '$a' got something else at .b: x", []),
        ("No variable: Variable '$a' has invalid value at .b: x", []),
    ],
)
def test_refused_variable_names_its_path(message: str, path: list[str | int]) -> None:
    assert input_path(message) == path


def test_argument_that_turns_out_null_is_the_users_input(executor: Executor, context: Context) -> None:
    response = run(executor, context, "query Q($n: Int = 5) { atLeast(number: $n) }", n=None)

    assert response["data"] is None
    assert response["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert response["errors"][0]["path"] == ["atLeast"]


def test_malformed_global_id_is_the_users_input(context: Context) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def thing(self, id: relay.GlobalID) -> str:
            return str(id)

    response = run(executor_for(strawberry.Schema(query=Query)), context, '{ thing(id: "nonsense") }')

    assert response["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert response["errors"][0]["message"] == 'Value cannot represent a GlobalID: "nonsense".'


def test_scalar_with_a_bug_is_masked(context: Context) -> None:
    def broken(value: object) -> str:
        raise KeyError(SECRET)

    config = strawberry.schema.config.StrawberryConfig(
        scalar_map={toy.Amount: strawberry.scalar(name="Amount", parse_value=broken, serialize=str)}
    )
    executor = executor_for(strawberry.Schema(query=toy.Query, config=config))

    for query in ("query Q($a: Amount!) { double(amount: $a) }", '{ double(amount: "1") }'):
        [error] = run(executor, context, query, a="1")["errors"]
        assert (error["message"], error["extensions"]) == (MASKED["message"], MASKED["extensions"])


def test_value_of_the_wrong_kind_from_a_resolver_is_masked(context: Context) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def number(self) -> int | None:
            return SECRET  # type: ignore[return-value]  # the mistake under test

    response = run(executor_for(strawberry.Schema(query=Query)), context, "{ number }")

    assert response["errors"] == [{**MASKED, "locations": [{"line": 1, "column": 3}], "path": ["number"]}]


def test_every_code_is_spelled_as_documented() -> None:
    assert {str(code) for code in Code} == {
        *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED", "TOKEN_EXPIRED"),
        *(
            "FORBIDDEN",
            "THROTTLED",
            "QUERY_TOO_EXPENSIVE",
            "STREAM_LAGGED",
            "CURSOR_EXPIRED",
            "UNAVAILABLE",
            "INTERNAL",
        ),
        *("PERSISTED_QUERY_NOT_FOUND", "DOCUMENT_NOT_TRUSTED"),
    }


def test_api_error_has_its_code() -> None:
    error = ApiError(Code.THROTTLED, "Slow down.", retryAfterSeconds=3)

    assert failure(error, "r-1") == {
        "errors": [{"message": "Slow down.", "extensions": {"code": "THROTTLED", "retryAfterSeconds": 3}}]
    }
