"""Who wants which events: what equal topics want is judged once."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from graphql_server.live.time_slice import TimeSlice
from graphql_server.ports import Event, Topic


class HasTopic(Protocol):
    """Somebody who wants the events of a topic."""

    @property
    def topic(self) -> Topic: ...


G = TypeVar("G", bound=HasTopic)


class TopicIndex(Generic[G]):
    """The groups that a broadcaster tells, by topic.

    An index (which topics want orders of a certain customer, say) would have its place here: ``matching`` is all that
    the broadcaster asks for.
    """

    def __init__(self) -> None:
        self._by_topic: dict[Topic, dict[G, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_topic)

    def __iter__(self) -> Iterator[G]:
        return (group for groups in tuple(self._by_topic.values()) for group in tuple(groups))

    def add(self, group: G) -> None:
        """Tell this one, too."""
        self._by_topic.setdefault(group.topic, {})[group] = None

    def remove(self, group: G) -> None:
        """Tell this one nothing any more."""
        groups = self._by_topic.get(group.topic, {})
        groups.pop(group, None)
        if not groups:
            self._by_topic.pop(group.topic, None)

    def clear(self) -> None:
        """Tell nobody any more."""
        self._by_topic.clear()

    async def matching(self, event: Event, time_slice: TimeSlice) -> list[G]:
        """The groups that want the event. Who comes in while it is judged knows it already, or reads it alone."""
        matching: list[G] = []
        for topic, groups in tuple(self._by_topic.items()):
            if topic.matches(event):
                matching += groups
            if time_slice.is_over:
                await time_slice.give_way()
        return matching
