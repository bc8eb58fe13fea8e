"""Callers, who send operations: how they are identified, and what they may do now."""

from collections.abc import Awaitable, Collection, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from django.http import HttpRequest

from graphql_server.asgi_types import Scope
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
        """A copy of the caller with a new request id."""

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> Self:
        """A copy of the caller with other rights."""


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


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a connected caller now, and when they end."""

    scopes: frozenset[str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A connected caller's rights have ended; the reason is shown to the client."""

    reason: str


class RightsOf(Protocol):
    """Answers, at most once a second, what the callers of all open sockets may do."""

    def credentials_of(self, caller: Any) -> Hashable | None:
        """The credentials on which the caller's rights depend; None for a caller whose rights never change."""

    def current(self, known: Collection[Any]) -> Mapping[Any, Rights | Ended]:
        """The present rights of each. Blocks; called on a thread."""
