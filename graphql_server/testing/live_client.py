"""A kit for tests of subscriptions: subscribe, ask, expect, cut, resume, against a server in the test's event loop.

With ``pytest_plugins = ["graphql_server.testing.live_client"]`` in ``conftest.py`` a test gets clients by the fixture
``live``. The library's README.md shows it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import pytest

from graphql_server.server import GraphQLServer
from graphql_server.testing.peer import Closed, Peer, Unexpected
from graphql_server.websocket.socket import GraphQLSocket

PATIENCE_SECONDS: Final = 20.0
PING_SECONDS: Final = 0.02
"""The server's pings carry the cursors of subscriptions; in tests they come often."""


@dataclass(eq=False)
class Subscription:
    """A subscription of a :class:`LiveClient`, over all its connections."""

    client: "LiveClient"
    id: str
    query: str
    variables: dict[str, Any]
    cursor: str | None = None
    """The position up to which the client has got everything, as the server's last ping had it."""
    payloads: deque[dict[str, Any]] = field(default_factory=deque)
    errors: list[dict[str, Any]] | None = None
    is_complete: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the server has ended it."""
        return self.errors is not None or self.is_complete

    async def expect(self) -> Any:
        """The data of the next event.

        Raises:
            Unexpected: it has errors, the subscription has ended, or nothing came in time.
        """
        await self.client.hear_until(lambda: self.payloads or self.is_over, f"an event of {self.id}")
        if not self.payloads:
            raise Unexpected(f"The subscription has ended: {self.errors or 'complete'}")
        payload = self.payloads.popleft()
        if "errors" in payload:
            raise Unexpected(f"The event has errors: {payload['errors']}")
        return payload["data"]

    async def expect_code(self) -> str:
        """The code of the error that ends the subscription."""
        await self.client.hear_until(lambda: self.is_over, f"the end of {self.id}")
        if not self.errors or self.payloads:
            raise Unexpected(f"There is no error, but {self.payloads or 'complete'}.")
        return str(self.extensions["code"])

    @property
    def extensions(self) -> dict[str, Any]:
        """The extensions of the error that has ended the subscription; empty before."""
        found: dict[str, Any] = self.errors[0]["extensions"] if self.errors else {}
        return found

    def take(self, kind: str, payload: Any) -> None:
        """Take a message of the server."""
        if kind == "next":
            self.payloads.append(payload)
        elif kind == "error":
            self.errors = payload
        else:
            self.is_complete = True


class LiveClient:
    """A client of a server over ``graphql-transport-ws``, without a network.

    Args:
        server: the server under test.
        init: the payload of ``connection_init``, such as ``{"authorization": "Bearer …"}``.
        headers: the headers of the handshake.
    """

    def __init__(
        self, server: GraphQLServer, init: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.app = GraphQLSocket(
            server.handler.backend, replace(server.executor.limits.socket, ping_seconds=PING_SECONDS)
        )
        self.init, self.headers = init, headers
        self.subscriptions: dict[str, Subscription] = {}
        self._connection: Peer | None = None
        self._ids = (str(number) for number in count(1))

    @property
    def connection(self) -> Peer:
        """The open connection.

        Raises:
            Unexpected: there is none.
        """
        if self._connection is None:
            raise Unexpected("The client is cut off.")
        return self._connection

    async def connect(self) -> None:
        """Open a connection."""
        opened = Peer(self.app, headers=self.headers, shares_tasks=True)
        await opened.__aenter__()
        await opened.initialises(self.init)
        self._connection = opened

    async def subscribe(self, query: str, **variables: Any) -> Subscription:
        """Subscribe, and wait until the server has a position for it: it gets everything that happens from now on.

        A subscription that can be resumed has the variable ``$after: String``, and passes it as its cursor.
        """
        made = Subscription(self, next(self._ids), query, variables)
        self.subscriptions[made.id] = made
        await self._begin(made)
        return made

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of a query or a mutation on the same connection.

        Raises:
            Unexpected: the response has errors.
        """
        asked = Subscription(self, next(self._ids), query, variables)
        self.subscriptions[asked.id] = asked
        await self.connection.subscribes(asked.id, query, variables=variables)
        data = await asked.expect()
        await self.hear_until(lambda: asked.is_over, f"the end of {asked.id}")
        del self.subscriptions[asked.id]
        return data

    async def cut(self) -> None:
        """Lose the connection, as by a network failure. What was sent before is kept for ``expect``."""
        for subscription in self.subscriptions.values():
            subscription.cursor = None
        following = [one for one in self.subscriptions.values() if not one.is_over]
        await self.hear_until(lambda: all(one.cursor or one.is_over for one in following), "cursors")
        await self.close()

    async def resume(self) -> None:
        """Connect again, and let every subscription go on after what it has got."""
        await self.connect()
        for subscription in self.subscriptions.values():
            if not subscription.is_over:
                subscription.variables["after"] = subscription.cursor
                await self._begin(subscription)

    async def close(self) -> None:
        """Abort the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.__aexit__(None, None, None)

    async def hear_until(self, condition: Callable[[], Any], what: str) -> None:
        """Take messages of the server until the condition holds.

        Raises:
            Unexpected: it does not in time, or the server has closed the connection.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    await self._hear()
        except TimeoutError:
            raise Unexpected(f"Waited {PATIENCE_SECONDS:g} s for {what}, without success.") from None

    async def _begin(self, subscription: Subscription) -> None:
        known, subscription.cursor = subscription.cursor, None
        await self.connection.subscribes(subscription.id, subscription.query, variables=subscription.variables)
        begun = lambda: subscription.cursor or subscription.payloads or subscription.is_over  # noqa: E731
        await self.hear_until(begun, f"the beginning of {subscription.id}")
        subscription.cursor = subscription.cursor or known

    async def _hear(self) -> None:
        heard = await self.connection.hears()
        if isinstance(heard, Closed):
            raise Unexpected(f"The server has closed the connection: {heard.code} {heard.reason}")
        if heard["type"] == "ping":
            for operation_id, cursor in (heard.get("payload") or {}).items():
                if operation_id in self.subscriptions:
                    self.subscriptions[operation_id].cursor = cursor
            await self.connection.says({"type": "pong"})
        elif heard.get("id") in self.subscriptions:
            self.subscriptions[heard["id"]].take(heard["type"], heard.get("payload"))


OpenClient = Callable[..., Awaitable[LiveClient]]


@pytest.fixture
async def live() -> AsyncIterator[OpenClient]:
    """Open clients: ``client = await live(server, {"authorization": "Bearer …"})``. They are closed after the test."""
    async with AsyncExitStack() as opened:

        async def open_client(server: GraphQLServer, *arguments: Any, **options: Any) -> LiveClient:
            client = LiveClient(server, *arguments, **options)
            await client.connect()
            opened.push_async_callback(client.close)
            return client

        yield open_client
