"""``first: 0`` and ``last: 0`` work for every list, as Relay defines: no entries, and whether there are any."""

from typing import cast

import pytest
from graphql import GraphQLObjectType, get_named_type

from graphql_api.schema import schema
from graphql_api.tests.client import data_of
from graphql_api.tests.clients.uses import use_schema
from orders.models import Order
from tenants.auth.authentication import create_token
from tenants.models import Tenant
from tests.factories import place_order, user

pytestmark = pytest.mark.django_db

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
EMPTY = "{ edges { cursor } nodes { __typename } " + PAGE_INFO + " }"
TYPES = schema._schema.type_map
LISTS = {
    (kind, name)
    for kind in ("Query", "Order")
    for name, field in cast("GraphQLObjectType", TYPES[kind]).fields.items()
    if get_named_type(field.type).name.endswith("Connection")
}


@pytest.fixture(autouse=True)
def order(tenant: Tenant) -> Order:
    """An order, and at least one entry of every list."""
    create_token(tenant=tenant, name="ERP")
    user(of=tenant)
    use_schema("Order.id")
    return place_order()


def test_every_list_is_tested() -> None:
    assert sorted(LISTS) == [
        *(("Order", "auditLog"), ("Order", "auditRecords"), ("Order", "deliveries"), ("Order", "events")),
        *(("Query", "apiTokens"), ("Query", "auditLog"), ("Query", "auditRecords"), ("Query", "deliveries")),
        *(("Query", "members"), ("Query", "orderEvents"), ("Query", "orders"), ("Query", "schemaUses")),
    ]


@pytest.mark.receivers
@pytest.mark.parametrize(("kind", "name"), sorted(LISTS))
def test_a_page_of_none_is_empty_and_says_that_more_follows(kind: str, name: str) -> None:
    field = f"{name}(first: 0) {EMPTY}"
    data = data_of(f"{{ {field} }}" if kind == "Query" else f"{{ orders {{ nodes {{ {field} }} }} }}")

    page = data[name] if kind == "Query" else data["orders"]["nodes"][0][name]
    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


def test_a_page_of_none_from_the_end_says_that_more_precedes() -> None:
    page = data_of(f"{{ orders(last: 0) {{ nodes {{ id }} totalCount {PAGE_INFO} }} }}")["orders"]

    assert page == {
        "nodes": [],
        "totalCount": 1,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None},
    }


def test_a_page_of_none_behind_the_last_entry_says_that_none_follows() -> None:
    cursor = data_of("{ orders { pageInfo { endCursor } } }")["orders"]["pageInfo"]["endCursor"]

    for part, info in (
        (f'first: 0, after: "{cursor}"', (False, True)),
        (f'last: 0, before: "{cursor}"', (True, False)),
    ):
        page = data_of(f"{{ orders({part}) {{ nodes {{ id }} {PAGE_INFO} }} }}")["orders"]
        assert page["nodes"] == []
        assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == info


def test_a_page_of_none_of_nothing_says_that_there_is_nothing() -> None:
    page = data_of(f'{{ orders(first: 0, where: {{text: "nothing"}}) {{ totalCount {PAGE_INFO} }} }}')["orders"]

    assert page["totalCount"] == 0
    assert not page["pageInfo"]["hasNextPage"]
