"""What is alike in the schema is named and shaped alike (docs/decisions/0048): each rule is held against all of it.

Lists have their rules in ``pages/test_connections.py`` and ``pages/test_empty_pages.py``, descriptions in
``test_schema.py``, old names in ``test_old_names.py``.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from rest_framework.test import APIClient

from events.dispatch.inline import settle
from graphql_api.schema import schema
from graphql_api.tests.client import data_of
from graphql_api.tests.test_schema import SDL
from orders import services
from orders.services import NewOrder
from tests.factories import line, place_order

TYPES: dict[str, Any] = {**schema._schema.type_map}
ROOTS = {"Query", "Mutation", "Subscription"}
ENUMS = {"step", "risks", "action", "processingStep"}
DEEPEST = 3
"""How far below an order its fields are read."""


def root(name: str) -> dict[str, GraphQLField]:
    """The fields of a root type."""
    found: dict[str, GraphQLField] = TYPES[name].fields
    return found


def fields() -> Iterator[tuple[str, GraphQLField]]:
    """Every field of an object that is no old name, by its coordinate."""
    for kind in TYPES.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                if not field.deprecation_reason:
                    yield f"{kind.name}.{name}", field


def inputs() -> Iterator[tuple[str, Any]]:
    """Every argument and input field that is no old name, by its coordinate."""
    for coordinate, field in fields():
        for name, argument in field.args.items():
            yield f"{coordinate}({name}:)", argument
    for kind in TYPES.values():
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{kind.name}.{name}", field) for name, field in kind.fields.items())


MUTATIONS = root("Mutation")


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_takes_an_input_and_returns_user_errors_of_its_domain(name: str) -> None:
    mutation = MUTATIONS[name]
    payload: Any = get_named_type(mutation.type)
    shown = payload.fields["userErrors"].type

    assert is_non_null_type(mutation.args["input"].type)
    error: Any = get_named_type(shown)
    assert str(shown) == f"[{error.name}!]!"
    assert error.name.endswith("UserError")
    domain = error.name.removesuffix("UserError") or "Order"
    assert {each: str(field.type) for each, field in error.fields.items()}.items() >= {
        *(("code", f"{domain}ErrorCode!"), ("field", "[String!]"), ("message", "String!")),
    }


def test_each_domain_has_codes_of_its_own() -> None:
    payloads: list[Any] = [get_named_type(one.type) for one in MUTATIONS.values()]
    errors: set[Any] = {get_named_type(one.fields["userErrors"].type) for one in payloads}
    codes: list[Any] = [get_named_type(one.fields["code"].type) for one in errors]

    assert all(isinstance(one, GraphQLEnumType) for one in codes)
    assert len({one.name for one in codes}) == len(errors) >= 5
    assert "ErrorCode" not in {one.name for one in codes}


def test_dry_run_is_false_unless_it_is_asked_for() -> None:
    dry = [(where, str(one.type), one.default_value) for where, one in inputs() if "dryRun" in where.split(".")[-1]]

    assert len(dry) >= 3
    assert {(kind, default) for _, kind, default in dry} == {("Boolean!", False)}


def test_filter_by_an_enum_takes_several_values() -> None:
    single = [
        where
        for where, argument in inputs()
        if isinstance(argument, GraphQLArgument)
        and not argument.deprecation_reason
        and isinstance(get_named_type(argument.type), GraphQLEnumType)
        and not is_list_type(argument.type)
    ]
    assert single == ["Query.orderStats(window:)", "Subscription.orderStats(window:)"], "each of these chooses one"
    for kind in TYPES.values():
        if isinstance(kind, GraphQLInputObjectType) and kind.name.endswith("Filter"):
            enums = [name for name, one in kind.fields.items() if isinstance(get_named_type(one.type), GraphQLEnumType)]
            assert enums in ([], ["eq", "in"]), kind.name


def test_event_list_takes_the_filter_that_its_subscription_takes() -> None:
    listed, live = root("Query")["orderEvents"].args, root("Subscription")["orderEvents"].args
    shared = {"types", "where", "after"}

    assert {name: str(listed[name].type) for name in shared} == {name: str(live[name].type) for name in shared}


def test_object_with_an_id_is_a_node() -> None:
    with_id = [kind for kind in TYPES.values() if isinstance(kind, GraphQLObjectType) and "id" in kind.fields]

    assert len(with_id) >= 10
    assert [kind.name for kind in with_id if "Node" not in {one.name for one in kind.interfaces}] == []


def test_values_of_a_known_set_are_enums() -> None:
    found = {where: get_named_type(one.type) for where, one in fields() if where.split(".")[-1] in ENUMS}

    assert len(found) >= 3
    assert [where for where, kind in found.items() if not isinstance(kind, GraphQLEnumType)] == []


def test_order_is_found_by_exactly_one_identifier() -> None:
    identifier = TYPES["OrderIdentifier"]

    assert "input OrderIdentifier @oneOf {" in SDL.read_text()
    assert list(identifier.fields) == ["id", "number", "externalReference"]


def test_what_was_asked_for_is_there() -> None:
    where = TYPES["OrderWhere"].fields
    lines = TYPES["OrderLineFilter"].fields

    assert where.keys() >= {"processingStatus", "updatedAt", "lines", "tags", "text"}
    assert lines.keys() >= {"sku", "name"}
    assert root("Query")["orderStats"].args.keys() >= {"where", "from", "to"}
    assert MUTATIONS.keys() >= {"updateOrder", "refundOrder", "payOrders", "shipOrders"}


def test_no_default_is_an_empty_text() -> None:
    assert [where for where, one in inputs() if one.default_value == ""] == []


@pytest.mark.django_db
@pytest.mark.processing_steps
@pytest.mark.receivers
def test_text_that_is_not_given_is_null_everywhere(tenant: object, django_capture_on_commit_callbacks: object) -> None:
    order = services.create_order(NewOrder(lines=[line(name="")]))
    place_order(customer_email="", customer_name="", total="1.00")
    settle()
    whole = selection(TYPES["Order"], DEEPEST)
    event = selection(TYPES["OrderEvent"], DEEPEST)
    data = data_of(f"{{ orders {{ nodes {whole} }} orderEvents {{ nodes {event} }} }}")
    rest = APIClient().get(f"/api/orders/{order.id}/").json()

    assert len(data["orders"]["nodes"]) == 2
    assert [*empty_texts(data)] == []
    assert rest["number"] == order.number
    assert [*empty_texts(rest)] == []


def selection(kind: Any, deep: int) -> str:
    """All fields of an object that need no argument, so far down."""
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_non_null_type(one.type) for one in field.args.values()) or field.deprecation_reason:
            continue
        if not is_composite_type(below):
            parts.append(name)
        elif deep and isinstance(below, GraphQLObjectType) and below.name not in ROOTS:
            parts.append(f"{name} {selection(below, deep - 1)}")
    return f"{{ __typename {' '.join(parts)} }}"


def empty_texts(value: Any, path: str = "") -> Iterator[str]:
    """The places of empty texts in a response."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from empty_texts(one, f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from empty_texts(one, f"{path}[]")
    elif value == "":
        yield path
