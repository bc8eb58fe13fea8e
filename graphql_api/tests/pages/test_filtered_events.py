"""The event log, narrowed by the filter of the subscription."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.dispatch.inline import dispatch_now
from events.models import Event
from graphql_api.ids import global_id
from graphql_api.live.topics import Topic
from graphql_api.pages import event_pages
from graphql_api.tests.client import caller_of, data_of
from orders.models import Order
from orders.search.filters import Amount, Condition, Mentions, Not, OneOf
from orders.states import Status
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.usefixtures("nothing_is_processed")]

EVENTS = """query ($first: Int, $after: String, $last: Int, $before: String, $types: [OrderEventType!],
    $where: OrderWhere) {
  orderEvents(first: $first, after: $after, last: $last, before: $before, types: $types, where: $where) {
    nodes { sequence } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount totalCountIsExact
  }
}"""


def events(**variables: Any) -> dict[str, Any]:
    """A page of events."""
    found: dict[str, Any] = data_of(EVENTS, variables)["orderEvents"]
    return found


def sequences(found: dict[str, Any]) -> list[str]:
    """The events of a page."""
    return [node["sequence"] for node in found["nodes"]]


WHERES: list[tuple[dict[str, Any], Condition]] = [
    ({"status": {"eq": "NEW"}}, OneOf("status", ("NEW",))),
    ({"status": {"eq": "SHIPPED"}}, OneOf("status", ("SHIPPED",))),
    ({"NOT": {"status": {"eq": "NEW"}}}, Not(OneOf("status", ("NEW",)))),
    ({"total": {"gt": "1000"}}, Amount("gt", Decimal(1000))),
    ({"text": "ada"}, Mentions(("ada",))),
]


@pytest.mark.receivers
@pytest.mark.parametrize(("where", "condition"), WHERES)
def test_log_is_narrowed_by_the_filter_of_the_subscription(
    orders: list[Order], where: dict[str, Any], condition: Condition
) -> None:
    topic = Topic(condition=condition)
    expected = [str(one.sequence) for one in Event.objects.order_by("sequence") if topic.matches(one)]

    found = events(where=where)

    assert sequences(found) == expected
    assert (found["totalCount"], found["totalCountIsExact"]) == (len(expected), True)
    assert sequences(events(where=where, last=100)) == expected
    assert sequences(events(where=where, first=1)) == expected[:1]
    assert sequences(events(where=where, last=1)) == expected[-1:]


@pytest.mark.receivers
def test_event_by_which_an_order_leaves_the_filter_is_listed(orders: list[Order]) -> None:
    assert sequences(events(where={"status": {"eq": "NEW"}})) == ["1", "2", "4"]
    assert sequences(events(where={"id": {"eq": global_id("Order", orders[1].id)}})) == ["4"]
    assert sequences(events(where={"status": {"eq": "NEW"}}, types=["ORDER_PAID"])) == ["2"]


@pytest.mark.receivers
def test_filtered_page_ends_after_many_events_and_says_where(
    orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_pages, "MOST_EXAMINED", 2)
    monkeypatch.setattr(event_pages, "CHUNK", 1)
    where = {"status": {"eq": "SHIPPED"}}

    one = events(where=where)
    assert (sequences(one), one["pageInfo"]["hasNextPage"]) == ([], True)
    assert (one["totalCount"], one["totalCountIsExact"]) == (0, False)
    two = events(where=where, after=one["pageInfo"]["endCursor"])
    assert (sequences(two), two["pageInfo"]["hasNextPage"]) == (["3"], True)
    three = events(where=where, after=two["pageInfo"]["endCursor"])
    assert (sequences(three), three["pageInfo"]["hasNextPage"]) == ([], False)


@pytest.mark.receivers
def test_filtered_page_from_the_end_says_where_it_ends(orders: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_pages, "MOST_EXAMINED", 2)
    monkeypatch.setattr(event_pages, "CHUNK", 1)
    query = """query ($before: String) { orderEvents(last: 5, before: $before, types: [ORDER_CREATED, ORDER_PAID],
      where: {status: {eq: PAID}}) { nodes { sequence } pageInfo { hasPreviousPage startCursor } } }"""

    one = data_of(query)["orderEvents"]
    assert ([node["sequence"] for node in one["nodes"]], one["pageInfo"]["hasPreviousPage"]) == (["2"], True)
    two = data_of(query, {"before": one["pageInfo"]["startCursor"]})["orderEvents"]
    assert (two["nodes"], two["pageInfo"]["hasPreviousPage"]) == ([], False)


@pytest.mark.receivers
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    statuses=st.sets(st.sampled_from(Status.values), max_size=3),
    size=st.integers(1, 5),
    chunk=st.integers(1, 4),
    chunks=st.integers(1, 3),
)
def test_filtered_pages_follow_each_other_without_gap_or_repeat(
    history: list[str], statuses: set[str], size: int, chunk: int, chunks: int
) -> None:
    where, judge = {"status": {"in": sorted(statuses)}}, Topic(condition=OneOf("status", tuple(statuses)))
    expected = [str(one.sequence) for one in Event.objects.order_by("sequence") if judge.matches(one)]

    with mock.patch.multiple(event_pages, CHUNK=chunk, MOST_EXAMINED=chunk * chunks):
        forwards = [*walk("first", "after", "endCursor", "hasNextPage", size, where)]
        backwards = [*walk("last", "before", "startCursor", "hasPreviousPage", size, where)]

    assert [one for part in forwards for one in part] == expected
    assert [one for part in reversed(backwards) for one in part] == expected


@pytest.fixture
def history(tenant: Tenant, django_capture_on_commit_callbacks: object) -> list[str]:
    """Orders of each status; the statuses."""
    for status in Status:
        place_order(status=status)
    dispatch_now(tenant.id)
    return Status.values


def walk(size: str, cursor: str, end: str, more: str, count: int, where: dict[str, Any]) -> Iterator[list[str]]:
    """The sequences of each page, in one direction."""
    found = events(where=where, **{size: count})
    yield sequences(found)
    while found["pageInfo"][more]:
        found = events(where=where, **{size: count, cursor: found["pageInfo"][end]})
        yield sequences(found)


@pytest.mark.receivers
def test_another_tenants_events_match_no_filter(orders: list[Order], other_tenant: Tenant) -> None:
    theirs = data_of(EVENTS, {"where": {"text": "ada"}}, caller=caller_of(other_tenant))["orderEvents"]

    assert (sequences(theirs), theirs["totalCount"]) == (["1"], 1)
