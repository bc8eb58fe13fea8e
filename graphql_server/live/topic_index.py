"""Who wants which events: what equal topics want is judged once."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from graphql_server.live.time_slice import Turn
from graphql_server.ports import Event, Topic


class HasTopic(Protocol):
    """Somebody who wants the events of a topic."""

    @property
    def topic(self) -> Topic: ...


G = TypeVar("G", bound=HasTopic)


class Audience(Generic[G]):
    """The streams that a pump tells, by topic.

    An index (which topics want orders of a certain customer, say) would have its place here: ``wanting`` is all that
    the pump asks for.
    """

    def __init__(self) -> None:
        self._by_topic: dict[Topic, dict[G, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_topic)

    def __iter__(self) -> Iterator[G]:
        return (stream for streams in tuple(self._by_topic.values()) for stream in tuple(streams))

    def add(self, stream: G) -> None:
        """Tell this one, too."""
        self._by_topic.setdefault(stream.topic, {})[stream] = None

    def remove(self, stream: G) -> None:
        """Tell this one nothing any more."""
        streams = self._by_topic.get(stream.topic, {})
        streams.pop(stream, None)
        if not streams:
            self._by_topic.pop(stream.topic, None)

    def clear(self) -> None:
        """Tell nobody any more."""
        self._by_topic.clear()

    async def wanting(self, event: Event, turn: Turn) -> list[G]:
        """The streams that want the event. Who comes in while it is judged knows it already, or reads it alone."""
        wanting: list[G] = []
        for topic, streams in tuple(self._by_topic.items()):
            if topic.matches(event):
                wanting += streams
            if turn.is_over:
                await turn.pass_on()
        return wanting
