"""What a topic requires never hides an event that it matches."""

from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from events.models import Event
from graphql_api.live.topics import Topic, facets
from orders import event_types
from orders.search.filters import Condition
from orders.tests.search.test_facets import IDS, snapshots
from orders.tests.search.test_filters import conditions
from tests.form import examples

types = st.none() | st.sets(st.sampled_from([event_types.CREATED, event_types.PAID]))


def event_between(before: dict[str, Any] | None, after: dict[str, Any]) -> Event:
    """The event that changed an order, or that created it."""
    old = {**event_types.ADDED, **(before or after)}
    changes = {name: (old[name], value) for name, value in after.items() if old[name] != value}
    kind = event_types.PAID if before else event_types.CREATED
    return Event(type=kind, order_id=UUID(after["id"]), payload=event_types.payload(after, changes))


@settings(max_examples=examples(300), deadline=None)
@given(st.none() | conditions, st.none() | st.sampled_from(IDS), types, st.none() | snapshots, snapshots)
def test_an_event_that_matches_has_a_facet_that_the_topic_requires(
    condition: Condition | None,
    order_id: str | None,
    types: set[str] | None,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    event = event_between(before and before | {"id": after["id"]}, after)
    topic = Topic(types=types, condition=condition, order_id=UUID(order_id) if order_id else None)
    if topic.matches(event):
        assert topic.requirement is None or topic.requirement & facets(event)


def test_the_order_of_a_topic_is_required_before_its_filter() -> None:
    assert Topic(order_id=UUID(IDS[0])).requirement == frozenset({("id", IDS[0])})
    assert Topic().requirement is None
