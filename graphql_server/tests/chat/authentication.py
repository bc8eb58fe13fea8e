"""Authentication of the chat, and the rights of connected people."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from django.http import HttpRequest

from graphql_server import ApiError, Code
from graphql_server.ports.callers import Ended, Identity, Rights
from graphql_server.tests.chat.people import EVERYTHING, UNKNOWN, Person


class Authentication:
    """Implements :class:`graphql_server.ports.callers.Authentication`: a name and a room, of which nothing is checked.

    Over HTTP they send the header ``authorization: ann lobby``, over a WebSocket the payload of ``connection_init``.
    """

    def request_id(self, headers: Mapping[str, str]) -> str:
        """The id that the client gives."""
        return headers.get("x-request-id", "")

    def needs_django(self, headers: Mapping[str, str], *, secure: bool) -> bool:
        """No request needs Django."""
        return False

    def identify_at_once(self, headers: Mapping[str, str], address: str | None) -> Identity | None:
        """The person; no database is needed."""
        return self.identify(headers, address)

    def identify(self, headers: Mapping[str, str], address: str | None) -> Identity:
        """The person of an ``authorization`` header; without it an anonymous caller."""
        if "authorization" not in headers:
            return Identity(UNKNOWN)
        name, _, room = headers["authorization"].partition(" ")
        if not room:
            return Identity(UNKNOWN, ApiError(Code.UNAUTHENTICATED, "Give a name and a room."))
        return Identity(Person(name, room, request_id=self.request_id(headers)))

    def identify_request(self, request: HttpRequest) -> Identity:
        """The same for a request that Django's middleware has seen."""
        return self.identify({name.lower(): value for name, value in request.headers.items()}, None)

    async def authenticate(self, scope: Any, payload: Any) -> Person:
        """The person who opens a WebSocket."""
        return self.authenticate_at_once(scope, payload)

    def authenticate_at_once(self, scope: Any, payload: Any) -> Person:
        """The same on the event loop."""
        return Person(payload["name"], payload["room"], frozenset(payload.get("scopes", EVERYTHING)))


class Bouncer:
    """Implements :class:`graphql_server.ports.callers.RightsOf`. A test sets ``rights`` by name."""

    def __init__(self) -> None:
        self.rights: dict[Hashable, Rights | Ended] = {}

    def credentials_of(self, caller: Any) -> Hashable | None:
        """The person's name."""
        return str(caller.actor)

    def current(self, known: Collection[Any]) -> Mapping[Any, Rights | Ended]:
        """The rights of the people whose rights a test has set."""
        return {name: self.rights[name] for name in known if name in self.rights}
