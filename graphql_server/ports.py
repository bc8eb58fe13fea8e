"""The protocols that an application implements: the source of events, authentication, costs and rights.

The server calls them and knows nothing else of the application.
"""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from django.http import HttpRequest

from graphql_server.asgi import Scope
from graphql_server.errors import ApiError


class Caller(Protocol):
    """The sender of an operation: an immutable value. ``tenant_id`` is None for an anonymous caller."""

    @property
    def tenant_id(self) -> Any: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    @property
    def request_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime | None:
        """When the credentials expire; None: never."""

    @property
    def turn(self) -> tuple[Hashable, Hashable]:
        """The group and the member of the group that share the slots: a tenant and a token, for example."""

    def acting(self) -> AbstractContextManager[object]:
        """A context manager around all work for this caller."""

    def shared(self) -> Self:
        """Any caller with the same tenant and scopes: no person, no address, a new request id."""

    def for_operation(self) -> Self:
        """The same caller with a new request id."""

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> Self:
        """The same caller with other rights."""


class Bill(Protocol):
    """The cost of an operation, and the points that its caller has left."""

    def shown(self) -> dict[str, Any]:
        """The value of ``extensions.cost``."""


class Meter(Protocol):
    """Takes points from callers. Methods that end in ``_at_once`` are for event loops: they contact no other server.

    All raise ``ApiError`` (THROTTLED) if there are too few points, and then no points were taken.
    """

    def take(self, caller: Any, points: int) -> None:
        """Take points; may wait for a shared store: not for an event loop."""

    def take_at_once(self, caller: Any, points: int) -> bool:
        """Take points on an event loop; False if a shared store must be asked, and then no points were taken."""

    def owe(self, caller: Any, points: int) -> None:
        """Charge work that is already done: never refuses, and contacts no other server."""

    def charge(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill:
        """Take an operation's ``cost``, and the points for the bytes of its request; ``most`` is the largest allowed
        cost.
        """

    def charge_at_once(self, caller: Any, cost: int, most: int, *, size_points: int = 0) -> Bill | None:
        """The same on an event loop; None if a shared store must be asked, and then no points were taken."""

    def settle(self, caller: Any, cost: int, seconds: float) -> None:
        """Charge an operation afterwards for time beyond its price."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The sender of an HTTP request. ``denied`` says why the credentials are not valid; then no operation runs."""

    caller: Any
    denied: ApiError | None = None


class HttpAuthentication(Protocol):
    """Identifies the senders of HTTP requests.

    ``headers`` has lower-case names; ``address`` is the peer's, if it has one.
    """

    def request_id(self, headers: Mapping[str, str]) -> str:
        """The id in the log for a request that is answered before its caller is known."""

    def needs_django(self, headers: Mapping[str, str], *, secure: bool) -> bool:
        """Whether Django's middleware must see the request: a session, a host that is not served, no TLS."""

    def identify_at_once(self, headers: Mapping[str, str], address: str | None) -> Identity | None:
        """The identity, on an event loop; None if the database must be read."""

    def identify(self, headers: Mapping[str, str], address: str | None) -> Identity:
        """The identity; may read the database."""

    def identify_request(self, request: HttpRequest) -> Identity:
        """The identity of a request that Django's middleware has seen, sessions included."""


class SocketAuthentication(Protocol):
    """Identifies the caller who opened a WebSocket, by its ASGI scope and the payload of ``connection_init``."""

    def authenticate(self, scope: Scope, payload: dict[str, Any]) -> Awaitable[Any]:
        """The caller.

        Raises:
            Closing: the socket is refused, with a code of the protocol (:mod:`graphql_server.websocket.closing`).
        """

    def authenticate_at_once(self, scope: Scope, payload: dict[str, Any]) -> Any | None:
        """The caller, if nothing has to be waited for; None: call ``authenticate``. Raises nothing."""


class Authentication(HttpAuthentication, SocketAuthentication, Protocol):
    """Identifies callers over HTTP and over WebSocket."""


class Level(StrEnum):
    """Which documents run: all; all, and those that are not published are reported; published ones only."""

    OPEN = "open"
    LOG = "log"
    REFUSE = "refuse"


class PublishedDocuments(Protocol):
    """The documents that clients have published. A digest is the SHA-256 of a text in UTF-8, in hexadecimal."""

    @property
    def level(self) -> Level: ...

    def texts(self) -> Iterable[str]:
        """All of them. Blocks: called on a thread."""

    def find(self, digest: str) -> str | None:
        """The text of a digest; None if it is not published. Blocks: called on a thread."""

    def among(self, digests: Collection[str]) -> set[str]:
        """Those of ``digests`` that are published. Blocks: called on a thread."""

    def report(self, caller: Any, digest: str, text: str) -> None:
        """At the level ``LOG``: a document that is not published will run. Called once for as long as it is kept."""


T = TypeVar("T")


class Reads(Protocol):
    """Decides which database a query reads."""

    def __call__(self, run: Callable[[], T]) -> T:
        """Return what ``run`` returns: all statements of one query, in this thread, in its caller's context.

        ``run`` may be called a second time if a database has failed.
        """


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
        """What the caller's rights depend on; None for a caller whose rights never change."""

    def current(self, known: Collection[Any]) -> Mapping[Any, Rights | Ended]:
        """The present rights of each. Blocks; called on a thread."""


Arguments = Mapping[str, Any]
"""A field's arguments as plain values, unchecked: null if they are not given."""
Given = Callable[[Arguments], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A field's price: ``base`` points, ``points`` that depend on the arguments, and ``size``, the number of items of
    its list. ``arguments`` names the arguments that the two functions read.
    """

    base: int = 0
    points: Given | int = 0
    size: Given | int = 1
    arguments: tuple[str, ...] = ()


class Prices(Protocol):
    """The price list of a schema. One point is about a tenth of a millisecond of a server's time."""

    def rule_for(self, parent: str, name: str, of: str) -> Rule:
        """The rule of a field, by the name of its object type, its own name, and the name of its type."""

    def is_item(self, parent: str, name: str) -> bool:
        """Whether a field lists the items of its page (``edges``, ``nodes``)."""

    def is_free(self, name: str) -> bool:
        """Whether objects of this type cost nothing by themselves."""
