"""The schema is the committed one, and describes itself to clients who can't see our code."""

from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    is_introspection_type,
    is_specified_scalar_type,
)

from graphql_api.schema import schema
from graphql_api.tests.client import data_of, refusal_of
from tenants.auth.authentication import anonymous

SDL = Path(__file__).resolve().parent.parent / "schema.graphql"


def test_committed_schema_equals_the_code(tmp_path: Path) -> None:
    call_command("export_schema", "graphql_api.schema:schema", "--path", str(tmp_path / "exported"))

    assert (tmp_path / "exported").read_text() + "\n" == SDL.read_text(), "run ./dev schema"


def test_every_type_field_value_and_argument_is_described() -> None:
    bare: list[str] = []
    for name, kind in schema._schema.type_map.items():
        if is_introspection_type(kind) or (isinstance(kind, GraphQLScalarType) and is_specified_scalar_type(kind)):
            continue
        bare += [] if kind.description else [name]
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{value_name}" for value_name, value in kind.values.items() if not value.description]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                bare += [] if field.description else [f"{name}.{field_name}"]
                arguments = getattr(field, "args", {})
                bare += [f"{name}.{field_name}({one})" for one, given in arguments.items() if not given.description]

    assert bare == []


def test_callers_without_a_tenant_get_no_answer() -> None:
    refused = ("UNAUTHENTICATED", "Authentication is required. Send a token or log in.")

    assert refusal_of("{ viewer { actor } }", caller=anonymous()) == refused
    assert refusal_of("{ orders { totalCount } }", caller=anonymous()) == refused
    assert refusal_of('mutation { payOrder(input: {id: "x"}) { userErrors { code } } }', caller=anonymous()) == refused


@pytest.mark.django_db
def test_viewer_has_caller_tenant_and_whether_the_demo_is_open() -> None:
    viewer = data_of("{ viewer { actor isDemo scopes tenant { slug name defaultCurrency } } }")["viewer"]

    assert viewer == {
        "actor": "demo",
        "isDemo": True,
        "scopes": ["admin", "audit:read", "orders:read", "orders:write", "receivers:write"],
        "tenant": {"slug": "demo", "name": "Demo", "defaultCurrency": "EUR"},
    }


def test_viewer_has_the_servers_time() -> None:
    with time_machine.travel("2026-11-28T12:00:00Z", tick=False):
        assert data_of("{ viewer { serverTime } }")["viewer"]["serverTime"] == "2026-11-28T12:00:00+00:00"
