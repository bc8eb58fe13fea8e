"""The newest events of each tenant in this process, for subscribers that are a little behind."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, Final

from graphql_server.caches import BoundedCache
from graphql_server.ports.event_source import Event

MOST_EVENTS = 1000
"""The most events that are kept for one tenant."""
RECENT_BYTES: Final = 64 * 1024 * 1024
"""The most bytes that the events of all tenants take; the least recently used are dropped first."""

_kept: BoundedCache[tuple[int, int], Event] = BoundedCache("recent_events", RECENT_BYTES)
_ids = count()


class Recent:
    """The newest events of one feed by sequence. Any of them may be dropped at any time: the stream has them all."""

    def __init__(self, size_of: Callable[[Any], int]) -> None:
        self._size_of = size_of
        self._id = next(_ids)
        self._first = self._last = 0

    def add(self, events: Sequence[Event]) -> None:
        """Keep events, which are in sequence; of those before a gap, none."""
        for event in events:
            if event.sequence != self._last + 1:
                self.clear()
            self._last = event.sequence or 0
            self._first = self._first or self._last
            _kept.put((self._id, self._last), event, self._size_of(event))
        while self._first <= self._last - MOST_EVENTS:
            _kept.pop((self._id, self._first))
            self._first += 1

    def after(self, last: int, most: int) -> list[Event]:
        """The next events after ``last``, at most ``most``; an empty list if the next event is not kept."""
        return list(self._from(last + 1, last + most))

    def at(self, sequence: int) -> Event | None:
        """The event of this sequence, if it is kept."""
        return _kept.get((self._id, sequence))

    def clear(self) -> None:
        """Drop all events."""
        for sequence in range(self._first, self._last + 1):
            _kept.pop((self._id, sequence))
        self._first = self._last = 0

    def _from(self, sequence: int, end: int) -> Iterator[Event]:
        while sequence <= end and (event := self.at(sequence)) is not None:
            yield event
            sequence += 1
