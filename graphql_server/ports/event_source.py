"""The protocols of the log of events that subscriptions follow, which an application implements."""

from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Tenant = Hashable
"""Identifies the owner of a stream of events. Two callers of one tenant with the same scopes see the same data."""


class Event(Protocol):
    """One event of a tenant's stream."""

    @property
    def id(self) -> Any: ...
    @property
    def sequence(self) -> int | None:
        """Its number in the stream: 1, 2, 3 … without a gap, except where a restored stream goes on."""


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Notification:
    """The stream has grown to ``head``. ``events`` may carry the newest events, in order; empty if there are many."""

    head: int
    events: Sequence[Any] = ()


class Expired(Exception):
    """The cursor is older than the retention: events after it have been removed. Load the data again.

    The client gets the first line, and the cursor of ``oldest``, the position from which a client can go on.
    """

    def __init__(self, oldest: int) -> None:
        super().__init__((type(self).__doc__ or "").split("\n", 1)[0])
        self.oldest = oldest


class Ahead(Expired):
    """The cursor is ahead of the log, which has been set back to an earlier state. Load the data again.

    ``oldest`` is the head of the stream, or where the stream goes on.
    """


class BadCursor(ValueError):
    """The text is not a cursor of this tenant's stream."""


LEAST_EVENTS = 16
"""The smallest number of events that a read returns, however large they are, unless there are no more."""


class EventSource(Protocol):
    """The log of events that subscriptions follow. ``head``, ``settle`` and ``read`` block; the server calls them on
    threads of its own.
    """

    def head(self, tenant_id: Any) -> int:
        """The sequence of the last event; 0 for an empty stream."""

    def settle(self, tenant_id: Any) -> int:
        """The sequence of the last event, after everything that was committed before the call has its sequence."""

    def read(self, tenant_id: Any, after: int, *, limit: int, most_bytes: int) -> list[Any]:
        """The events after a sequence, in order: at most ``limit``, fewer if they are large.

        Fewer than ``LEAST_EVENTS`` only if there are no more.

        Raises:
            Expired, Ahead: the stream does not reach back, or not forward, to ``after``.
        """

    def notifications(self, tenant_id: Any) -> AsyncGenerator[Notification | None, None]:
        """Yield None once it listens, then every notification, best effort. Raises when the channel is lost.

        A lost notification costs time and no event: the server reads the stream after two seconds of silence.
        """

    def encode(self, tenant_id: Any, sequence: int) -> str:
        """The cursor after an event."""

    def decode(self, tenant_id: Any, cursor: str) -> int:
        """The sequence of a cursor. Raises ``BadCursor``."""

    def size(self, event: Any) -> int:
        """About how many bytes of memory the event takes."""

    def isolated(self, event: Any) -> Any:
        """A copy of the event for one execution in a thread: related data is loaded once per copy."""

    def facets(self, event: Any) -> Iterable[Hashable]:
        """The event's facets that topics may require (:attr:`Topic.requirement`); none if no topic requires any."""


class Topic(Protocol):
    """The events that a subscription wants. Hashable: equal topics match the same events, and are checked once."""

    def matches(self, event: Any) -> bool: ...

    @property
    def requirement(self) -> frozenset[Hashable] | None:
        """Every event that the topic matches has at least one of these facets; None: it may have any. Immutable.

        An event is checked only against topics that require one of its facets or require nothing. Topics that require
        other facets cost it no time, however many they are.
        """
