"""The chat, served: the whole server over the ports of the chat, for tests."""

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

from graphql_server import executor as execution
from graphql_server.executor import Executor
from graphql_server.limits import Limits
from graphql_server.live.registry import Live
from graphql_server.ports import EventSource
from graphql_server.socket_operations import SocketOperations
from graphql_server.tests.chat.authentication import Authentication, Bouncer
from graphql_server.tests.chat.meter import FreeMeter, PriceList
from graphql_server.tests.chat.schema import log, schema
from graphql_server.tests.websocket.peer import PATIENCE_SECONDS, Peer
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.connection_registry import ConnectionRegistry
from graphql_server.websocket.socket import GraphQLSocket

_rooms = count(1)
LIMITS = Limits()


class Client(Peer):
    """A client whose end leaves the tasks that all clients share."""

    async def ended(self) -> None:
        """Wait for the application to end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self.task])
        if not self.task.cancelled():
            self.task.result()


class Chat:
    """A server of the chat, and a room that no other test uses."""

    def __init__(self, *, source: EventSource = log, limits: Limits = LIMITS) -> None:
        self.room = f"room-{next(_rooms)}"
        self.log = log
        self.meter = FreeMeter()
        self.bouncer = Bouncer()
        self.executor = execution.bind(Executor(schema, meter=self.meter, prices=PriceList(), limits=replace(limits)))
        live = Live(lambda: self.executor, source, lag_events=limits.live.lag_events)
        self.websocket = GraphQLSocket(
            Backend(Authentication(), SocketOperations(live), ConnectionRegistry(limits.sockets, self.bouncer)),
            limits.socket,
        )

    def say(self, *texts: str) -> None:
        """Say texts in the room, as another person."""
        for text in texts:
            self.log.say(self.room, "bob", text)

    def client(self) -> Client:
        """A client of the socket."""
        return Client(self.websocket)

    async def enter(self, peer: Peer, name: str = "ann", **payload: Any) -> None:
        """Initialise a socket as a person in the room."""
        await peer.initialises({"name": name, "room": self.room, **payload})
