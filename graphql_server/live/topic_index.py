"""The groups of a broadcaster by topic: finds those that an event concerns."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.ports.event_source import Event, Topic


class HasTopic(Protocol):
    """A group, or anything else that has a topic."""

    @property
    def topic(self) -> Topic: ...


G = TypeVar("G", bound=HasTopic)

NOTHING: Final[dict[Any, Any]] = {}


class TopicIndex(Generic[G]):
    """The groups by topic, and the topics by the facets that they require.

    An event is matched once against equal topics, and only against those that require one of its facets or none. So the
    cost of an event does not grow with the topics that require other facets.
    """

    def __init__(self, facets_of: Callable[[Any], Iterable[Hashable]]) -> None:
        """``facets_of`` lists the facets of an event (:meth:`graphql_server.ports.event_source.EventSource.facets`)."""
        self._facets_of = facets_of
        self._groups: dict[Topic, dict[G, None]] = {}
        self._by_facet: dict[Hashable, dict[Topic, dict[G, None]]] = {}
        self._without_requirement: dict[Topic, dict[G, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._groups)

    def __iter__(self) -> Iterator[G]:
        return (group for groups in tuple(self._groups.values()) for group in tuple(groups))

    def add(self, group: G) -> None:
        """Add a group."""
        topic = group.topic
        groups = self._groups.get(topic)
        if groups is None:
            groups = self._groups[topic] = {}
            if topic.requirement is None:
                self._without_requirement[topic] = groups
            for facet in topic.requirement or ():
                self._by_facet.setdefault(facet, {})[topic] = groups
        groups[group] = None

    def remove(self, group: G) -> None:
        """Remove a group."""
        topic = group.topic
        groups = self._groups.get(topic, {})
        groups.pop(group, None)
        if groups or self._groups.pop(topic, None) is None:
            return
        self._without_requirement.pop(topic, None)
        for facet in topic.requirement or ():
            topics = self._by_facet[facet]
            del topics[topic]
            if not topics:
                del self._by_facet[facet]

    def clear(self) -> None:
        """Remove all groups."""
        self._groups.clear()
        self._by_facet.clear()
        self._without_requirement.clear()

    async def matching(self, event: Event, time_slice: TimeSlice) -> list[G]:
        """The groups whose topic matches the event. A member that joins meanwhile gets the event by itself."""
        matching: list[G] = []
        for topic, groups in self._candidates(event):
            if topic.matches(event):
                matching += groups
            if time_slice.is_over:
                await time_slice.give_way()
        return matching

    def _candidates(self, event: Event) -> Iterator[tuple[Topic, dict[G, None]]]:
        """The topics that may match the event with their groups, each once."""
        yield from tuple(self._without_requirement.items())
        found: set[int] = set()
        for facet in self._facets_of(event):
            for topic, groups in tuple(self._by_facet.get(facet, NOTHING).items()):
                if id(groups) not in found:
                    found.add(id(groups))
                    yield topic, groups
