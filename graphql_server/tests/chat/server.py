"""The chat, served: the whole server with the chat's ports, for tests."""

from itertools import count
from typing import Any

from graphql_server import GraphQLServer, Limits
from graphql_server.limits import SocketLimits
from graphql_server.ports.event_source import EventSource
from graphql_server.testing.peer import Peer
from graphql_server.tests.chat.authentication import Authentication, Bouncer
from graphql_server.tests.chat.meter import FreeMeter, PriceList
from graphql_server.tests.chat.schema import log, schema

_rooms = count(1)
OFTEN_PINGED = Limits(socket=SocketLimits(ping_seconds=0.05))
"""Pings show a test how far a subscription has come."""


class Chat:
    """A server of the chat, and a room that no other test uses."""

    def __init__(self, *, source: EventSource = log, limits: Limits | None = None, **options: Any) -> None:
        self.room = f"room-{next(_rooms)}"
        self.log = log
        self.meter = FreeMeter()
        self.bouncer = Bouncer()
        self.server = GraphQLServer(
            schema,
            source=source,
            authenticate=Authentication(),
            meter=self.meter,
            prices=PriceList(),
            rights=self.bouncer,
            limits=limits or OFTEN_PINGED,
            **options,
        )

    def say(self, *texts: str) -> None:
        """Add texts to the room, as another person."""
        for text in texts:
            self.log.say(self.room, "bob", text)

    def client(self) -> Peer:
        """A client of the WebSocket."""
        return Peer(self.server.websocket, shares_tasks=True)

    async def enter(self, peer: Peer, name: str = "ann", **payload: Any) -> None:
        """Initialise a WebSocket as a person in the room."""
        await peer.initialises({"name": name, "room": self.room, **payload})
