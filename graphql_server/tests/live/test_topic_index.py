"""The index finds the groups that plain matching finds, and tries no others that it can tell apart."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.live.topic_index import TopicIndex
from tests.form import examples


@dataclass(frozen=True)
class Numbers:
    """An event: the numbers are its facets."""

    numbers: frozenset[int]
    id: int = 0
    sequence: int = 1


@dataclass(frozen=True)
class Wanted:
    """Matches events that have one of some numbers, and none of others."""

    any_of: frozenset[int] | None
    none_of: frozenset[int] = frozenset()
    tried: Any = None

    def matches(self, event: Numbers) -> bool:
        if self.tried is not None:
            self.tried(self)
        return not event.numbers & self.none_of and (self.any_of is None or bool(event.numbers & self.any_of))

    @property
    def requirement(self) -> frozenset[Hashable] | None:
        return self.any_of


class Group:
    """A group, by identity."""

    def __init__(self, topic: Wanted) -> None:
        self.topic = topic


def numbers_of(event: Numbers) -> frozenset[int]:
    return event.numbers


sets = st.frozensets(st.integers(0, 5), max_size=3)
topics = st.builds(Wanted, st.none() | sets, sets)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(topics, st.booleans()), max_size=12), st.lists(sets.map(Numbers), max_size=5))
async def test_the_index_finds_what_plain_matching_finds(
    wanted: list[tuple[Wanted, bool]], events: list[Numbers]
) -> None:
    index, groups = TopicIndex[Group](numbers_of), [(Group(topic), stays) for topic, stays in wanted]
    for group, _ in groups:
        index.add(group)
    for group, stays in groups:
        if not stays:
            index.remove(group)
            index.remove(group)
    left = [group for group, stays in groups if stays]
    for event in events:
        found = await index.matching(event, TimeSlice())
        assert len(found) == len(set(found))
        assert set(found) == {group for group in left if group.topic.matches(event)}
    for group in left:
        index.remove(group)
    assert not index
    assert not index._by_facet
    assert not index._without_requirement


async def test_topics_that_require_another_facet_are_not_tried() -> None:
    tried: list[Wanted] = []
    index = TopicIndex[Group](numbers_of)
    groups = [Group(Wanted(frozenset({number}), tried=tried.append)) for number in range(100)]
    anything = Group(Wanted(None, tried=tried.append))
    for group in [*groups, anything]:
        index.add(group)

    assert set(await index.matching(Numbers(frozenset({7, 200})), TimeSlice())) == {groups[7], anything}

    assert tried == [anything.topic, groups[7].topic]
