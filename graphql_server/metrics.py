"""The metrics of the server, and the protocol by which an application follows operations and live events.

Labels are few and bounded: never a caller, a tenant, or a text that a client chose.

What an operation costs: three calls on children that are made once per kind and name (4 to 7 µs). What a live event
costs: three calls per event loop, however many subscribers get it.
"""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from time import time
from typing import Any, Final, Protocol

from prometheus_client import Counter, Gauge, Histogram

NOTHING: Final = nullcontext()
"""A context manager that does nothing; it may be entered many times."""


class Observer(Protocol):
    """Called for each operation and each live event: its methods are quick, and raise nothing."""

    @property
    def operation_names(self) -> frozenset[str]:
        """The names of operations that metrics show as they are. Clients choose names, so all others are left out."""

    def operation(self, caller: Any, kind: str, name: str, text: str) -> AbstractContextManager[object]:
        """A context manager around an operation: its wait for a thread and its run.

        ``kind`` and ``name`` are those that metrics show. ``text`` is the document, which may contain personal data.
        """

    def used(self, caller: Any, use: Any) -> None:
        """An operation will run that uses these parts of the schema (:class:`graphql_server.documents.uses.Use`)."""

    def live_event(self, event: Any) -> AbstractContextManager[object]:
        """A context manager around the sending of an event to the live subscribers of one event loop."""

    def recorded_at(self, event: Any) -> float | None:
        """When the event was recorded, in seconds since 1970, right before its commit; None: not known."""


class NoObserver:
    """Follows nothing."""

    operation_names: frozenset[str] = frozenset()

    def operation(self, caller: Any, kind: str, name: str, text: str) -> AbstractContextManager[object]:
        """Do nothing."""
        return NOTHING

    def used(self, caller: Any, use: Any) -> None:
        """Do nothing."""

    def live_event(self, event: Any) -> AbstractContextManager[object]:
        """Do nothing."""
        return NOTHING

    def recorded_at(self, event: Any) -> float | None:
        """Not known."""
        return None


NO_OBSERVER: Final = NoObserver()

OTHER: Final = "other"
"""The label of operations whose name is not known."""
UNREAD: Final = ("none", OTHER)
"""The labels of a request whose document could not be read, or chooses no operation."""

OPERATION_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LIVE_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

OPERATIONS = Counter(
    "graphql_operations",
    "Operations by type (query, mutation, subscription; none: not readable), name and outcome (ok, refused, throttled, "
    "fault, abandoned). A subscription counts when it begins.",
    ["type", "operation", "outcome"],
)
OPERATION_SECONDS = Histogram(
    "graphql_operation_duration_seconds",
    "From a read request to its response, in seconds: the waits for the document and for a thread, and the run. Of "
    "subscriptions, the beginning.",
    ["type", "operation"],
    buckets=OPERATION_BUCKETS,
)
STATEMENTS = Counter("graphql_operation_statements", "Database statements that operations ran.", ["type", "operation"])
SOCKETS = Gauge("graphql_sockets", "Open WebSockets; merged processes are summed.", multiprocess_mode="livesum")
SOCKETS_CLOSED = Counter("graphql_sockets_closed", "WebSockets that the server closed, by close code.", ["code"])
CLIENTS_DROPPED = Counter(
    "graphql_clients_dropped", "WebSockets closed because their client read or answered too slowly."
)
SUBSCRIPTIONS = Gauge("graphql_subscriptions", "Running subscriptions.", multiprocess_mode="livesum")
GROUPS = Gauge(
    "graphql_subscription_groups",
    "Groups of equal subscriptions; a group shares its executions.",
    multiprocess_mode="livesum",
)
DELIVERIES = Counter("graphql_deliveries", "Payloads of subscriptions that were handed to sockets.")
DELIVERY_SECONDS = Histogram(
    "graphql_commit_to_socket_seconds",
    "From the recording of an event, right before its commit, until the last live subscriber of an event loop has got "
    "it, in seconds; one observation for each event and event loop.",
    buckets=LIVE_BUCKETS,
)
FEED_LAG = Histogram(
    "graphql_feed_lag_seconds",
    "The age of the newest event of a burst when a process's feed gets it, in seconds.",
    buckets=LIVE_BUCKETS,
)
LAGGED = Counter("graphql_subscribers_lagged", "How often a live subscriber fell behind; it catches up by itself.")


class Series:
    """The metrics of the operations of one type and name."""

    __slots__ = ("_kind", "_name", "_outcomes", "_seconds", "_statements")

    def __init__(self, kind: str, name: str) -> None:
        self._kind, self._name = kind, name
        self._seconds = OPERATION_SECONDS.labels(kind, name)
        self._statements = STATEMENTS.labels(kind, name)
        self._outcomes: dict[str, Counter] = {}

    def count(self, outcome: str, seconds: float, statements: int = 0) -> None:
        """Count one operation, its seconds, and the statements that it ran."""
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = OPERATIONS.labels(self._kind, self._name, outcome)
        counter.inc()
        self._seconds.observe(seconds)
        if statements:
            self._statements.inc(statements)


@cache
def series(kind: str, name: str) -> Series:
    """The metrics of a type and a name, both from bounded sets."""
    return Series(kind, name)


def count_live(observer: Observer, event: Any, sent: int) -> None:
    """Count an event that ``sent`` live subscribers have got."""
    if sent:
        DELIVERIES.inc(sent)
        age = age_of(observer, event)
        if age is not None:
            DELIVERY_SECONDS.observe(age)


def count_feed(observer: Observer, event: Any) -> None:
    """Note that a feed has got an event, the newest of a burst."""
    age = age_of(observer, event)
    if age is not None:
        FEED_LAG.observe(age)


def age_of(observer: Observer, event: Any) -> float | None:
    """The seconds since the event was recorded, by another host's clock, so never less than 0; None: not known."""
    recorded_at = observer.recorded_at(event)
    return None if recorded_at is None else max(0.0, time() - recorded_at)
