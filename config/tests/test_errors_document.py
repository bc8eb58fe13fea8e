"""docs/errors.md has every code that a client can get, as the code has it."""

import ast
import re
from pathlib import Path
from typing import Any

from graphql import get_named_type

from config.tests.test_words import ROOT
from events.errors import DeliveryNotFound, NotRetryable, UnknownReceiver
from graphql_api.administration.member_types import MemberErrorCode
from graphql_api.administration.webhook_types import WebhookErrorCode
from graphql_api.schema import schema
from graphql_api.types.api_tokens import ApiTokenErrorCode
from graphql_api.types.enums import ErrorCode, OrderErrorCode
from graphql_api.types.receivers import ReceiverErrorCode
from graphql_server.errors import Code
from graphql_server.http.handler import STATUS_OF_CODE
from graphql_server.websocket.closing import CloseCode
from orders.rest.api_schema import REFUSALS

DOCUMENT = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
MAKES, CODE = re.compile(r"(FieldError|Refusal|errors\.add)$"), re.compile(r"[A-Z]+(_[A-Z]+)*")
NAMED = ("code", "(code, ")
NEVER_OVER_HTTP = {Code.STREAM_LAGGED, Code.CURSOR_EXPIRED}
"""Subscriptions have these, whose HTTP answer has begun."""


def tables(heading: str) -> list[list[list[str]]]:
    """The cells of a section's tables, without their heads."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| .+ \|\n\|[-|]+\|\n((?:\| .+ \|(?:\n|$))+)", section, re.MULTILINE)
    return [[line[2:-2].split(" | ") for line in table.splitlines()] for table in found]


def rows(heading: str) -> list[list[str]]:
    """The cells of all tables of a section."""
    return [row for table in tables(heading) for row in table]


def described(enum: Any) -> list[tuple[str, str]]:
    """The values of an enum of the schema, with their descriptions."""
    return [(value.name, value.description) for value in enum.__strawberry_definition__.values]


def codes_in(*paths: Path) -> set[str]:
    """The codes that modules give to errors: in a class (``code = "TAKEN"``), or in a call that makes or adds one."""
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    own = [node for node in nodes if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(NAMED)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and MAKES.search(ast.unparse(node.func))]
    below = [part for node in (*own, *calls) for part in ast.walk(node)]
    texts = {part.value for part in below if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {text for text in texts if CODE.fullmatch(text)}


def test_codes_of_operations_with_their_statuses() -> None:
    listed = {code.strip("`"): status for code, status, *_ in rows("Codes of operations")}
    expected = {
        code.value: "-" if code in NEVER_OVER_HTTP else str(int(STATUS_OF_CODE.get(code, 400))) for code in Code
    }
    assert listed == expected


def test_codes_of_operations_are_an_enum_of_the_schema() -> None:
    assert [one.name for one in ErrorCode] == [code.value for code in Code]
    assert [(code.strip("`"), when) for code, _, when, _ in rows("Codes of operations")] == described(ErrorCode)


def test_codes_of_user_errors_with_the_schemas_words() -> None:
    found = [[(code.strip("`"), meaning) for code, meaning, _ in table] for table in tables("Codes of `userErrors`")]

    enums = (OrderErrorCode, ReceiverErrorCode, ApiTokenErrorCode, MemberErrorCode, WebhookErrorCode)
    assert found == [*map(described, enums)]


def test_codes_of_user_errors_are_those_of_their_domain() -> None:
    api = ROOT / "graphql_api"
    receivers = {UnknownReceiver.code, DeliveryNotFound.code, NotRetryable.code}

    assert codes_in(*(ROOT / "orders").glob("*.py")) == {one.name for one in OrderErrorCode}
    assert receivers | {"INVALID"} == {one.name for one in ReceiverErrorCode}
    assert codes_in(ROOT / "tenants/auth/tokens.py") | {"NOT_FOUND"} == {one.name for one in ApiTokenErrorCode}
    members = codes_in(ROOT / "tenants/auth/tokens.py", ROOT / "tenants/auth/members.py")
    assert members == {one.name for one in MemberErrorCode}
    assert codes_in(*(ROOT / "webhooks").glob("*.py")) == {one.name for one in WebhookErrorCode}
    assert "ReceiverErrorCode.INVALID" in (api / "lab/lab_fields.py").read_text()
    assert "ApiTokenErrorCode.NOT_FOUND" in (api / "administration/token_fields.py").read_text()


def test_every_mutation_returns_user_errors() -> None:
    mutation: Any = schema._schema.mutation_type
    for name, field in mutation.fields.items():
        errors = get_named_type(get_named_type(field.type).fields["userErrors"].type)
        assert errors.name.endswith("UserError"), name
        assert get_named_type(errors.fields["code"].type).name.endswith("ErrorCode"), name
        assert {"code", "field", "message"} <= errors.fields.keys(), name


def test_close_codes_with_their_names() -> None:
    assert [(int(code), name.strip("`")) for code, name, *_ in rows("Close codes of a WebSocket")] == [
        (code.value, code.name) for code in CloseCode
    ]


def test_statuses_of_rest_with_the_words_of_its_document() -> None:
    assert [(int(status), meaning) for status, meaning in rows("Statuses of REST")] == [*REFUSALS.items()]


def test_every_code_says_what_to_do() -> None:
    for heading in ("Codes of operations", "Codes of `userErrors`", "Close codes of a WebSocket"):
        assert all(row[-1].strip() for row in rows(heading)), heading
