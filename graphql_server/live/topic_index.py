"""The groups of a broadcaster by topic: an event is matched once against equal topics."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from graphql_server.live.time_slice import TimeSlice
from graphql_server.ports import Event, Topic


class HasTopic(Protocol):
    """A group, or anything else that has a topic."""

    @property
    def topic(self) -> Topic: ...


G = TypeVar("G", bound=HasTopic)


class TopicIndex(Generic[G]):
    """The groups by topic.

    It tries every topic. A faster index (by the customer of an order, for example) would replace ``matching``.
    """

    def __init__(self) -> None:
        self._by_topic: dict[Topic, dict[G, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_topic)

    def __iter__(self) -> Iterator[G]:
        return (group for groups in tuple(self._by_topic.values()) for group in tuple(groups))

    def add(self, group: G) -> None:
        """Add a group."""
        self._by_topic.setdefault(group.topic, {})[group] = None

    def remove(self, group: G) -> None:
        """Remove a group."""
        groups = self._by_topic.get(group.topic, {})
        groups.pop(group, None)
        if not groups:
            self._by_topic.pop(group.topic, None)

    def clear(self) -> None:
        """Remove all groups."""
        self._by_topic.clear()

    async def matching(self, event: Event, time_slice: TimeSlice) -> list[G]:
        """The groups whose topic matches the event. A member that joins meanwhile gets the event by itself."""
        matching: list[G] = []
        for topic, groups in tuple(self._by_topic.items()):
            if topic.matches(event):
                matching += groups
            if time_slice.is_over:
                await time_slice.give_way()
        return matching
