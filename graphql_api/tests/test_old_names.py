"""Old names work as the new ones do, until the date that their reason gives (docs/decisions/0048)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from events.dispatch.inline import settle
from events.models import Delivery
from graphql_api.ids import global_id
from graphql_api.schema import schema
from graphql_api.tests.client import data_of, refusal_of
from orders.models import Order
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.processing_steps]

REASON = re.compile(r"Use `.+`\. Removed after (\d{4}-\d{2}-\d{2})\.")
DOCUMENTS: dict[str, tuple[str, str]] = {
    "Query.order(id:)": ('{ order(id: "ID") { number } }', '{ order(by: {id: "ID"}) { number } }'),
    "Query.order(number:)": ('{ order(number: "NUMBER") { id } }', '{ order(by: {number: "NUMBER"}) { id } }'),
    "Query.order(externalReference:)": (
        '{ order(externalReference: "shop-1") { id } }',
        '{ order(by: {externalReference: "shop-1"}) { id } }',
    ),
    "Query.orders(orderBy:)": (
        """query ($by: OrderOrder) {
          a: orders(orderBy: {field: TOTAL}) { nodes { id } } b: orders(orderBy: $by) { nodes { id } } }""",
        """query ($by: OrderSort) {
          a: orders(sortBy: {field: TOTAL}) { nodes { id } } b: orders(sortBy: $by) { nodes { id } } }""",
    ),
    "Query.deliveries(status:)": (
        "query ($status: DeliveryStatus) { deliveries(status: $status) { nodes { id status } } }",
        "query ($status: DeliveryStatus!) { deliveries(statuses: [$status]) { nodes { id status } } }",
    ),
    "Query.auditLog": (
        """{ shown: auditLog(first: 2, action: "ORDER_CREATED", objectId: "ID") { ...Trail } }
        fragment Trail on AuditLogConnection { edges { cursor node { id action } } pageInfo { endCursor } }""",
        """{ shown: auditRecords(first: 2, actions: [ORDER_CREATED], objectId: "ID") { ...Trail } }
        fragment Trail on AuditRecordConnection { edges { cursor node { id action } } pageInfo { endCursor } }""",
    ),
    "Order.auditLog": (
        "{ orders { nodes { shown: auditLog(first: 1) { nodes { id action } pageInfo { hasNextPage } } } } }",
        "{ orders { nodes { shown: auditRecords(first: 1) { nodes { id action } pageInfo { hasNextPage } } } } }",
    ),
    "OrderEvent.step": (
        "{ orderEvents(types: [ORDER_PROCESSING]) { nodes { shown: step } } }",
        "{ orderEvents(types: [ORDER_PROCESSING]) { nodes { shown: processingStep } } }",
    ),
}
"""For each old name a document with it, and the same with the new one."""
VARIABLES = {"by": {"field": "CREATED_AT", "direction": "ASC"}, "status": "DEAD"}


@pytest.fixture
def orders(tenant: object, django_capture_on_commit_callbacks: object) -> list[Order]:
    """Two orders with all that follows; a delivery is dead."""
    made = [place_order(external_reference="shop-1", status=Status.PAID), place_order(total="3.00")]
    settle()
    Delivery.objects.filter(receiver="audit", order_id=made[0].id, sequence=1).update(status="DEAD")
    return made


def old_names() -> Iterator[tuple[str, str]]:
    """Every deprecated name of the schema, as its coordinate, with the reason."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", one.deprecation_reason or "") for name, one in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.deprecation_reason or ""
                for argument, given in getattr(field, "args", {}).items():
                    yield f"{kind.name}.{name}({argument}:)", given.deprecation_reason or ""


OLD = {coordinate: reason for coordinate, reason in old_names() if reason}


def test_every_old_name_is_tested_and_says_what_to_use_until_when() -> None:
    assert OLD.keys() == DOCUMENTS.keys()
    for coordinate, reason in OLD.items():
        found = REASON.fullmatch(reason)
        assert found, (coordinate, reason)
        assert date.fromisoformat(found[1]) >= date(2027, 6, 30)


@pytest.mark.receivers
@pytest.mark.parametrize("coordinate", DOCUMENTS)
def test_old_name_answers_as_the_new_one(coordinate: str, orders: list[Order]) -> None:
    names = {"ID": global_id("Order", orders[0].id), "NUMBER": orders[0].number}
    old, new = (re.sub('"(ID|NUMBER)"', lambda one: f'"{names[one[1]]}"', text) for text in DOCUMENTS[coordinate])
    used = {name: value for name, value in VARIABLES.items() if f"${name}" in old}

    answer, expected = data_of(old, used), data_of(new, used)

    if coordinate == "OrderEvent.step":
        for node in answer["orderEvents"]["nodes"]:
            node["shown"] = node["shown"] and node["shown"].upper()
    assert answer == expected
    assert leaves(answer) >= {True}


def leaves(value: Any) -> set[bool]:
    """Whether there are values."""
    if isinstance(value, dict | list):
        return {one for inner in (value.values() if isinstance(value, dict) else value) for one in leaves(inner)}
    return {value is not None}


def test_an_old_name_beside_the_new_one_is_refused(tenant: object) -> None:
    both = {
        "{ orders(sortBy: {field: TOTAL}, orderBy: {field: TOTAL}) { nodes { id } } }": (
            "Give sortBy or orderBy, not both."
        ),
        "{ deliveries(statuses: [DEAD], status: DEAD) { nodes { id } } }": "Give statuses or status, not both.",
    }
    for query, message in both.items():
        assert refusal_of(query) == ("BAD_USER_INPUT", message)


@pytest.mark.receivers
def test_old_names_need_the_scope_of_the_new_ones(orders: list[Order]) -> None:
    clerk = replace(demo_caller(), scopes=frozenset({"orders:read"}))

    for query in ("{ auditLog { nodes { id } } }", "{ orders(first: 1) { nodes { auditLog { nodes { id } } } } }"):
        assert refusal_of(query, caller=clerk) == ("FORBIDDEN", "This needs the scope audit:read.")
