"""The protocols that an application implements: where events come from, who calls, what it costs, what may be done.

The server calls them and knows nothing else of the application.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

from django.http import HttpRequest

from graphql_server.errors import ApiError

Tenant = Hashable
"""Identifies the owner of a stream of events. Two callers of one tenant with the same scopes see the same."""


class Caller(Protocol):
    """Who calls: an immutable value. ``tenant_id`` is None for a caller who has not said who they are."""

    @property
    def tenant_id(self) -> Any: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    @property
    def request_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime | None:
        """When the credentials end by themselves; None: never."""

    @property
    def turn(self) -> tuple[Hashable, Hashable]:
        """The group and the member of it that share the places to run in: a tenant and a token, for example."""

    def acting(self) -> AbstractContextManager[object]:
        """Entered around everything that is done for this caller."""

    def shared(self) -> Self:
        """Any caller with the same tenant and scopes: no person, no address, a new request id."""

    def for_operation(self) -> Self:
        """The same caller with a new request id."""

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> Self:
        """The same caller under other rights."""


class Event(Protocol):
    """One event of a tenant's stream."""

    @property
    def id(self) -> Any: ...
    @property
    def sequence(self) -> int | None:
        """Its place in the stream: 1, 2, 3 … without a gap."""


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Notification:
    """The stream has grown to ``head``. ``events`` may carry the last of it, in order; empty where they are many."""

    head: int
    events: Sequence[Any] = ()


class Expired(Exception):
    """The cursor is older than the retention: events after it have been removed. Load afresh.

    The first line is shown to the client, with the cursor of ``oldest``, the position from which a client can go on.
    """

    def __init__(self, oldest: int) -> None:
        super().__init__((type(self).__doc__ or "").split("\n", 1)[0])
        self.oldest = oldest


class Ahead(Expired):
    """The cursor is ahead of the log, which has been set back to an earlier state. Load afresh.

    ``oldest`` is the head of the stream.
    """


class BadCursor(ValueError):
    """The text is not a cursor of this tenant's stream."""


LEAST_EVENTS = 16
"""How many events one read returns at least, however large they are; fewer only where there are no more."""


class EventSource(Protocol):
    """The log of events that subscriptions follow. ``head``, ``settle`` and ``read`` block; the server calls them on
    threads of its own.
    """

    def head(self, tenant_id: Any) -> int:
        """The sequence of the last event; 0 for an empty stream."""

    def settle(self, tenant_id: Any) -> int:
        """The same, after everything that was committed before the call has its sequence."""

    def read(self, tenant_id: Any, after: int, *, limit: int, most_bytes: int) -> list[Any]:
        """The events after a sequence, in order, without a gap: at most ``limit``, fewer where they are large.

        Fewer than ``LEAST_EVENTS`` only where there are no more.

        Raises:
            Expired, Ahead: the stream does not reach back, or not forward, to ``after``.
        """

    def notifications(self, tenant_id: Any) -> AsyncGenerator[Notification | None, None]:
        """Yield None once it listens, then every notification, best effort. Raises when the channel is lost.

        What is lost costs time and no event: the server reads the stream after two seconds of silence.
        """

    def encode(self, tenant_id: Any, sequence: int) -> str:
        """The cursor after an event."""

    def decode(self, tenant_id: Any, cursor: str) -> int:
        """The sequence of a cursor. Raises ``BadCursor``."""

    def size(self, event: Any) -> int:
        """About how many bytes of memory the event takes."""

    def isolated(self, event: Any) -> Any:
        """A copy of the event for one execution in a thread, so that what is loaded with it is loaded once."""


class Topic(Protocol):
    """Which events a subscription wants. Hashable: equal topics want the same, and are judged once."""

    def matches(self, event: Any) -> bool: ...


class Bill(Protocol):
    """What an operation costs and what its caller has left."""

    def shown(self) -> dict[str, Any]:
        """As ``extensions.cost``."""


class Meter(Protocol):
    """Takes points from callers. Methods that end in ``_at_once`` are for event loops: they ask no other server.

    All raise ``ApiError`` (THROTTLED) where there are too few points, and then none was taken.
    """

    def take(self, caller: Any, points: int) -> None:
        """Take points; may wait for a shared store: not for an event loop."""

    def take_at_once(self, caller: Any, points: int) -> bool:
        """Take points on an event loop; False if a shared store has to be asked, and then none was taken."""

    def owe(self, caller: Any, points: int) -> None:
        """Charge what is done already: refuses nothing, and asks nobody."""

    def charge(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill:
        """Take an operation's ``cost``, and the points for the bytes of its request; ``most`` is what any may cost."""

    def charge_at_once(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill | None:
        """The same on an event loop; None if a shared store has to be asked, and then none was taken."""

    def settle(self, caller: Any, cost: int, seconds: float) -> None:
        """Charge an operation afterwards for time beyond its price."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sent an HTTP request. ``denied`` says why the credentials do not count; then no operation runs."""

    caller: Any
    denied: ApiError | None = None


class HttpAuthentication(Protocol):
    """Tells who sends HTTP requests. ``headers`` has lower-case names; ``address`` is the peer's, if it has one."""

    def request_id(self, headers: Mapping[str, str]) -> str:
        """The id by which a request is logged that is answered before its caller is known."""

    def needs_django(self, headers: Mapping[str, str], *, secure: bool) -> bool:
        """Whether Django's middleware has to see the request: a session, a host that is not served, no TLS."""

    def identify_at_once(self, headers: Mapping[str, str], address: str | None) -> Identity | None:
        """The identity, on an event loop; None if the database has to be asked."""

    def identify(self, headers: Mapping[str, str], address: str | None) -> Identity:
        """The identity; may ask the database."""

    def identify_request(self, request: HttpRequest) -> Identity:
        """The identity of a request that Django's middleware has seen, sessions included."""


class SocketAuthentication(Protocol):
    """Finds out who opened a WebSocket, by its ASGI scope and the payload of ``connection_init``."""

    def authenticate(self, scope: MutableMapping[str, Any], payload: dict[str, Any]) -> Awaitable[Any]:
        """The caller.

        Raises:
            Closing: the socket is refused, with a code of the protocol (:mod:`graphql_server.websocket.closing`).
        """

    def authenticate_at_once(self, scope: MutableMapping[str, Any], payload: dict[str, Any]) -> Any | None:
        """The caller, where nothing has to be waited for; None: call ``authenticate``. Raises nothing."""


class Authentication(HttpAuthentication, SocketAuthentication, Protocol):
    """Tells who calls, over HTTP and over WebSocket."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a connected caller may do now, and until when."""

    scopes: frozenset[str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A connected caller's rights have ended; the reason is shown to the client."""

    reason: str


class RightsOf(Protocol):
    """Answers, at most once a second, what the callers of all open sockets may do."""

    def credentials_of(self, caller: Any) -> Hashable | None:
        """What the caller's rights depend on; None for a caller who is never asked about again."""

    def current(self, known: Collection[Any]) -> Mapping[Any, Rights | Ended]:
        """The rights of each now. Blocks; called on a thread."""


Arguments = Mapping[str, Any]
"""A field's arguments as plain values, unchecked: null where they are not given."""
Given = Callable[[Arguments], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A field's price: ``base`` points, ``points`` that follow from the arguments, and ``size``, how many items its
    list has. ``arguments`` names those that the two functions read.
    """

    base: int = 0
    points: Given | int = 0
    size: Given | int = 1
    arguments: tuple[str, ...] = ()


class Prices(Protocol):
    """The price list of a schema. One point is about a tenth of a millisecond of a server's time."""

    def rule_for(self, parent: str, name: str, of: str) -> Rule:
        """The rule of a field, by the name of its object type, its own, and its type's."""

    def is_item(self, parent: str, name: str) -> bool:
        """Whether a field lists the items of the page that it is in (``edges``, ``nodes``)."""

    def is_free(self, name: str) -> bool:
        """Whether objects of this type cost nothing by themselves."""
