"""Every list has the same arguments and fields: pages from both ends, cursors, and a bounded count."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLObjectType, get_named_type

from events.dispatch.inline import dispatch_now
from graphql_api.pages import histories, slices
from graphql_api.schema import schema
from graphql_api.tests.client import as_tenant, caller_of, data_of, refusal_of
from graphql_api.tests.clients.uses import use_schema
from orders.states import Status
from tenants.auth.authentication import create_token
from tenants.context import Caller
from tenants.models import Tenant
from tests.factories import place_order, user

pytestmark = pytest.mark.django_db

LISTS = sorted(
    (kind.name, name)
    for kind in schema._schema.type_map.values()
    if isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items()
    if get_named_type(field.type).name.endswith("Connection") and not field.deprecation_reason
)
HERE = [(kind, name) for kind, name in LISTS if kind in {"Query", "Order"}]
"""The lists that are read here; a webhook's attempts need a webhook."""
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
SHOWN = f"edges {{ cursor }} nodes {{ __typename }} {PAGE_INFO} totalCount totalCountIsExact"


@pytest.fixture(autouse=True)
def entries(tenant: Tenant, other_tenant: Tenant, django_capture_on_commit_callbacks: object) -> None:
    """At least four entries of every list; the newest order has four events; another tenant has entries, too."""
    for number in range(5):
        create_token(tenant=tenant, name=f"ERP {number}")
        user(of=tenant)
        use_schema(f"Order.field{number}")
    for _ in range(4):
        place_order()
    place_order(status=Status.DELIVERED)
    dispatch_now(tenant.id)
    with as_tenant(other_tenant):
        place_order()
        use_schema("Order.id")
    dispatch_now(other_tenant.id)
    create_token(tenant=other_tenant, name="ERP")
    user(of=other_tenant)


def page(kind: str, name: str, caller: Caller | None = None, /, **given: Any) -> dict[str, Any]:
    """A page of a list: of the query's, or of the newest order's."""
    arguments = ", ".join(f'{key}: "{one}"' if isinstance(one, str) else f"{key}: {one}" for key, one in given.items())
    field = f"{name}({arguments}) {{ {SHOWN} }}" if arguments else f"{name} {{ {SHOWN} }}"
    query = f"{{ {field} }}" if kind == "Query" else f"{{ orders(first: 1) {{ nodes {{ {field} }} }} }}"
    data = data_of(query, caller=caller)
    found: dict[str, Any] = data[name] if kind == "Query" else data["orders"]["nodes"][0][name]
    return found


def cursors_of(found: dict[str, Any]) -> list[str]:
    """The cursors of a page's entries: one is always the same, and no other's."""
    return [edge["cursor"] for edge in found["edges"]]


def walk(kind: str, name: str, size: str, cursor: str, end: str, more: str) -> Iterator[dict[str, Any]]:
    """All pages of two, in one direction."""
    found = page(kind, name, None, **{size: 2})
    yield found
    while found["pageInfo"][more]:
        found = page(kind, name, None, **{size: 2, cursor: found["pageInfo"][end]})
        yield found


@pytest.mark.parametrize(("kind", "name"), LISTS)
def test_list_has_relays_arguments_and_a_count(kind: str, name: str) -> None:
    field: Any = schema._schema.type_map[kind].fields[name]  # type: ignore[attr-defined]  # an object
    own, edge = get_named_type(field.type).fields, get_named_type(get_named_type(field.type).fields["edges"].type)

    assert list(field.args)[:4] == ["first", "after", "last", "before"]
    assert own.keys() >= {"edges", "nodes", "pageInfo", "totalCount", "totalCountIsExact"}
    assert edge.name.removesuffix("Edge") == get_named_type(field.type).name.removesuffix("Connection")
    assert get_named_type(own["nodes"].type).name == edge.name.removesuffix("Edge")


@pytest.mark.receivers
@pytest.mark.parametrize(("kind", "name"), HERE)
def test_list_is_read_from_both_ends_without_gap_or_repeat(kind: str, name: str) -> None:
    whole = page(kind, name, first=100)
    ids = cursors_of(whole)
    forwards = [*walk(kind, name, "first", "after", "endCursor", "hasNextPage")]
    backwards = [*walk(kind, name, "last", "before", "startCursor", "hasPreviousPage")]

    assert len(ids) >= 4
    assert [one for part in forwards for one in cursors_of(part)] == ids
    assert [one for part in reversed(backwards) for one in cursors_of(part)] == ids
    assert cursors_of(page(kind, name, first=100, before=whole["pageInfo"]["endCursor"])) == ids[:-1]
    assert {(part["totalCount"], part["totalCountIsExact"]) for part in (*forwards, *backwards)} == {(len(ids), True)}


@pytest.mark.receivers
@pytest.mark.parametrize(("kind", "name"), HERE)
def test_count_is_the_tenants_and_bounded(
    kind: str, name: str, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = page(kind, name, caller_of(other_tenant))
    assert theirs["totalCount"] == len(theirs["nodes"])
    monkeypatch.setattr(slices, "MOST_COUNTED", 3)
    monkeypatch.setattr("orders.selectors.MOST_COUNTED", 3)

    found = page(kind, name, first=1)

    assert (found["totalCount"], found["totalCountIsExact"]) == (3, False)


@pytest.mark.parametrize(("kind", "name"), HERE)
def test_both_ends_at_once_are_refused(kind: str, name: str) -> None:
    field = f"{name}(first: 1, last: 1) {{ edges {{ cursor }} }}"
    query = f"{{ {field} }}" if kind == "Query" else f"{{ orders(first: 1) {{ nodes {{ {field} }} }} }}"

    assert refusal_of(query) == ("BAD_USER_INPUT", "Give first or last, not both.")


@pytest.mark.receivers
@pytest.mark.parametrize("part", ["events", "auditRecords", "deliveries"])
def test_counts_of_all_orders_of_a_page_take_one_statement(part: str) -> None:
    query = f"{{ orders {{ nodes {{ {part}(last: 1) {{ totalCount nodes {{ id }} }} }} }} }}"

    with CaptureQueriesContext(connection) as statements:
        found = data_of(query)["orders"]["nodes"]

    assert len(found) == 5
    assert len(statements) == 3  # orders, the lists, their counts
    assert found[0][part]["totalCount"] > found[1][part]["totalCount"] > 0


def test_every_history_of_an_order_is_tested() -> None:
    named = [one for one in vars(histories).values() if isinstance(one, histories.History)]

    assert len(named) == len([kind for kind, _ in LISTS if kind == "Order"])
