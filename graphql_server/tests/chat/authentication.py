"""Who opens a socket of the chat, and what the people in it may do now."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from graphql_server.ports import Ended, Rights
from graphql_server.tests.chat.people import EVERYTHING, Person


class Authentication:
    """Implements :class:`graphql_server.ports.SocketAuthentication`: a person gives a name and a room."""

    async def authenticate(self, scope: Any, payload: Any) -> Person:
        """The person who opens a socket."""
        return self.authenticate_at_once(scope, payload)

    def authenticate_at_once(self, scope: Any, payload: Any) -> Person:
        """The same on the event loop: no database is asked."""
        return Person(payload["name"], payload["room"], frozenset(payload.get("scopes", EVERYTHING)))


class Bouncer:
    """Implements :class:`graphql_server.ports.RightsOf`. A test sets ``rights`` by name."""

    def __init__(self) -> None:
        self.rights: dict[Hashable, Rights | Ended] = {}

    def credentials_of(self, caller: Any) -> Hashable | None:
        """The person's name."""
        return str(caller.actor)

    def current(self, known: Collection[Any]) -> Mapping[Any, Rights | Ended]:
        """The rights of the people whose rights a test has set."""
        return {name: self.rights[name] for name in known if name in self.rights}
